//! Apps inside Muster: their own pages and their widgets, each in a frame of the app's origin.
//!
//! The browser posts to the app what the documentation says, into a frame. The app talks to this page by messages; what may
//! come of them is in `frames.js`, and what they ask of Muster comes here, as the person who is signed in and for the app of
//! the page alone.

use super::{MenuItem, Reply, Route, Subject, Visit, get, post, shell::Face, visit::NOT_FOUND};
use crate::execute::log_cause;
use askama::Template;
use muster_core::{
    Chance, Json, Result,
    access::Person,
    call::Right,
    error::{ACCESS_DENIED, ARGUMENT},
    json,
};
use muster_modules::audit::deeds::APP_INSTALL;
use muster_modules::{
    address::{authority, origin},
    app::{self, App, install, token},
    placement::{self, Widget},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub(super) static SUBJECT: Subject = Subject {
    routes: ROUTES,
    menu: &[MenuItem { path: "/apps/", label: "apps-title", icon: "app", right: Right::Anyone }],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: include_str!("frames.css"),
    js: include_str!("frames.js"),
};

const ROUTES: &[Route] = &[
    get("/apps/", list),
    get("/apps/people.json", people),
    get("/apps/{id}/", open),
    get("/apps/{id}/widget/{widget}/", open_widget),
    post("/apps/{id}/auth/", refresh),
    post("/apps/{id}/option/", option),
    post("/apps/{id}/finish/", finish),
];

/// Who looks, as far as apps care.
fn person(visit: &Visit<'_>) -> Result<Person> {
    Ok(Person::of(visit.caller()?))
}

/// The app of the address, if the visitor may use it.
fn find(visit: &Visit<'_>) -> Result<App> {
    let (id, person) = (visit.path_id("id")?, person(visit)?);
    visit.app.db.read(|tx| {
        let app = app::load(tx, id)?.ok_or_else(|| NOT_FOUND.error())?;
        if app::admits(tx, &visit.app.registry, &person, &app.allowed)? { Ok(app) } else { Err(ACCESS_DENIED.error()) }
    })
}

/// A link to a widget.
pub(crate) struct Link {
    pub(crate) title: String,
    pub(crate) address: String,
}

impl Visit<'_> {
    /// The widgets in a place that are for this visitor; `user_id` is whose card they stand in, if they stand in one.
    pub(crate) fn widgets(&self, place: &str, user_id: &str) -> Vec<Link> {
        let Ok(person) = person(self) else { return Vec::new() };
        let found = self.app.db.read(|tx| placement::shown(tx, &self.app.registry, &person, place));
        let user = if user_id.is_empty() { String::new() } else { format!("?user={user_id}") };
        let link = |(widget, app): (Widget, App)| Link {
            title: match widget.text("TITLE", self.language.code()) {
                "" => app.name,
                title => title.to_owned(),
            },
            address: format!("/apps/{}/widget/{}/{user}", app.id, widget.id),
        };
        // A page does without the widgets that cannot be read.
        found.inspect_err(log_cause).unwrap_or_default().into_iter().map(link).collect()
    }
}

#[derive(Template)]
#[template(path = "pages/frames/list.html")]
struct List<'a> {
    visit: &'a Visit<'a>,
    apps: Vec<App>,
    widgets: Vec<Link>,
}

fn list(visit: &Visit<'_>) -> Result<Reply> {
    let person = person(visit)?;
    let apps = visit.app.db.read(|tx| {
        let mut apps = Vec::new();
        for app in app::list(tx)?.into_iter().filter(|app| app.has_ui) {
            if app::admits(tx, &visit.app.registry, &person, &app.allowed)? {
                apps.push(app);
            }
        }
        Ok::<_, muster_core::Error>(apps)
    })?;
    visit.page(&List { visit, apps, widgets: visit.widgets("LEFT_MENU", "") })
}

#[derive(Template)]
#[template(path = "pages/frames/frame.html")]
struct Frame<'a> {
    visit: &'a Visit<'a>,
    app: &'a App,
    title: String,
    sid: String,
    /// What the frame is called, which the app reads.
    name: String,
    action: String,
    fields: Vec<(&'static str, String)>,
    origin: String,
    /// What `getInitData` answers.
    init: String,
}

