//! Software written for the Bitrix24 REST API against this program: public client libraries, unmodified.
//!
//! What the programs check and what they are told is in clients/README.md.

use crate::program::{Home, Hook, Server};
use muster::pages::{HOOK, Snippet, snippets};
use muster_core::{Chance, Clock, Json, Registry, clock::hash_of, json, text::words};
use muster_db::{Db, DbError, Sql};
use muster_modules::{
    MODULES,
    app::{self, token},
};
use std::{
    env,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

/// How many people the clients page through.
const USERS: &str = "5000";

/// What the clients search for.
const WORD: &str = "anna";

const PYTHON: [&str; 4] =
    ["check_b24pysdk.py", "check_b24pysdk_oauth.py", "check_fast_bitrix24.py", "check_openapi.py"];
const NODE: [&str; 2] = ["check_b24jssdk.mjs", "check_b24jssdk_oauth.mjs"];

#[test]
fn work_on_sqlite() {
    let home = Home::sqlite();
    let company = Company::new(&home);
    if let Some(python) = python() {
        for program in PYTHON {
            company.check(&python, &format!("python/{program}"));
        }
    }
    if let Some(node) = node() {
        for program in NODE {
            company.check(&node, &format!("node/{program}"));
        }
    }
    company.try_snippets();
}

/// The engines give the same answers, which other tests show; one client is enough to see that it comes out here too.
#[test]
fn work_on_postgres() {
    let Some(home) = Home::postgres() else { return };
    if let Some(python) = python() {
        let company = Company::new(&home);
        for program in &PYTHON[..2] {
            company.check(&python, &format!("python/{program}"));
        }
    }
}

/// A company with two servers, of which the second one has limits.
struct Company<'a> {
    home: &'a Home,
    servers: [Server; 2],
    hooks: Vec<(&'static str, usize, Hook)>,
    /// An app, with tokens of the administrator and of an employee.
    app: AppKeys,
    plain: i64,
}

/// What an app proves itself with.
struct AppKeys {
    id: i64,
    client_id: String,
    client_secret: String,
}

const APP_SCOPES: &str = "user,department,placement";

impl Company<'_> {
    fn new(home: &Home) -> Company<'_> {
        home.ok(&["seed", "--users", USERS]);
        let plain = "select id from users where active = 1 and admin = 0 and accepted_at is not null order by id";
        let plain = home.db().read(|tx| tx.int(&Sql::new(plain))).unwrap();
        let hooks = vec![
            ("USER", 0, home.hook(1, "user,department,user.userfield,sonet_group,task,tasks")),
            ("BASIC", 0, home.hook(1, "user_basic")),
            ("BRIEF", 0, home.hook(1, "user_brief")),
            ("PLAIN", 0, home.hook(plain, "user,department")),
            ("REVOKED", 0, home.hook(1, "user,department")),
            ("LIMITED", 1, home.hook(1, "user,department")),
        ];
        home.ok(&["webhook", "revoke", "5"]);
        let app = AppKeys::add(home);
        let serve = ["serve", "--tls-self-signed", "--private-handlers", "--log", "warn,muster=info"];
        let servers = [home.start(&serve), home.start(&[&serve[..], &["--limits", "cloud"]].concat())];
        Company { home, servers, hooks, app, plain }
    }

    /// What a program needs to be the app. Each gets tokens of its own, of which those of the administrator have expired.
    fn app(&self) -> Json {
        let db = self.home.db();
        let registry = Registry::new(MODULES);
        // Without public_url Muster calls itself by what it listens on, and the SDK compares that.
        let domain = format!("127.0.0.1:{}", self.servers[0].port);
        let now = Clock::default().seconds();
        let give = |user_id: i64| {
            db.write(|tx| {
                let app = app::load(tx, self.app.id)?.unwrap();
                let at = (&*format!("https://{domain}"), true);
                token::give(tx, &registry, (&app, user_id), at, (&mut Chance::from_system(), now))
            })
            .unwrap()
            .unwrap()
        };
        let expire = |tokens: &Json| {
            let hash = hash_of(tokens["access_token"].as_str().unwrap());
            let sql =
                Sql::with("update app_tokens set expires_at = $1 where token_hash = $2", [now.into(), hash.into()]);
            db.write(|tx| tx.run(&sql)).unwrap();
        };
        let (expired, stolen) = (give(1), give(1));
        expire(&expired);
        expire(&stolen);
        json!({
            "domain": domain, "member_id": expired["member_id"], "scope": APP_SCOPES,
            "client_id": self.app.client_id, "client_secret": self.app.client_secret,
            "expired": expired, "stolen": stolen, "employee": give(self.plain),
        })
    }

    /// Runs the snippets of the first steps as they are shown, with the address and a webhook of this company in them.
    fn try_snippets(&self) {
        let hook = self.hooks[0].2.0.trim_start_matches("/rest/").trim_matches('/').to_owned();
        let address = format!("https://localhost:{}", self.servers[0].port);
        let name: String = self
            .home
            .db()
            .read(|tx| {
                Ok::<_, DbError>(tx.row(&Sql::new("select name from users where id = 1"))?.unwrap().text(0).to_owned())
            })
            .unwrap();
        // Where the SDK for Node.js is found; it is not beside a file elsewhere.
        let module = clients().join(format!("node/snippet-{}.mjs", std::process::id()));
        for Snippet { name: kind, text } in snippets(&address) {
            let text = text.replace(HOOK, &hook);
            let mut command = match kind {
                "curl" => {
                    let mut command = Command::new("sh");
                    command.args(["-c", &text]);
                    command
                }
                "python" => {
                    let Some(python) = python() else { continue };
                    let mut command = Command::new(python);
                    command.args(["-c", &text]);
                    command
                }
                "js" => {
                    let Some(node) = node() else { continue };
                    std::fs::write(&module, &text).unwrap();
                    let mut command = Command::new(node);
                    command.arg(&module);
                    command
                }
                // It is opened in Chromium, by check_bx24.mjs.
                _ => continue,
            };
            let authority = self.home.path("data/tls/muster-ca.pem");
            for variable in ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE"] {
                command.env(variable, &authority);
            }
            let done = command.stdin(Stdio::null()).output().unwrap();
            std::fs::remove_file(&module).ok();
            let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
            let shown: Json = out.parse().unwrap_or_default();
            assert!(done.status.success() && (out.contains(&name) || shown["result"].is_array()), "{kind}: {out}{err}");
        }
    }

    /// Runs a program and fails with what it says if it fails.
    fn check(&self, interpreter: &Path, program: &str) {
        let authority = self.home.path("data/tls/muster-ca.pem");
        let mut command = Command::new(interpreter);
        command.arg(clients().join(program)).stdin(Stdio::null());
        for (kind, server, hook) in &self.hooks {
            let url = format!("https://localhost:{}{}", self.servers[*server].port, hook.0);
            command.env(format!("MUSTER_HOOK_{kind}"), url);
        }
        for name in ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
            command.env(name, &authority);
        }
        command.env("MUSTER_APP", self.app().to_string());
        command.env("MUSTER_EXPECT", expect(&self.home.db()).unwrap().to_string());
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        let began = Instant::now();
        let done = command.output().unwrap();
        let said = [done.stdout, done.stderr].map(|it| String::from_utf8_lossy(&it).into_owned()).concat();
        assert!(done.status.success(), "{program}: {said}");
        let summary = said.lines().find(|it| it.ends_with(" 0 failed")).unwrap_or_default();
        println!("{program}: {summary} in {:.1} s", began.elapsed().as_secs_f64());
    }
}

