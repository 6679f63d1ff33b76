//! Apps for tests: registered, and calling with a token of someone.

use crate::app::{Reply, TestApp};
use axum::{body::Body, http::Request};
use muster_core::{Chance, Json, json};
use muster_db::Sql;
use muster_modules::{
    app::{self, Keys, NewApp, token},
    event::outgoing,
};

/// An app with these scopes that is installed at once.
pub(crate) fn new_app(scopes: &str) -> NewApp {
    NewApp {
        name: "CRM".to_owned(),
        scopes: scopes.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect(),
        handler_url: "https://crm.example.com/callback".to_owned(),
        install_url: None,
        has_ui: true,
        allowed: Vec::new(),
        installer: None,
    }
}

impl TestApp {
    /// Registers an app.
    pub(crate) fn register(&self, new: &NewApp) -> Keys {
        let now = self.app.clock.seconds();
        let known = (&self.app.registry, &self.app.settings);
        self.app.db.write(|tx| app::add(tx, known, new, (&mut Chance::from_system(), now))).unwrap()
    }

    /// Has an outgoing webhook hear of everything from now on. Nothing is sent: [`heard`](TestApp::heard) tells what waits.
    pub(crate) fn hear(&self) {
        let kinds = self.app.registry.events().filter(|kind| !kind.only_app);
        let events: Vec<String> = kinds.map(|kind| kind.name.to_owned()).collect();
        let (known, at) = ((&self.app.registry, &self.app.settings), ("https://ear.example.com/", ""));
        self.app.db.write(|tx| outgoing::add(tx, known, at, &events, (&mut Chance::from_system(), 1))).unwrap();
    }

    /// What was heard, in order: codes and data.
    pub(crate) fn heard(&self) -> Vec<String> {
        let rows = self.app.db.read(|tx| tx.rows(&Sql::new("select event, data from event_deliveries order by id")));
        rows.unwrap().iter().map(|row| format!("{} {}", row.text(0), row.text(1))).collect()
    }

    /// A client that calls with an access token of this app and person.
    pub(crate) fn by_app(&self, app_id: i64, user_id: i64) -> AppClient<'_> {
        AppClient { app: self, tokens: self.tokens(app_id, user_id) }
    }

    /// Tokens of this app and person.
    pub(crate) fn tokens(&self, app_id: i64, user_id: i64) -> Json {
        let now = self.app.clock.seconds();
        let given = self.app.db.write(|tx| {
            let app = app::load(tx, app_id)?.unwrap();
            let chance = &mut Chance::from_system();
            token::give(tx, &self.app.registry, (&app, user_id), ("http://muster.test", true), (chance, now))
        });
        given.unwrap().unwrap()
    }
}

/// Calls methods with an access token.
pub(crate) struct AppClient<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) tokens: Json,
}

impl AppClient<'_> {
    pub(crate) fn call(&self, method: &str, mut params: Json) -> Reply {
        params["auth"] = self.tokens["access_token"].clone();
        let request = Request::post(format!("/rest/{method}.json")).header("host", "muster.test");
        self.app.send(request.header("content-type", "application/json").body(Body::from(params.to_string())).unwrap())
    }

    pub(crate) fn ok(&self, method: &str, params: Json) -> Json {
        self.call(method, params).ok()
    }

    /// Has an address told of an event.
    pub(crate) fn bind(&self, event: &str, handler: &str) {
        assert_eq!(self.ok("event.bind", json!({ "event": event, "handler": handler })), true);
    }
}
