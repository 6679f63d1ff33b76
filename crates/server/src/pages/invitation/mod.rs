//! Inviting people, whoever has not come yet, and the page on which the invited register.

mod join;

use super::{
    MenuItem, Reply, Route, Subject, Visit, get,
    people::{Department, departments, whole_company},
    post,
    registration::{Waiting, waiting},
};
use askama::Template;
use muster_core::{
    Answer, Error, Json, Result,
    call::{Mail, Right},
    error::INTERNAL,
    json,
    list::PAGE,
    params::read_text,
};
use muster_modules::user::REVOKE_INVITATION;

pub(super) static SUBJECT: Subject = Subject {
    routes: ROUTES,
    menu: &[entry(Right::InvitePeople), entry(Right::ConfirmPeople)],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: include_str!("invitation.css"),
    js: "",
};

const fn entry(right: Right) -> MenuItem {
    MenuItem { path: "/company/invitations/", label: "invitations-title", icon: "mail", right }
}

const ROUTES: &[Route] = &[
    get("/company/invitations/", pending),
    post("/company/invitations/{id}/resend/", resend),
    post("/company/invitations/{id}/revoke/", revoke),
    get("/company/invitations/new/", form).needs(Right::InvitePeople),
    post("/company/invitations/new/", invite).needs(Right::InvitePeople),
    get("/join/{token}/", join::form).open(),
    post("/join/{token}/", join::register).open().takes_password(),
];

/// The most people that are invited at once.
const MOST: usize = 50;

#[derive(Template)]
#[template(path = "pages/invitation/pending.html")]
struct Pending<'a> {
    visit: &'a Visit<'a>,
    may_invite: bool,
    waiting: Vec<Waiting>,
    lines: Vec<Line>,
    mail: &'static str,
    before: Option<i64>,
    after: Option<i64>,
}

struct Line {
    id: String,
    name: String,
    email: String,
    invited: String,
    is_sent: bool,
}

fn pending(visit: &Visit<'_>) -> Result<Reply> {
    let start = visit.text("START").parse::<i64>().unwrap_or(0).max(0);
    let (may_invite, may_confirm) =
        (visit.caller()?.may(Right::InvitePeople), visit.caller()?.may(Right::ConfirmPeople));
    // Whoever may neither is told so by the first of the two.
    let Answer { result: people, next: after, .. } = match may_confirm && !may_invite {
        true => Answer::default(),
        false => visit.call("user.invitation.list", json!({ "START": start }))?,
    };
    let line = |it: &Json| {
        let text = |name: &str| it.get(name).and_then(read_text).unwrap_or_default();
        let invited = if text("DATE_INVITED").is_empty() { text("DATE_REGISTER") } else { text("DATE_INVITED") };
        Line {
            id: text("ID"),
            name: format!("{} {}", text("NAME"), text("LAST_NAME")).trim().to_owned(),
            email: text("EMAIL"),
            invited: visit.written_moment(&invited),
            is_sent: !text("DATE_SENT").is_empty(),
        }
    };
    let mail = match visit.app.settings.mail {
        Mail::Off => "off",
        Mail::Kept => "kept",
        Mail::Sent => "sent",
    };
    let lines = people.as_array().into_iter().flatten().map(line).collect();
    let before = (start > 0).then(|| i64::max(start - PAGE, 0));
    let waiting = if may_confirm { waiting(visit)? } else { Vec::new() };
    visit.page(&Pending { visit, may_invite, waiting, lines, mail, before, after })
}

fn resend(visit: &Visit<'_>) -> Result<Reply> {
    let params = json!({ "ID": visit.path_id("id")?, "INVITATION_LANGUAGE": visit.language.code() });
    visit.call("user.invitation.resend", params)?;
    Ok(Reply::to("/company/invitations/?done=invited"))
}

fn revoke(visit: &Visit<'_>) -> Result<Reply> {
    visit.run(&REVOKE_INVITATION, json!({ "ID": visit.path_id("id")?, "ACTIVE": "N" }))?;
    Ok(Reply::to("/company/invitations/?done=invitation-revoked"))
}

#[derive(Template)]
#[template(path = "pages/invitation/invite.html")]
struct Invite<'a> {
    visit: &'a Visit<'a>,
    addresses: String,
    departments: Vec<Department>,
    chosen: String,
    problems: Vec<String>,
    invited: usize,
}

fn form(visit: &Visit<'_>) -> Result<Reply> {
    show(visit, String::new(), Vec::new(), 0)
}

fn show(visit: &Visit<'_>, addresses: String, problems: Vec<String>, invited: usize) -> Result<Reply> {
    let (departments, mut chosen) = (departments(visit)?, visit.text("DEPARTMENT"));
    if chosen.is_empty() {
        chosen = whole_company(&departments);
    }
    visit.page(&Invite { visit, addresses, departments, chosen, problems, invited })
}

/// Invites each address by itself: whoever cannot be invited holds no one else up, and stays in the form.
fn invite(visit: &Visit<'_>) -> Result<Reply> {
    let sent = visit.text("ADDRESSES");
    let addresses: Vec<&str> = sent.split([',', ';', ' ', '\n', '\r', '\t']).filter(|it| !it.is_empty()).collect();
    if addresses.is_empty() || addresses.len() > MOST {
        let problem = visit.count("invite-how-many", MOST);
        return Ok(show(visit, sent, vec![problem], 0)?.with_status(422));
    }
    let (mut problems, mut left) = (Vec::new(), Vec::new());
    for address in &addresses {
        let params = json!({
            "EMAIL": address,
            "UF_DEPARTMENT": [visit.text("DEPARTMENT")],
            "INVITATION_LANGUAGE": visit.language.code(),
        });
        match visit.call("user.add", params) {
            Ok(_) => {}
            Err(err) if err.code.status == 403 || err.code == &INTERNAL => return Err(err),
            Err(err) => {
                problems.push(format!("{address}: {}", why(visit, &err)));
                left.push(*address);
            }
        }
    }
    if problems.is_empty() {
        return Ok(Reply::to("/company/invitations/?done=invited"));
    }
    let invited = addresses.len() - left.len();
    Ok(show(visit, left.join("\n"), problems, invited)?.with_status(422))
}

fn why(visit: &Visit<'_>, err: &Error) -> String {
    match err.said.as_ref() {
        "wrong_email" => visit.t("invite-wrong-email"),
        "A user with this email already exists" => visit.t("invite-taken"),
        "user_count_exceeded" => visit.t("invite-too-many"),
        "access_denied" => visit.t("error-access-denied"),
        said => said.to_owned(),
    }
}
