//! Attacks by the address of a handler: by what it says, by name, by redirection, and by an answer that changes.

use crate::{
    app::{ADMIN, EMPLOYEE, Setup, TestApp},
    apps::new_app,
    both::both,
    receiver::{Answer, Receiver},
};
use muster::Door;
use muster_core::{Settings, json};
use muster_modules::event::delivery;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The one address of this machine that stands for the public internet here. 127.0.0.2 is this machine too, and private.
const OUTSIDE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const INSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// A Muster for which names lead to these addresses: the first time to the first, and so on; the last one stays.
fn named(
    app: &TestApp,
    private: bool,
    names: &'static [(&'static str, &'static [IpAddr])],
) -> (TestApp, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let lookup = move |name: &str| {
        let turn = counter.fetch_add(1, Ordering::SeqCst);
        let (_, turns) = names.iter().find(|(it, _)| *it == name).unwrap();
        Ok(vec![turns[turn.min(turns.len() - 1)]])
    };
    let door = Door { lookup: Arc::new(lookup), is_public: |ip| ip == OUTSIDE, ..Door::default() };
    let settings = Settings { private_handlers: private, ..Settings::default() };
    (app.another(Setup { settings, door, ..Setup::default() }), asked)
}

/// Has this address told of a change, and answers why it was not.
fn problem(app: &TestApp, url: &str) -> Option<String> {
    let keys = app.register(&new_app("user"));
    app.by_app(keys.id, ADMIN).bind("ONUSERUPDATE", url);
    app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "NAME": format!("By {}", keys.id) }));
    app.deliver();
    app.app.db.read(|tx| delivery::list(tx, false, 10)).unwrap().into_iter().find_map(|it| it.problem)
}

const REFUSED: &str = "leads to a private address, which private_handlers does not allow";

both! {
    /// An address that plainly leads inside is refused when it is registered.
    fn private_addresses_are_not_registered(app) {
        let keys = app.register(&new_app("user"));
        let client = app.by_app(keys.id, ADMIN);
        for url in [
            "http://127.0.0.1/",
            "http://localhost:8080/",
            "http://[::1]/",
            "http://10.1.2.3/",
            "http://169.254.169.254/latest/meta-data/",
            "http://2130706433/",
            "http://[::ffff:192.168.0.1]/",
        ] {
            client.call("event.bind", json!({ "event": "ONUSERADD", "handler": url })).fails(400, "ERROR_ARGUMENT");
        }
        assert_eq!(client.ok("event.get", json!({})), json!([]));
    }

    /// A name that leads inside is not called, and one that leads outside is.
    fn names_that_lead_inside_are_not_called(app) {
        let (outside, inside) = (Receiver::start(), Receiver::start_at(INSIDE));
        let (app, _) = named(app, false, &[("out.example.com", &[OUTSIDE]), ("in.example.com", &[INSIDE])]);
        assert_eq!(problem(&app, &format!("http://out.example.com:{}/", outside.address.port())), None);
        assert_eq!(outside.take().len(), 1);
        let problem = problem(&app, &format!("http://in.example.com:{}/", inside.address.port()));
        assert!(problem.as_deref().is_some_and(|it| it.ends_with(REFUSED)), "{problem:?}");
        assert_eq!(inside.take().len(), 0);
    }

    /// A redirection inside is not followed, whether it names an IP address or a name; one that stays outside is.
    fn redirections_inside_are_not_followed(app) {
        let (outside, inside) = (Receiver::start(), Receiver::start_at(INSIDE));
        let (app, _) = named(app, false, &[("out.example.com", &[OUTSIDE]), ("in.example.com", &[INSIDE])]);
        let url = format!("http://out.example.com:{}/", outside.address.port());
        outside.next([Answer::Redirect(308, "/moved".to_owned())]);
        assert_eq!(problem(&app, &url), None);
        assert_eq!(outside.take().len(), 2);
        for target in [inside.url("/secret"), format!("http://in.example.com:{}/secret", inside.address.port())] {
            app.execute("delete from event_handlers");
            outside.next([Answer::Redirect(307, target.clone())]);
            let problem = problem(&app, &url);
            assert!(problem.as_deref().is_some_and(|it| it.ends_with(REFUSED)), "{target}: {problem:?}");
            assert_eq!((outside.take().len(), inside.take().len()), (1, 0), "{target}");
            app.execute("delete from event_deliveries");
        }
    }

    /// Only redirections that ask for the same again are followed, and not for ever.
    fn redirections_have_an_end(app) {
        let receiver = Receiver::start();
        let (app, _) = named(app, true, &[]);
        receiver.next([Answer::Redirect(302, receiver.url("/elsewhere"))]);
        assert_eq!(problem(&app, &receiver.url("/")).as_deref(), Some("answered with the status 302 Found"));
        receiver.take();
        app.execute("delete from event_deliveries");
        app.execute("delete from event_handlers");
        receiver.always(Some(Answer::Redirect(308, "/again".to_owned())));
        assert_eq!(problem(&app, &receiver.url("/")).as_deref(), Some("was redirected too often"));
        assert_eq!(receiver.take().len(), 4);
    }

    /// The address that was looked at is the one that is connected to: an answer that changes in between changes nothing.
    fn answers_that_change_lead_nowhere_inside(app) {
        let inside = Receiver::start_at(INSIDE);
        // An answer for whoever checks and another one for whoever connects: no call asks twice.
        let (app, asked) = named(app, false, &[("rebind.example.com", &[OUTSIDE, INSIDE])]);
        let url = format!("http://rebind.example.com:{}/", inside.address.port());
        let first = problem(&app, &url);
        assert!(first.as_deref().is_some_and(|it| it.contains("refused")), "nobody listens outside: {first:?}");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        app.app.clock.advance(10);
        app.deliver();
        assert_eq!((inside.take().len(), asked.load(Ordering::SeqCst)), (0, 2));
        let list = app.app.db.read(|tx| delivery::list(tx, false, 10)).unwrap();
        assert!(list[0].problem.as_deref().is_some_and(|it| it.ends_with(REFUSED)), "{list:?}");
    }
}
