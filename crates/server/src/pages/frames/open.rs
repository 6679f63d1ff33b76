//! Opening what stands in a frame: an app's page, a widget, an app by its link.

use super::{admitted, find, person, title_of};
use crate::pages::{
    Reply, Visit,
    visit::{NOT_FOUND, local},
};
use askama::Template;
use axum::http::header;
use muster_core::{Chance, Json, Map, Result, call::Right, error::ACCESS_DENIED, json};
use muster_modules::{
    address::{authority, origin},
    app::{self, App, token},
    placement::{self, Widget},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

const REST_APP_URI: &str = "REST_APP_URI";

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
    worker: String,
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
    /// Where it is told that a background worker was slow; empty for everything else.
    worker: String,
}

/// The app's own page, or the page of its installation for whoever installs it.
pub(super) fn app_page(visit: &Visit<'_>) -> Result<Reply> {
    let app = find(visit)?;
    // What the app that opens it says, by `openApplication`.
    let options = visit.text("OPTIONS").parse::<Json>().ok().filter(Json::is_object);
    open_app(visit, &app, options.unwrap_or_else(|| json!({})))
}

fn open_app(visit: &Visit<'_>, app: &App, options: Json) -> Result<Reply> {
    if !app.has_ui {
        return Err(NOT_FOUND.error());
    }
    let installing = !app.installed;
    if installing && !visit.caller()?.may(Right::ManageApps) {
        return Ok(visit.page(&Waiting { visit, app })?.with_status(403));
    }
    let url = app.install_url.clone().filter(|_| installing).unwrap_or_else(|| app.handler_url.clone());
    show(
        visit,
        app,
        Opened { title: app.name.clone(), url, place: "DEFAULT", options, installing, worker: String::new() },
    )
}

/// A widget of an app, for those it is for.
pub(super) fn widget(visit: &Visit<'_>) -> Result<Reply> {
    let app = find(visit)?;
    let (widget, place) = find_widget(visit, &app)?;
    let mut options = json!({ "URI": came_from(visit) });
    match place {
        "PAGE_BACKGROUND_WORKER" => options = json!({ "ID": place, "URI": came_from(visit) }),
        "USER_PROFILE_MENU" => options["USER_ID"] = visit.caller()?.user_id.to_string().into(),
        _ => {
            if let Ok(id) = visit.text("USER").parse::<i64>() {
                options["USER_ID"] = id.to_string().into();
                options["URI"] = format!("/company/personal/user/{id}/").into();
            }
        }
    }
    let is_worker = place == "PAGE_BACKGROUND_WORKER";
    let worker = if is_worker { format!("/apps/{}/widget/{}/slow/", app.id, widget.id) } else { String::new() };
    let title = title_of(visit, &widget, &app);
    show(visit, &app, Opened { title, url: widget.handler, place, options, installing: false, worker })
}

/// The widget of the address and its place, if it is one of the app's that is for the visitor.
pub(super) fn find_widget(visit: &Visit<'_>, app: &App) -> Result<(Widget, &'static str)> {
    let (id, person) = (visit.path_id("widget")?, person(visit)?);
    for place in visit.app.registry.placements() {
        let all = visit.app.db.read(|tx| placement::shown(tx, &visit.app.registry, &person, place.name))?;
        if let Some((widget, _)) = all.into_iter().find(|(widget, of)| widget.id == id && of.id == app.id) {
            return Ok((widget, place.name));
        }
    }
    Err(NOT_FOUND.error())
}

/// The app by a link that it put into a text: what it bound to `REST_APP_URI`, or its own page. The parameters of the link
/// go to it as they are.
pub(super) fn link(visit: &Visit<'_>) -> Result<Reply> {
    let code = visit.path_text("code").to_owned();
    let app = admitted(visit, visit.app.db.read(|tx| app::find(tx, &code))?)?;
    let mut options = match visit.params.get("PARAMS") {
        Some(Json::Object(sent)) => sent.clone(),
        _ => Map::new(),
    };
    // The app's own word goes first.
    options.entry("URI").or_insert_with(|| came_from(visit).into());
    let (person, options) = (person(visit)?, Json::Object(options));
    let bound = visit.app.db.read(|tx| placement::shown(tx, &visit.app.registry, &person, REST_APP_URI))?;
    match bound.into_iter().find(|(_, of)| of.id == app.id) {
        Some((widget, _)) => {
            let title = title_of(visit, &widget, &app);
            let opened = Opened {
                title,
                url: widget.handler,
                place: REST_APP_URI,
                options,
                installing: false,
                worker: String::new(),
            };
            show(visit, &app, opened)
        }
        None => open_app(visit, &app, options),
    }
}

/// The path of the page that the visitor was at, as far as the browser tells; otherwise that of this one.
fn came_from(visit: &Visit<'_>) -> String {
    let referer = visit.headers.get(header::REFERER).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let path = referer.strip_prefix(visit.base_url.as_str()).and_then(local);
    path.unwrap_or(&visit.address).to_owned()
}

fn show(visit: &Visit<'_>, app: &App, opened: Opened) -> Result<Reply> {
    let caller = visit.caller()?;
    let (user_id, now) = (caller.user_id, visit.app.clock.seconds());
    let own = visit.app.door.own_url();
    let (tokens, app_options, user_options) = visit.write_routine(|tx| {
        let chance = &mut Chance::from_system();
        let tokens =
            token::give_page(tx, &visit.app.registry, (app, user_id), (&own, opened.installing), (chance, now))?;
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
        worker: opened.worker,
        sid,
    };
    Ok(visit.page(&frame)?.frame(&frame.origin).form_target(&frame.origin))
}
