//! A Muster for a test: a database of its own, some people, and clients that call it.

use crate::cluster;
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode},
};
use http_body_util::BodyExt as _;
use muster::{App, Door, delivery::Courier, routes::router};
use muster_core::{Chance, Json, Settings, json};
use muster_db::{Db, Options, Sql, Tx};
use muster_modules::{
    user::store::{NewPerson, register},
    webhook::{self, NewWebhook},
};
use std::{
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// The administrator of every test's Muster.
pub(crate) const ADMIN: i64 = 1;
/// Someone without any right.
pub(crate) const EMPLOYEE: i64 = 2;
/// The root of the company's structure.
pub(crate) const ROOT: i64 = 1;

/// A Muster with a database of its own. It goes away with this value.
pub(crate) struct TestApp {
    pub(crate) app: Arc<App>,
    pub(crate) address: String,
    router: Router,
    _folder: Option<TempDir>,
}

/// What a test may want otherwise.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) settings: Settings,
    pub(crate) door: Door,
    pub(crate) rate: Option<(f64, f64)>,
    pub(crate) operating: Option<f64>,
}

impl TestApp {
    pub(crate) fn sqlite() -> TestApp {
        TestApp::sqlite_with(Setup::default())
    }

    /// Every SQLite test starts from a copy of one file that was migrated once.
    pub(crate) fn sqlite_with(setup: Setup) -> TestApp {
        static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("template.db");
            drop(TestApp::build(path.to_str().unwrap(), None, Setup::default(), true));
            std::fs::read(path).unwrap()
        });
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("muster.db");
        std::fs::write(&path, template).unwrap();
        TestApp::build(path.to_str().unwrap(), Some(folder), setup, false)
    }

    pub(crate) fn postgres() -> Option<TestApp> {
        TestApp::postgres_with(Setup::default())
    }

    /// Every PostgreSQL test has a schema of its own.
    pub(crate) fn postgres_with(setup: Setup) -> Option<TestApp> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let server = cluster::address()?;
        let schema = format!("t{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        cluster::execute(&format!("create schema {schema}"));
        Some(TestApp::build(&format!("{server}&options=-csearch_path%3D{schema}"), None, setup, true))
    }

    /// The same Muster as `self` set up otherwise: another process on the same database.
    pub(crate) fn another(&self, setup: Setup) -> TestApp {
        TestApp::build(&self.address, None, setup, false)
    }

    /// A Muster on an empty database that the test made itself.
    pub(crate) fn at(address: &str) -> TestApp {
        TestApp::build(address, None, Setup::default(), true)
    }

    fn build(address: &str, folder: Option<TempDir>, setup: Setup, fresh: bool) -> TestApp {
        let db = Db::open(address, &Options { connections: 4, ..Options::default() }).unwrap();
        let app = Arc::new(App::new(db, setup.settings, setup.door, setup.rate, setup.operating));
        if fresh {
            app.db.migrate(&app.registry.migrations(), 1).unwrap();
            app.db.write(|tx| people(tx, app.clock.seconds())).unwrap();
        }
        let router = router(Arc::clone(&app));
        TestApp { app, address: address.to_owned(), router, _folder: folder }
    }

    /// Delivers what is due until nothing is under way.
    pub(crate) fn deliver(&self) {
        runtime().block_on(Courier::new(Arc::clone(&self.app)).settle()).unwrap();
    }

    /// A client with all scopes, on behalf of an administrator.
    pub(crate) fn admin(&self) -> Client<'_> {
        self.hook(ADMIN, &self.all_scopes())
    }

    /// A client with all scopes, on behalf of someone without rights.
    pub(crate) fn employee(&self) -> Client<'_> {
        self.hook(EMPLOYEE, &self.all_scopes())
    }

    pub(crate) fn all_scopes(&self) -> String {
        let scopes: Vec<_> = self.app.registry.scopes().map(|it| it.name).collect();
        scopes.join(",")
    }

    /// A client with a new webhook.
    pub(crate) fn hook(&self, user_id: i64, scopes: &str) -> Client<'_> {
        let new = NewWebhook {
            user_id,
            title: "test".to_owned(),
            scopes: scopes.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect(),
            expires_at: None,
        };
        let now = self.app.clock.seconds();
        let made = self.app.db.write(|tx| webhook::add(tx, &new, &mut Chance::from_system(), now));
        let (id, secret) = made.unwrap();
        Client { app: self, id, path: format!("{user_id}/{secret}") }
    }

    /// Sends a request as it is.
    pub(crate) fn send(&self, mut request: Request<Body>) -> Reply {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_000))));
        runtime().block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes().to_vec();
            Reply { status: parts.status, headers: parts.headers, bytes }
        })
    }

    /// Sends a GET.
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path).header("host", "muster.test").body(Body::empty()).unwrap())
    }

    /// The one number that a query gives.
    pub(crate) fn count(&self, sql: &'static str) -> i64 {
        self.app.db.read(|tx| tx.int(&Sql::new(sql))).unwrap()
    }

    /// Changes the database behind Muster's back.
    pub(crate) fn execute(&self, sql: impl Into<Sql>) {
        let sql = sql.into();
        self.app.db.write(|tx| tx.run(&sql).map(drop)).unwrap();
    }
}

