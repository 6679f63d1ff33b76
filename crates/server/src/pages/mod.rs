//! Pages: Muster in the browser. Rendered here, with templates beside the code that fills them.
//!
//! A page is a plain function from a `Visit` to a `Reply`, with a line in its subject's table of `Route`s. It has no
//! SQL and no checks of rights: it calls the methods that clients call, by `Visit::call`. What holds for every page is in
//! one place: `door.rs` finds the session, refuses forged forms and whoever is not signed in, and writes the log line;
//! `reply.rs` writes the headers that keep a page out of frames and foreign scripts out of the page.
//!
//! Reading order: `visit.rs`, `reply.rs`, `door.rs`, `shell/` (what surrounds every page), `messages.rs`, `assets.rs`.

mod admin;
mod assets;
mod consent;
mod cookie;
mod door;
mod explorer;
mod frames;
mod home;
mod import;
mod invitation;
mod letters;
mod messages;
mod passkey;
mod password;
mod people;
mod registration;
mod reply;
mod settings;
mod shell;
mod sign_in;
mod structure;
mod tasks;
mod visit;

pub(crate) use door::no_such_page;
pub use explorer::{HOOK, Snippet, snippets};
pub(crate) use letters::letter;
pub(crate) use messages::Language;
pub(crate) use reply::Reply;
pub(crate) use visit::{Visit, call_for};

use crate::App;
use axum::{
    Router,
    extract::{ConnectInfo, RawPathParams, Request, State},
    routing::{MethodFilter, get as answer_get, on},
};
use muster_core::{Result, call::Right};
use std::{net::SocketAddr, sync::Arc};

/// A subject of the pages: all that belongs to it, from addresses to words.
pub(crate) struct Subject {
    /// Its addresses.
    pub(crate) routes: &'static [Route],
    /// Its entries in the menu on the left.
    pub(crate) menu: &'static [MenuItem],
    /// Its words in English and in Russian, as Fluent files.
    pub(crate) words: [&'static str; 2],
    /// Its part of the style sheet.
    pub(crate) css: &'static str,
    /// Its part of the script. Every page works without it.
    pub(crate) js: &'static str,
}

/// All subjects. Their menus, style sheets and scripts are put together in this order.
pub(crate) static SUBJECTS: &[&Subject] = &[
    &shell::SUBJECT,
    &sign_in::SUBJECT,
    &password::SUBJECT,
    &passkey::SUBJECT,
    &home::SUBJECT,
    &people::SUBJECT,
    &structure::SUBJECT,
    &tasks::SUBJECT,
    &invitation::SUBJECT,
    &import::SUBJECT,
    &registration::SUBJECT,
    &letters::SUBJECT,
    &settings::SUBJECT,
    &frames::SUBJECT,
    &explorer::SUBJECT,
    &admin::SUBJECT,
    &consent::SUBJECT,
];

/// How a page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// To see it.
    Get,
    /// To change something. It needs the token that Muster's own forms carry.
    Post,
}

/// An address and the function behind it.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) verb: Verb,
    /// The path, with names in braces for what varies.
    pub(crate) path: &'static str,
    pub(crate) run: fn(&Visit<'_>) -> Result<Reply>,
    /// Whether it is for those too who are not signed in.
    pub(crate) is_open: bool,
    /// The right that it needs, where it works with what no method does.
    pub(crate) right: Right,
    /// Whether it compares a password, which takes so long that a crowd has to queue.
    pub(crate) takes_password: bool,
}

const fn route(verb: Verb, path: &'static str, run: fn(&Visit<'_>) -> Result<Reply>) -> Route {
    Route { verb, path, run, is_open: false, right: Right::Anyone, takes_password: false }
}

/// A page to see, for those who are signed in.
pub(crate) const fn get(path: &'static str, run: fn(&Visit<'_>) -> Result<Reply>) -> Route {
    route(Verb::Get, path, run)
}

/// A form to take, from those who are signed in.
pub(crate) const fn post(path: &'static str, run: fn(&Visit<'_>) -> Result<Reply>) -> Route {
    route(Verb::Post, path, run)
}

impl Route {
    /// It is for those too who are not signed in.
    pub(crate) const fn open(self) -> Route {
        Route { is_open: true, ..self }
    }

    /// It needs this right: for pages whose subject no method works with, since those have their checks in the method.
    pub(crate) const fn needs(self, right: Right) -> Route {
        Route { right, ..self }
    }

    /// It compares a password.
    pub(crate) const fn takes_password(self) -> Route {
        Route { takes_password: true, ..self }
    }
}

/// An entry in the menu on the left.
pub(crate) struct MenuItem {
    /// The address it leads to. It counts as the current one for every address that begins so.
    pub(crate) path: &'static str,
    /// The message that names it.
    pub(crate) label: &'static str,
    /// The picture before it: a symbol in `shell/icons.svg`.
    pub(crate) icon: &'static str,
    /// Who sees it. What lies behind it is guarded by the methods that it calls.
    pub(crate) right: Right,
}

/// All routes.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    SUBJECTS.iter().flat_map(|subject| subject.routes)
}

/// Adds the pages to the router. They are not behind CORS: no other origin may read them.
pub(crate) fn add_to(router: Router<Arc<App>>) -> Router<Arc<App>> {
    let router = router.route("/static/{name}", answer_get(assets::file));
    let router = router.route("/api/v1", answer_get(assets::bx24)).route("/api/v1/", answer_get(assets::bx24));
    routes().fold(router, |router, route| {
        let verb = if route.verb == Verb::Post { MethodFilter::POST } else { MethodFilter::GET };
        let handler = move |State(app): State<Arc<App>>,
                            ConnectInfo(peer): ConnectInfo<SocketAddr>,
                            path: RawPathParams,
                            request: Request| {
            let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            door::answer(app, peer, route, path, request)
        };
        router.route(route.path, on(verb, handler))
    })
}

/// The addresses of all pages, and whether they are for those too who are not signed in: for tests of what holds for all.
pub fn addresses() -> impl Iterator<Item = (Verb, &'static str, bool)> {
    routes().map(|it| (it.verb, it.path, it.is_open))
}
