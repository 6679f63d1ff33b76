//! Deliveries that cannot be written at all.

use crate::{
    app::{ADMIN, EMPLOYEE, Setup},
    apps::new_app,
    both::both,
    receiver::Receiver,
};
use muster_core::{Settings, json};
use muster_db::Sql;

/// With leave to call addresses of this machine, where receivers are.
fn may_call_here() -> Setup {
    Setup { settings: Settings { private_handlers: true, ..Settings::default() }, ..Setup::default() }
}

both! {
    with crate::event_trouble::may_call_here();

    /// One that cannot be written is a try that failed. It holds no other up, and is given up in the end.
    fn one_that_cannot_be_written_holds_no_other_up(app) {
        let receiver = Receiver::start();
        let client = app.by_app(app.register(&new_app("user")).id, ADMIN);
        client.ok("event.bind", json!({ "event": "ONUSERUPDATE", "handler": receiver.url("/") }));
        let now = app.app.clock.seconds();
        app.execute(Sql::with(
            "insert into mails (kind, user_id, recipient, language, created_at) values ('of-a-newer-muster', 1, 'a@b.c', 'en', $1)",
            [now.into()],
        ));
        let id = app.count("select max(id) from mails");
        app.execute(Sql::with(
            "insert into event_deliveries (handler_id, url, token, subscriber, event, object, data, happened_at, attempts, due_at)
             values (0, 'mailto:a@b.c', '', 'mail', 'MAIL', $1, '', $2, 0, $2)",
            [format!("mail:{id}").into(), (now - 5).into()],
        ));
        for name in ["One", "Two"] {
            app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "NAME": name }));
        }
        app.deliver();
        assert_eq!(receiver.take().len(), 2);
        let left = app.app.db.read(|tx| tx.rows(&Sql::new("select attempts, problem, due_at from event_deliveries"))).unwrap();
        assert_eq!((left.len(), left[0].int(0).unwrap()), (1, 1));
        assert!(left[0].text(1).contains("could not be written") && left[0].int(2).unwrap() > now, "{left:?}");
        for _ in 0..12 {
            app.app.clock.advance(90_000);
            app.deliver();
        }
        assert_eq!(app.count("select count(*) from event_deliveries where due_at is null"), 1, "given up");
    }
}
