//! Incoming webhooks: made, listed and revoked.

use super::{Tick, Visit, names, read_scopes, scopes};
use crate::pages::Reply;
use askama::Template;
use muster_core::{
    Chance, Result,
    error::{ACCESS_DENIED, ARGUMENT},
};
use muster_modules::audit::deeds::{WEBHOOK_ADD, WEBHOOK_REVOKE};
use muster_modules::{
    user::store::find_by_email,
    webhook::{self, NewWebhook, Webhook},
};

#[derive(Template)]
#[template(path = "pages/admin/webhooks.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    webhooks: Vec<Line>,
    scopes: Vec<Tick>,
    title: String,
    owner: String,
    problem: String,
    /// The address of the one that was just made, shown this once.
    made: String,
}

/// A webhook.
struct Line {
    id: i64,
    title: String,
    owner: String,
    scopes: String,
    made: String,
    used: String,
    is_revoked: bool,
}

impl<'a> Page<'a> {
    fn new(visit: &'a Visit<'a>) -> Result<Page<'a>> {
        let mut all = visit.app.db.read(webhook::list)?;
        // A webhook calls with the rights of its person, so whoever is no administrator has to do with their own alone.
        let caller = visit.caller()?;
        all.retain(|it| caller.admin || it.user_id == caller.user_id);
        let names = names(visit, all.iter().map(|it| it.user_id))?;
        let line = |it: Webhook| Line {
            id: it.id,
            title: it.title,
            owner: names.get(&it.user_id).cloned().unwrap_or_else(|| it.user_id.to_string()),
            scopes: it.scopes.replace(',', ", "),
            made: visit.moment(it.created_at),
            used: it.last_used_at.map_or_else(|| visit.t("admin-never"), |at| visit.moment(at)),
            is_revoked: it.revoked_at.is_some(),
        };
        Ok(Page {
            visit,
            webhooks: all.into_iter().rev().map(line).collect(),
            scopes: scopes(visit),
            title: visit.text("TITLE"),
            owner: if visit.text("OWNER").is_empty() { visit.email().to_owned() } else { visit.text("OWNER") },
            problem: String::new(),
            made: String::new(),
        })
    }
}

pub(super) fn list(visit: &Visit<'_>) -> Result<Reply> {
    visit.page(&Page::new(visit)?)
}

pub(super) fn add(visit: &Visit<'_>) -> Result<Reply> {
    let now = visit.app.clock.seconds();
    let made = visit.write(&WEBHOOK_ADD, |tx| {
        let owner = find_by_email(tx, &visit.text("OWNER"))?;
        let owner = owner.ok_or_else(|| ARGUMENT.say(visit.t("admin-no-owner")))?;
        let caller = visit.caller()?;
        if !caller.admin && owner != caller.user_id {
            return Err(ARGUMENT.say(visit.t("webhook-own-only")));
        }
        let scopes = read_scopes(&visit.app.registry, visit)?;
        if scopes.is_empty() {
            return Err(ARGUMENT.say(visit.t("admin-no-scopes")));
        }
        let new = NewWebhook { user_id: owner, title: visit.text("TITLE"), scopes, expires_at: None };
        let (id, secret) = webhook::add(tx, &new, &mut Chance::from_system(), now)?;
        Ok((format!("/rest/{owner}/{secret}/"), id))
    });
    let mut page = Page::new(visit)?;
    match made {
        // It is shown in the answer itself, since an address to come back to would keep it.
        Ok(path) => {
            page.made = format!("{}{path}", visit.app.door.own_url());
            page.title.clear();
            page.scopes.iter_mut().for_each(|it| it.ticked = false);
            visit.page(&page)
        }
        Err(err) if err.code == &ARGUMENT => {
            page.problem = visit.said(&err);
            Ok(visit.page(&page)?.with_status(422))
        }
        Err(err) => Err(err),
    }
}

pub(super) fn revoke(visit: &Visit<'_>) -> Result<Reply> {
    let (id, now) = (visit.path_id("id")?, visit.app.clock.seconds());
    let caller = visit.caller()?;
    let is_own = |it: &Webhook| it.id == id && it.user_id == caller.user_id;
    if !caller.admin && !visit.app.db.read(webhook::list)?.iter().any(is_own) {
        return Err(ACCESS_DENIED.error());
    }
    visit.write(&WEBHOOK_REVOKE, |tx| Ok((webhook::revoke(tx, id, now)?, id)))?;
    Ok(Reply::to("/admin/?done=webhook-revoked"))
}
