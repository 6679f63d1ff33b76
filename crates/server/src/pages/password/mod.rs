//! A forgotten password: a mail with a link, and the page behind it. Nothing here tells who exists.

use super::{Reply, Route, Subject, Visit, get, post, sign_in::TOO_MANY};
use askama::Template;
use muster_core::{
    Chance, Result,
    audit::{self, Entry},
};
use muster_modules::audit::deeds::{PASSWORD_FORGOT, PASSWORD_RESET};
use muster_modules::{
    mail::{Kind, link},
    user::{
        invitation::{forgot, hash_chosen, reset},
        password::{LONGEST, WEAK_PASSWORD},
        store::email_key,
    },
};

pub(super) static SUBJECT: Subject =
    Subject { routes: ROUTES, menu: &[], words: [include_str!("en.ftl"), include_str!("ru.ftl")], css: "", js: "" };

const ROUTES: &[Route] = &[
    get("/forgot/", ask).open(),
    post("/forgot/", send).open(),
    get("/reset/{token}/", choose).open(),
    post("/reset/{token}/", set).open().takes_password(),
];

#[derive(Template)]
#[template(path = "pages/password/forgot.html")]
struct Forgot<'a> {
    visit: &'a Visit<'a>,
    is_asked: bool,
    problem: String,
}

fn ask(visit: &Visit<'_>) -> Result<Reply> {
    visit.page(&Forgot { visit, is_asked: false, problem: String::new() })
}

fn send(visit: &Visit<'_>) -> Result<Reply> {
    let (email, now) = (visit.text("EMAIL"), visit.app.clock.seconds());
    if email.len() > LONGEST || !visit.app.throttle.admit(&format!("reset {}", email_key(&email)), visit.peer, now) {
        let problem = visit.said(&TOO_MANY.error());
        return Ok(visit.page(&Forgot { visit, is_asked: false, problem })?.with_status(429));
    }
    let (language, origin) = (visit.language.code(), visit.origin());
    let reply = visit.page(&Forgot { visit, is_asked: true, problem: String::new() })?;
    // Afterwards, so that the time of the answer does not tell whether there was anything to do.
    Ok(reply.afterwards(move |app| {
        app.db.write(|tx| match forgot(tx, &app.settings, &email, language, now)? {
            Some(id) => audit::write(tx, &origin, &Entry::of_deed(&PASSWORD_FORGOT, &id), now),
            None => Ok(()),
        })?;
        app.changed.notify_one();
        Ok(())
    }))
}

#[derive(Template)]
#[template(path = "pages/password/reset.html")]
struct Reset<'a> {
    visit: &'a Visit<'a>,
    problem: String,
}

fn choose(visit: &Visit<'_>) -> Result<Reply> {
    let now = visit.app.clock.seconds();
    visit.app.db.read(|tx| link::find(tx, Kind::Reset, visit.path_text("token"), now))?;
    visit.page(&Reset { visit, problem: String::new() })
}

fn set(visit: &Visit<'_>) -> Result<Reply> {
    let hash = match hash_chosen(&visit.password("PASSWORD"), &mut Chance::from_system()) {
        Ok(hash) => hash,
        Err(err) if err.code == &WEAK_PASSWORD => {
            return Ok(visit.page(&Reset { visit, problem: visit.said(&err) })?.with_status(err.code.status));
        }
        Err(err) => return Err(err),
    };
    let now = visit.app.clock.seconds();
    visit.write(&PASSWORD_RESET, |tx| reset(tx, visit.path_text("token"), &hash, now).map(|id| (id, id)))?;
    Ok(Reply::to("/sign-in/?done=password-set"))
}
