//! Registering by oneself: the form behind the link that administrators pass on, the page that proves an address, and the
//! administrators' part of it. Nothing that is open to everyone tells who has an account.

mod manage;

pub(super) use manage::{Waiting, waiting};

use super::{Reply, Route, Subject, Visit, get, post, sign_in::TOO_MANY};
use askama::Template;
use muster_core::{Chance, Error, Result, call::Right, error::ARGUMENT};
use muster_modules::{
    registration::{Applicant, WRONG_DOMAIN, applicant, ask, offer, prove},
    user::{
        invitation::hash_chosen,
        password::{LONGEST, WEAK_PASSWORD},
        store::email_key,
    },
};

pub(super) static SUBJECT: Subject = Subject {
    routes: ROUTES,
    menu: &[],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: "",
    js: include_str!("registration.js"),
};

const ROUTES: &[Route] = &[
    get("/register/{secret}/", form).open(),
    post("/register/{secret}/", register).open(),
    get("/register/address/{token}/", choose).open(),
    post("/register/address/{token}/", finish).open().takes_password(),
    get("/company/invitations/registration/", manage::settings).needs(Right::Administer),
    post("/company/invitations/registration/", manage::save).needs(Right::Administer),
    get("/company/invitations/registration/{id}/confirm/", manage::choose),
    post("/company/invitations/registration/{id}/confirm/", manage::confirm),
    post("/company/invitations/registration/{id}/refuse/", manage::refuse),
];

/// How far someone has come.
#[derive(PartialEq)]
enum Step {
    Form,
    Asked,
    Password,
    Waiting,
}

#[derive(Template)]
#[template(path = "pages/registration/register.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    step: Step,
    applicant: Applicant,
    /// The mail domains that people may have; empty for any.
    domains: String,
    problem: String,
}

fn sent(visit: &Visit<'_>) -> Applicant {
    Applicant { email: visit.text("EMAIL"), name: visit.text("NAME"), last_name: visit.text("LAST_NAME") }
}

fn show(visit: &Visit<'_>, step: Step, applicant: Applicant, problem: String) -> Result<Reply> {
    let domains = match step {
        Step::Form => visit.app.db.read(|tx| offer(tx, visit.path_text("secret")))?.domains.join(", "),
        Step::Asked | Step::Password | Step::Waiting => String::new(),
    };
    let status = if problem.is_empty() { 200 } else { 422 };
    Ok(visit.page(&Page { visit, step, applicant, domains, problem })?.with_status(status))
}

fn form(visit: &Visit<'_>) -> Result<Reply> {
    show(
        visit,
        Step::Form,
        Applicant { email: String::new(), name: String::new(), last_name: String::new() },
        String::new(),
    )
}

/// Everyone gets the same answer, at the same speed: what there is to do is done afterwards.
fn register(visit: &Visit<'_>) -> Result<Reply> {
    let offer = visit.app.db.read(|tx| offer(tx, visit.path_text("secret")))?;
    let (new, now) = (sent(visit), visit.app.clock.seconds());
    if new.name.is_empty() {
        return show(visit, Step::Form, new, visit.t("join-name-missing"));
    }
    if let Err(err) = new.check(&offer) {
        return show(visit, Step::Form, new, said(visit, &err));
    }
    if new.email.len() > LONGEST
        || !visit.app.throttle.admit(&format!("register {}", email_key(&new.email)), visit.peer, now)
    {
        let problem = visit.said(&TOO_MANY.error());
        return Ok(show(visit, Step::Form, new, problem)?.with_status(429));
    }
    let language = visit.language.code();
    let reply = show(visit, Step::Asked, new.clone(), String::new())?;
    Ok(reply.afterwards(move |app| {
        app.db.write(|tx| ask(tx, &app.settings, &new, language, now))?;
        app.changed.notify_one();
        Ok(())
    }))
}

fn said(visit: &Visit<'_>, err: &Error) -> String {
    match err.said.as_ref() {
        "wrong_email" => visit.t("registration-wrong-email"),
        _ if err.code == &WRONG_DOMAIN => visit.t("registration-wrong-domain"),
        _ => visit.said(err),
    }
}

fn choose(visit: &Visit<'_>) -> Result<Reply> {
    let now = visit.app.clock.seconds();
    let applicant = visit.app.db.read(|tx| applicant(tx, visit.path_text("token"), now))?;
    show(visit, Step::Password, applicant, String::new())
}

fn finish(visit: &Visit<'_>) -> Result<Reply> {
    let (token, now) = (visit.path_text("token"), visit.app.clock.seconds());
    // First of all the link: whoever has none is told nothing and computes nothing.
    let known = visit.app.db.read(|tx| applicant(tx, token, now))?;
    let new = Applicant { email: known.email, ..sent(visit) };
    let proven = hash_chosen(&visit.password("PASSWORD"), &mut Chance::from_system()).and_then(|hash| {
        if new.name.is_empty() {
            return Err(ARGUMENT.say(visit.t("join-name-missing")));
        }
        visit.write_routine(|tx| prove(tx, &visit.app.settings, (token, &new), &hash, now))?;
        // There may be mails to administrators.
        visit.app.changed.notify_one();
        Ok(())
    });
    match proven {
        Ok(()) => show(visit, Step::Waiting, new, String::new()),
        Err(err) if err.code == &WEAK_PASSWORD || err.code == &ARGUMENT => {
            show(visit, Step::Password, new, visit.said(&err))
        }
        Err(err) => Err(err),
    }
}
