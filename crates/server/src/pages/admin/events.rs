//! Events that are on their way or were given up, and outgoing webhooks.

use super::{Tick, Visit, ticked, ticks};
use crate::pages::Reply;
use askama::Template;
use muster_core::{Chance, Result, error::ARGUMENT};
use muster_modules::audit::deeds::{EVENTS_RESEND, OUTGOING_ADD, OUTGOING_REMOVE};
use muster_modules::event::{
    delivery::{self, Waiting},
    outgoing::{self, Outgoing},
};

/// The most deliveries that are listed.
const MOST: i64 = 100;

#[derive(Template)]
#[template(path = "pages/admin/events.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    waiting: Vec<Line>,
    count: i64,
    /// How many were given up, in words; empty if none was.
    given_up: String,
    outgoing: Vec<(Outgoing, String)>,
    /// The events that an outgoing webhook can be told of.
    events: Vec<Tick>,
    url: String,
    title: String,
    problem: String,
    /// The token of the webhook that was just made, shown this once.
    made: String,
}

/// A delivery.
struct Line {
    it: Waiting,
    happened: String,
    /// When it is tried next; empty if it was given up.
    next: String,
}

impl<'a> Page<'a> {
    fn new(visit: &'a Visit<'a>) -> Result<Page<'a>> {
        let kinds = visit.app.registry.events().filter(|kind| !kind.only_app);
        let (waiting, (count, given_up), outgoing) = visit.app.db.read(|tx| {
            Ok::<_, muster_core::Error>((delivery::list(tx, false, MOST)?, delivery::counts(tx)?, outgoing::list(tx)?))
        })?;
        let line = |it: Waiting| Line {
            happened: visit.moment(it.happened_at),
            next: it.due_at.map(|at| visit.moment(at)).unwrap_or_default(),
            it,
        };
        let made = |it: Outgoing| {
            let at = visit.moment(it.created_at);
            (it, at)
        };
        Ok(Page {
            visit,
            waiting: waiting.into_iter().map(line).collect(),
            count,
            given_up: match usize::try_from(given_up) {
                Ok(count @ 1..) => visit.count("events-given-up", count),
                _ => String::new(),
            },
            outgoing: outgoing.into_iter().map(made).collect(),
            events: ticks(visit, "EVENTS", kinds.map(|kind| (kind.name, kind.about))),
            url: visit.text("URL"),
            title: visit.text("TITLE"),
            problem: String::new(),
            made: String::new(),
        })
    }
}

pub(super) fn list(visit: &Visit<'_>) -> Result<Reply> {
    visit.page(&Page::new(visit)?)
}

pub(super) fn resend(visit: &Visit<'_>) -> Result<Reply> {
    send_again(visit, Some(visit.path_id("id")?))
}

pub(super) fn resend_all(visit: &Visit<'_>) -> Result<Reply> {
    send_again(visit, None)
}

fn send_again(visit: &Visit<'_>, id: Option<i64>) -> Result<Reply> {
    let now = visit.app.clock.seconds();
    let item = id.map_or_else(String::new, |it| it.to_string());
    visit.write(&EVENTS_RESEND, |tx| Ok((delivery::send_again(tx, id, now)?, item.clone())))?;
    visit.app.changed.notify_one();
    Ok(Reply::to("/admin/events/?done=events-resent"))
}

pub(super) fn add(visit: &Visit<'_>) -> Result<Reply> {
    let (app, now) = (visit.app, visit.app.clock.seconds());
    let made = visit.write(&OUTGOING_ADD, |tx| {
        let known = (&app.registry, &app.settings);
        let address = (&*visit.text("URL"), &*visit.text("TITLE"));
        let token = outgoing::add(tx, known, address, &ticked(visit, "EVENTS"), (&mut Chance::from_system(), now))?;
        Ok((token, ""))
    });
    let mut page = Page::new(visit)?;
    match made {
        Ok(token) => {
            page.made = token;
            page.url.clear();
            page.title.clear();
            page.events.iter_mut().for_each(|it| it.ticked = false);
            visit.page(&page)
        }
        Err(err) if err.code == &ARGUMENT => {
            page.problem = visit.said(&err);
            Ok(visit.page(&page)?.with_status(422))
        }
        Err(err) => Err(err),
    }
}

pub(super) fn remove(visit: &Visit<'_>) -> Result<Reply> {
    let id = visit.path_id("id")?;
    visit.write(&OUTGOING_REMOVE, |tx| Ok((outgoing::remove(tx, id)?, id)))?;
    Ok(Reply::to("/admin/events/?done=outgoing-removed"))
}