impl AppKeys {
    fn add(home: &Home) -> AppKeys {
        let handler = "https://app.example.com/";
        let shown = home.ok(&["app", "add", "Client", "--scopes", APP_SCOPES, "--handler", handler]);
        let word = |name: &str| {
            let line = shown.lines().find_map(|it| it.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name} in {shown}")).trim().to_owned()
        };
        AppKeys { id: 1, client_id: word("client_id"), client_secret: word("client_secret") }
    }
}

/// What the clients have to find, read from the tables and not by what is tested.
fn expect(db: &Db) -> Result<Json, DbError> {
    db.read(|tx| {
        let listed = "select id, name, last_name, second_name, work_position, email, personal_city
                      from users where user_type in ('employee', 'extranet') order by id";
        let people = tx.rows(&Sql::new(listed))?;
        let ids = people.iter().map(|row| row.int(0)).collect::<Result<Vec<_>, _>>()?;
        let begins = |text: &str| words(text).iter().any(|word| word.starts_with(WORD));
        let found = people.iter().filter(|row| (1..=4).any(|column| begins(row.text(column))));
        let found = found.map(|row| row.int(0)).collect::<Result<Vec<_>, _>>()?;
        let sample = people.iter().step_by(people.len() / 20).map(|row| {
            let id = row.int(0)?.to_string();
            Ok(json!({ "ID": id, "NAME": row.text(1), "LAST_NAME": row.text(2), "SECOND_NAME": row.text(3),
                "WORK_POSITION": row.text(4), "EMAIL": row.text(5), "PERSONAL_CITY": row.text(6) }))
        });
        Ok(json!({
            "users": ids.len(),
            "admin_id": 1,
            "departments": tx.int(&Sql::new("select count(*) from departments"))?,
            "sample": sample.collect::<Result<Vec<_>, DbError>>()?,
            "search": { "query": WORD, "ids": found },
            "ids": ids,
        }))
    })
}

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clients")
}

/// A Python that has the clients: the one that `MUSTER_TEST_PYTHON` names, the one that .ci/run makes, or the system's.
fn python() -> Option<PathBuf> {
    let made = clients().join("../target/clients/python/bin/python");
    let given = env::var_os("MUSTER_TEST_PYTHON").map(PathBuf::from);
    let found = given.into_iter().chain([made, PathBuf::from("python3")]).find(|python| {
        let import = "import b24pysdk, fast_bitrix24, openapi_spec_validator, requests";
        Command::new(python).args(["-c", import]).output().is_ok_and(|it| it.status.success())
    });
    found.or_else(|| skip("the Python clients; no Python has what clients/python/requirements.txt names"))
}

fn node() -> Option<PathBuf> {
    let is_there = clients().join("node/node_modules/@bitrix24/b24jssdk").exists()
        && Command::new("node").arg("--version").output().is_ok_and(|it| it.status.success());
    if is_there {
        return Some(PathBuf::from("node"));
    }
    skip("the Node client; it needs Node.js and: npm ci --prefix clients/node")
}

fn skip(what: &str) -> Option<PathBuf> {
    assert!(env::var_os("CI").is_none(), "missing, and in CI nothing may be skipped: {what}");
    // Tests capture what is printed; this has to be seen.
    writeln!(std::io::stderr(), "SKIPPED: {what}").ok();
    None
}
