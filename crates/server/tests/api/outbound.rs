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
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// A Muster for which every name leads to the addresses of its turn; the last one stays.
fn named(app: &TestApp, private: bool, turns: &[&[&str]]) -> (TestApp, Arc<AtomicUsize>) {
    let turns: Vec<Vec<IpAddr>> = turns.iter().map(|it| it.iter().map(|ip| ip.parse().unwrap()).collect()).collect();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let lookup = move |_: &str| {
        let turn = counter.fetch_add(1, Ordering::SeqCst).min(turns.len() - 1);
        Ok(turns[turn].clone())
    };
    let door = Door { lookup: Arc::new(lookup), ..Door::default() };
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

    /// A name that leads inside is not called.
    fn names_that_lead_inside_are_not_called(app) {
        let receiver = Receiver::start();
        let (app, asked) = named(app, false, &[&["127.0.0.1"]]);
        let problem = problem(&app, &format!("http://rebind.example.com:{}/", receiver.address.port()));
        assert!(problem.as_deref().is_some_and(|it| it.ends_with(REFUSED)), "{problem:?}");
        assert!(asked.load(Ordering::SeqCst) > 0);
        assert_eq!(receiver.take().len(), 0);
    }

    /// Of several addresses of a name only the public ones are connected to.
    fn mixed_answers_lead_nowhere_inside(app) {
        let receiver = Receiver::start();
        // 192.0.2.1 is set aside for documentation: no one is there, and it is no public address either.
        let (app, _) = named(app, false, &[&["127.0.0.1", "::1", "192.0.2.1"]]);
        let problem = problem(&app, &format!("http://mixed.example.com:{}/", receiver.address.port()));
        assert!(problem.as_deref().is_some_and(|it| it.ends_with(REFUSED)), "{problem:?}");
        assert_eq!(receiver.take().len(), 0);
    }

    /// A redirection inside is not followed, whether it names an IP address or a name.
    fn redirections_inside_are_not_followed(app) {
        let (outside, inside) = (Receiver::start(), Receiver::start());
        let port = outside.address.port();
        for target in [
            format!("http://127.0.0.1:{}/secret", inside.address.port()),
            format!("http://localhost:{}/secret", inside.address.port()),
        ] {
            // The first name may be called, as if it were a public one; then the guard is as it always is.
            let (open, _) = named(app, true, &[&["127.0.0.1"]]);
            let keys = open.register(&new_app("user"));
            open.by_app(keys.id, ADMIN).bind("ONUSERUPDATE", &format!("http://hop.example.com:{port}/"));
            outside.next([Answer::Redirect(307, target.clone())]);
            open.admin().ok("user.update", json!({ "ID": EMPLOYEE, "NAME": format!("To {}", keys.id) }));
            open.deliver();
            assert_eq!((outside.take().len(), inside.take().len()), (1, 1), "allowed where private addresses are");
            open.execute("delete from event_handlers");
        }
        // Where they are not allowed even the first step fails here, since every address of this machine is private.
        let (app, _) = named(app, false, &[&["127.0.0.1"]]);
        let problem = problem(&app, &format!("http://hop.example.com:{port}/"));
        assert!(problem.is_some_and(|it| it.ends_with(REFUSED)));
        assert_eq!((outside.take().len(), inside.take().len()), (0, 0));
    }

    /// Only redirections that ask for the same again are followed, and not for ever.
    fn redirections_have_an_end(app) {
        let receiver = Receiver::start();
        let (app, _) = named(app, true, &[&["127.0.0.1"]]);
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
    fn answers_that_change_are_looked_at_each_time(app) {
        let receiver = Receiver::start();
        // An answer for whoever checks and another one for whoever connects: no call asks twice.
        let (app, asked) = named(app, false, &[&["203.0.113.1"], &["127.0.0.1"]]);
        let url = format!("http://rebind.example.com:{}/", receiver.address.port());
        assert!(problem(&app, &url).is_some());
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        app.app.clock.advance(10);
        app.deliver();
        assert_eq!((receiver.take().len(), asked.load(Ordering::SeqCst)), (0, 2));
        let list = app.app.db.read(|tx| delivery::list(tx, false, 10)).unwrap();
        assert!(list[0].problem.as_deref().is_some_and(|it| it.ends_with(REFUSED)), "{list:?}");
    }
}
