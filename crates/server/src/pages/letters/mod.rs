//! Mails, as people read them; and the page on which the demo keeps them instead of sending them.

use super::{Language, Reply, Subject, Visit, get, visit::NOT_FOUND};
use askama::Template;
use muster_core::{
    Chance, Error, Json, Result,
    call::{Mail, Right},
    error::INTERNAL,
};
use muster_modules::{
    mail,
    registration::letter::{list as letter_list, write as write_registration},
};

pub(super) static SUBJECT: Subject = Subject {
    routes: &[get("/outbox/", list), get("/outbox/{id}/", open), get("/outbox/registration/{id}/", open_registration)],
    menu: &[],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: include_str!("letters.css"),
    js: "",
};

/// The latest mails that the demo shows.
const MOST: i64 = 100;

/// A mail as it is sent.
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    link: String,
}

#[derive(Template)]
#[template(path = "pages/letters/letter.html")]
struct Html<'a> {
    language: &'static str,
    subject: &'a str,
    hello: &'a str,
    body: &'a str,
    link: &'a str,
    button: &'a str,
    foot: &'a str,
}

/// Puts a mail that a module wrote into words.
pub(crate) fn letter(written: &Json, base_url: &str) -> Result<Letter> {
    let text = |name: &str| written[name].as_str().unwrap_or_default();
    let language = Language::of(text("language")).unwrap_or(Language::English);
    let kind = text("kind");
    let count = written["count"].as_i64().unwrap_or_default();
    let args = [("sender", text("sender").into()), ("name", text("name").into()), ("count", count.into())];
    let say = |part: &str| language.find(&format!("mail-{kind}-{part}"), &args).unwrap_or_default();
    let hello = if text("name").is_empty() { "mail-hello" } else { "mail-hello-name" };
    let hello = language.text(hello, &args);
    let token = text("token");
    let link = match kind {
        "invitation" => format!("{base_url}/join/{token}/"),
        "registration" => format!("{base_url}/register/address/{token}/"),
        "confirmed" => format!("{base_url}/sign-in/"),
        "waiting" => format!("{base_url}/company/invitations/"),
        // Whoever was refused has nowhere to go.
        "refused" => String::new(),
        kind => format!("{base_url}/{kind}/{token}/"),
    };
    let (subject, body, button, foot) = (say("subject"), say("body"), say("button"), say("foot"));
    let html = Html {
        language: language.code(),
        subject: &subject,
        hello: &hello,
        body: &body,
        link: &link,
        button: &button,
        foot: &foot,
    };
    let html = html.render().map_err(|err| INTERNAL.error().because(err))?;
    let way = if link.is_empty() { String::new() } else { format!("{button}:\n{link}\n\n") };
    let text = format!("{hello}\n\n{body}\n\n{way}{foot}\n");
    Ok(Letter { subject, text, html, link })
}

#[derive(Template)]
#[template(path = "pages/letters/outbox.html")]
struct Outbox<'a> {
    visit: &'a Visit<'a>,
    lines: Vec<Line>,
}

struct Line {
    address: String,
    recipient: String,
    kind: String,
    moment: String,
}

/// Only where mails are kept to be looked at, and only for those who could invite and change people anyway.
fn check(visit: &Visit<'_>) -> Result<()> {
    let may = visit.app.settings.mail == Mail::Kept && visit.caller()?.may(Right::Administer);
    if may { Ok(()) } else { Err(NOT_FOUND.error()) }
}

fn list(visit: &Visit<'_>) -> Result<Reply> {
    check(visit)?;
    let (kept, registrations) =
        visit.app.db.read(|tx| Ok::<_, Error>((mail::list(tx, MOST)?, letter_list(tx, MOST)?)))?;
    let kept = kept.into_iter().map(|it| (format!("/outbox/{}/", it.id), it));
    let registrations = registrations.into_iter().map(|it| (format!("/outbox/registration/{}/", it.id), it));
    let mut all: Vec<(String, mail::Kept)> = kept.chain(registrations).collect();
    all.sort_by_key(|(_, it)| -it.created_at);
    let line = |(address, it): (String, mail::Kept)| Line {
        address,
        recipient: it.recipient,
        kind: visit.language.find(&format!("outbox-{}", it.kind), &[]).unwrap_or(it.kind),
        moment: visit.moment(it.created_at),
    };
    visit.page(&Outbox { visit, lines: all.into_iter().map(line).collect() })
}

#[derive(Template)]
#[template(path = "pages/letters/opened.html")]
struct Opened<'a> {
    visit: &'a Visit<'a>,
    recipient: &'a str,
    subject: &'a str,
    paragraphs: Vec<&'a str>,
    link: &'a str,
}

fn open(visit: &Visit<'_>) -> Result<Reply> {
    check(visit)?;
    let (id, now) = (visit.path_id("id")?, visit.app.clock.seconds());
    show(visit, visit.write_routine(|tx| mail::write(tx, id, &mut Chance::from_system(), now))?)
}

fn open_registration(visit: &Visit<'_>) -> Result<Reply> {
    check(visit)?;
    let (id, now) = (visit.path_id("id")?, visit.app.clock.seconds());
    show(visit, visit.write_routine(|tx| write_registration(tx, id, &mut Chance::from_system(), now))?)
}

fn show(visit: &Visit<'_>, written: Option<Json>) -> Result<Reply> {
    let written = written.ok_or_else(|| NOT_FOUND.error())?;
    // The browser that reads this is at Muster already, so the link does without a host.
    let letter = letter(&written, "")?;
    let recipient = written["recipient"].as_str().unwrap_or_default();
    let paragraphs =
        letter.text.split("\n\n").filter(|it| letter.link.is_empty() || !it.contains(&letter.link)).collect();
    visit.page(&Opened { visit, recipient, subject: &letter.subject, paragraphs, link: &letter.link })
}