fn people(tx: &mut Tx<'_>, now: i64) -> muster_core::Result<()> {
    let person = |email: &str, name: &str, last_name: &str, admin| NewPerson {
        email: email.to_owned(),
        name: name.to_owned(),
        last_name: last_name.to_owned(),
        admin,
        ..NewPerson::default()
    };
    register(tx, &person("ada@example.com", "Ada", "Admin", true), now)?;
    register(tx, &person("emil@example.com", "Emil", "Employee", false), now)?;
    Ok(())
}

pub(crate) fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap())
}

/// Calls methods by one webhook.
pub(crate) struct Client<'a> {
    pub(crate) app: &'a TestApp,
    /// The webhook's ID.
    pub(crate) id: i64,
    /// `<user id>/<secret>`
    pub(crate) path: String,
}

impl Client<'_> {
    /// Calls a method with JSON.
    pub(crate) fn call(&self, method: &str, params: Json) -> Reply {
        self.post(&format!("/rest/{}/{method}", self.path), "application/json", params.to_string())
    }

    /// Calls a method at the address of REST 3.0.
    pub(crate) fn call_v3(&self, method: &str, params: Json) -> Reply {
        self.post(&format!("/rest/api/{}/{method}", self.path), "application/json", params.to_string())
    }

    /// Sends any body to any address.
    pub(crate) fn post(&self, path: &str, content_type: &str, body: impl Into<Body>) -> Reply {
        let request = Request::post(path).header("host", "muster.test").header("content-type", content_type);
        self.app.send(request.body(body.into()).unwrap())
    }

    /// The result of a call that has to succeed.
    pub(crate) fn ok(&self, method: &str, params: Json) -> Json {
        self.call(method, params).ok()
    }

    /// The IDs of a list.
    pub(crate) fn ids(&self, method: &str, params: Json) -> Vec<i64> {
        let result = self.ok(method, params);
        let id = |it: &Json| it["ID"].as_str().unwrap().parse().unwrap();
        result.as_array().unwrap().iter().map(id).collect()
    }

    /// Adds a person with these fields and answers their ID. What is not given is made up.
    pub(crate) fn add_user(&self, fields: Json) -> i64 {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let mut all = json!({ "EMAIL": format!("person{number}@example.com"), "UF_DEPARTMENT": [ROOT] });
        for (name, value) in fields.as_object().unwrap() {
            all[name] = value.clone();
        }
        self.ok("user.add", all).as_i64().unwrap()
    }

    /// The profile of a person as this client sees it.
    pub(crate) fn user(&self, id: i64) -> Json {
        self.ok("user.get", json!({ "ID": id }))[0].clone()
    }
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn body(&self) -> Json {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|err| panic!("{err}: {}", self.text()))
    }

    /// The result, if the call succeeded.
    #[track_caller]
    pub(crate) fn ok(&self) -> Json {
        let body = self.body();
        assert_eq!(self.status, 200, "{body}");
        body["result"].clone()
    }

    /// Checks a failure's status and code, and answers its words.
    #[track_caller]
    pub(crate) fn fails(&self, status: u16, code: &str) -> String {
        let body = self.body();
        assert_eq!((self.status.as_u16(), body["error"].as_str()), (status, Some(code)), "{body}");
        body["error_description"].as_str().unwrap().to_owned()
    }

    /// Checks a failure of REST 3.0, and answers its words.
    #[track_caller]
    pub(crate) fn fails_v3(&self, status: u16, code: &str) -> String {
        let body = self.body();
        assert_eq!((self.status.as_u16(), body["error"]["code"].as_str()), (status, Some(code)), "{body}");
        body["error"]["message"].as_str().unwrap().to_owned()
    }
}