#[derive(Template)]
#[template(path = "pages/frames/waiting.html")]
struct Waiting<'a> {
    visit: &'a Visit<'a>,
    app: &'a App,
}

/// What is opened in a frame.
struct Opened {
    title: String,
    url: String,
    place: &'static str,
    options: Json,
    installing: bool,
}

fn open(visit: &Visit<'_>) -> Result<Reply> {
    let app = find(visit)?;
    if !app.has_ui {
        return Err(NOT_FOUND.error());
    }
    let installing = !app.installed;
    if installing && !visit.caller()?.may(Right::ManageApps) {
        return Ok(visit.page(&Waiting { visit, app: &app })?.with_status(403));
    }
    let url = app.install_url.clone().filter(|_| installing).unwrap_or_else(|| app.handler_url.clone());
    show(visit, &app, Opened { title: app.name.clone(), url, place: "DEFAULT", options: json!({}), installing })
}

fn open_widget(visit: &Visit<'_>) -> Result<Reply> {
    let app = find(visit)?;
    let person = person(visit)?;
    let id = visit.path_id("widget")?;
    let mut found = None;
    for place in visit.app.registry.placements() {
        let all = visit.app.db.read(|tx| placement::shown(tx, &visit.app.registry, &person, place.name))?;
        let widget = all.into_iter().find(|(widget, of)| widget.id == id && of.id == app.id);
        found = found.or(widget.map(|(widget, _)| (widget, place.name)));
    }
    let (widget, place) = found.ok_or_else(|| NOT_FOUND.error())?;
    let mut options = json!({ "URI": visit.address });
    let user = visit.text("USER");
    if place == "USER_PROFILE_MENU" {
        options["USER_ID"] = person.id.to_string().into();
    } else if let Ok(id) = user.parse::<i64>() {
        options["USER_ID"] = id.to_string().into();
        options["URI"] = format!("/company/personal/user/{id}/").into();
    }
    let title = match widget.text("TITLE", visit.language.code()) {
        "" => app.name.clone(),
        title => title.to_owned(),
    };
    show(visit, &app, Opened { title, url: widget.handler, place, options, installing: false })
}

fn show(visit: &Visit<'_>, app: &App, opened: Opened) -> Result<Reply> {
    let caller = visit.caller()?;
    let (user_id, now) = (caller.user_id, visit.app.clock.seconds());
    let own = visit.app.door.own_url();
    let (tokens, app_options, user_options) = visit.write_routine(|tx| {
        let chance = &mut Chance::from_system();
        let tokens = token::give(tx, &visit.app.registry, (app, user_id), (&own, true), (chance, now))?;
        let tokens = tokens.ok_or_else(|| ACCESS_DENIED.error())?;
        Ok::<_, muster_core::Error>((tokens, app::options(tx, app.id, 0)?, app::options(tx, app.id, user_id)?))
    })?;
    let text = |name: &str| tokens.get(name).and_then(muster_core::params::read_text).unwrap_or_default();
    let (domain, protocol) = (authority(&visit.base_url), if visit.is_secure { "1" } else { "0" });
    let (language, sid) = (visit.language.code(), Chance::from_system().token());
    let init = json!({
        "DOMAIN": domain, "PROTOCOL": protocol, "PATH": "/rest", "LANG": language, "MEMBER_ID": text("member_id"),
        "IS_ADMIN": caller.admin, "AUTH_ID": text("access_token"), "REFRESH_ID": text("refresh_token"),
        "AUTH_EXPIRES": tokens["expires_in"], "APP_OPTIONS": app_options, "USER_OPTIONS": user_options,
        "PLACEMENT": opened.place, "PLACEMENT_OPTIONS": opened.options, "INSTALL": opened.installing,
        "FIRST_RUN": opened.installing,
    });
    let query = [("DOMAIN", domain), ("PROTOCOL", protocol), ("LANG", language), ("APP_SID", &sid)];
    let query = query.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))).join("&");
    let joint = if opened.url.contains('?') { '&' } else { '?' };
    let frame = Frame {
        visit,
        app,
        title: opened.title,
        name: format!("{domain}|{protocol}|{sid}"),
        action: format!("{}{joint}{query}", opened.url),
        fields: vec![
            ("AUTH_ID", text("access_token")),
            ("AUTH_EXPIRES", text("expires_in")),
            ("REFRESH_ID", text("refresh_token")),
            ("SERVER_ENDPOINT", text("server_endpoint")),
            ("APPLICATION_TOKEN", app.application_token.clone()),
            ("APPLICATION_SCOPE", app.scopes.clone()),
            ("member_id", text("member_id")),
            ("status", app::STATUS.to_owned()),
            ("PLACEMENT", opened.place.to_owned()),
            ("PLACEMENT_OPTIONS", opened.options.to_string()),
        ],
        origin: origin(&opened.url),
        init: init.to_string(),
        sid,
    };
    Ok(visit.page(&frame)?.frame(&frame.origin).form_target(&frame.origin))
}

