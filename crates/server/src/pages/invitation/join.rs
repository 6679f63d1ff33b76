//! The page on which the invited register: a name and a password, and they are in.

use super::super::{Reply, Visit, sign_in::begin};
use askama::Template;
use muster_core::{Chance, Error, Result, error::ARGUMENT};
use muster_modules::audit::deeds::REGISTER;
use muster_modules::user::{
    invitation::{Invited, Registration, accept, hash_chosen, invited},
    password::WEAK_PASSWORD,
};

#[derive(Template)]
#[template(path = "pages/invitation/join.html")]
struct Join<'a> {
    visit: &'a Visit<'a>,
    invited: Invited,
    problem: String,
}

pub(super) fn form(visit: &Visit<'_>) -> Result<Reply> {
    let now = visit.app.clock.seconds();
    let invited = visit.app.db.read(|tx| invited(tx, visit.path_text("token"), now))?;
    visit.page(&Join { visit, invited, problem: String::new() })
}

pub(super) fn register(visit: &Visit<'_>) -> Result<Reply> {
    let (token, now) = (visit.path_text("token"), visit.app.clock.seconds());
    // First of all the link: whoever has none is told nothing and computes nothing.
    let invited = visit.app.db.read(|tx| invited(tx, token, now))?;
    let (name, last_name) = (visit.text("NAME"), visit.text("LAST_NAME"));
    let accepted = hash_chosen(&visit.password("PASSWORD"), &mut Chance::from_system()).and_then(|hash| {
        if name.is_empty() {
            return Err(ARGUMENT.say(visit.t("join-name-missing")));
        }
        let new = Registration { name: &name, last_name: &last_name, password_hash: &hash };
        visit.write(&REGISTER, |tx| accept(tx, &visit.app.settings, token, &new, now).map(|id| (id, id)))
    });
    match accepted {
        Ok(user_id) => {
            visit.app.changed.notify_one();
            begin(visit, user_id, false, "/")
        }
        Err(err) if err.code == &WEAK_PASSWORD || err.code == &ARGUMENT => again(visit, invited, &err),
        Err(err) => Err(err),
    }
}

fn again(visit: &Visit<'_>, mut invited: Invited, err: &Error) -> Result<Reply> {
    invited.name = visit.text("NAME");
    invited.last_name = visit.text("LAST_NAME");
    Ok(visit.page(&Join { visit, invited, problem: visit.said(err) })?.with_status(422))
}