/// New tokens for the app of the page, on behalf of whoever looks at it.
fn refresh(visit: &Visit<'_>) -> Result<Reply> {
    let app = find(visit)?;
    let (user_id, now, own) = (visit.caller()?.user_id, visit.app.clock.seconds(), visit.app.door.own_url());
    let tokens = visit.write_routine(|tx| {
        let chance = &mut Chance::from_system();
        token::give(tx, &visit.app.registry, (&app, user_id), (&own, true), (chance, now))
    })?;
    let tokens = tokens.ok_or_else(|| ACCESS_DENIED.error())?;
    Ok(Reply::json(&json!({
        "AUTH_ID": tokens["access_token"], "REFRESH_ID": tokens["refresh_token"], "AUTH_EXPIRES": tokens["expires_in"],
    })))
}

/// Keeps an option of the app or of the person, as `app.option.set` and `user.option.set` do, and answers all of them.
fn option(visit: &Visit<'_>) -> Result<Reply> {
    let app = find(visit)?;
    let caller = visit.caller()?;
    let value = visit.text("VALUE").parse::<Json>().map_err(|_| ARGUMENT.say("the value must be JSON"))?;
    let of_app = visit.text("KIND") == "app";
    let method = if of_app { "app.option.set" } else { "user.option.set" };
    visit.call_as_app(app.id, method, json!({ "options": { visit.text("NAME"): value } }))?;
    let user_id = if of_app { 0 } else { caller.user_id };
    Ok(Reply::json(&Json::Object(visit.app.db.read(|tx| app::options(tx, app.id, user_id))?)))
}

/// Finishes the installation of the app of the page.
fn finish(visit: &Visit<'_>) -> Result<Reply> {
    let app = find(visit)?;
    let caller = visit.caller()?;
    if !caller.may(Right::ManageApps) {
        return Err(ACCESS_DENIED.error());
    }
    let (user_id, now) = (caller.user_id, visit.app.clock.seconds());
    visit.write(&APP_INSTALL, |tx| Ok((install::finish(tx, app.id, user_id, now)?, app.id)))?;
    visit.app.changed.notify_one();
    Ok(Reply::json(&json!(true)))
}

/// People to choose from, as the visitor may see them.
fn people(visit: &Visit<'_>) -> Result<Reply> {
    let params = json!({
        "FILTER": { "FIND": visit.text("Q"), "ACTIVE": true }, "ORDER": { "LAST_NAME": "ASC" }, "START": -1,
        "SELECT": ["ID", "NAME", "LAST_NAME", "EMAIL", "WORK_POSITION", "PERSONAL_PHOTO"], "IMAGE_RESIZE": "small",
    });
    let found = visit.call("user.get", params)?.result;
    let shown = found.as_array().into_iter().flatten().map(|it| {
        let text = |name: &str| it.get(name).and_then(muster_core::params::read_text).unwrap_or_default();
        let id = text("ID");
        let face = Face::new(0, &text("NAME"), &text("LAST_NAME"), &text("EMAIL"), "");
        json!({
            "id": id, "name": face.name, "photo": text("PERSONAL_PHOTO"), "position": text("WORK_POSITION"),
            "url": format!("/company/personal/user/{id}/"), "sub": false, "sup": false,
        })
    });
    Ok(Reply::json(&Json::Array(shown.collect())))
}
