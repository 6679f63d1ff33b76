//! `muster` as an administrator runs it: a folder, a database, commands and servers.

use crate::{
    cluster,
    http::{Answer, Connection, request},
};
use muster_core::{Json, json};
use muster_db::{Db, Options};
use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread::sleep,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long a server may take to start or to stop before a test fails. Debug builds on a busy machine are slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// Makes two tests of one: `name::sqlite` and `name::postgres`, each with a home of its own.
macro_rules! both {
    ($($(#[$meta:meta])* fn $name:ident($home:ident) $body:block)*) => {$(
        $(#[$meta])*
        fn $name($home: &crate::program::Home) $body

        // A module and a function may share a name.
        mod $name {
            #[test]
            fn sqlite() {
                super::$name(&crate::program::Home::sqlite());
            }

            #[test]
            fn postgres() {
                if let Some(home) = crate::program::Home::postgres() {
                    super::$name(&home);
                }
            }
        }
    )*};
}

pub(crate) use both;

/// A folder to run the program in, and a database. The folder goes away with this value.
pub(crate) struct Home {
    pub(crate) folder: TempDir,
    pub(crate) database: String,
}

/// What a command did.
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Home {
    pub(crate) fn sqlite() -> Home {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("data/muster.db").display().to_string();
        Home { folder, database }
    }

    /// A home with a schema of its own on the tests' PostgreSQL, if there is one.
    pub(crate) fn postgres() -> Option<Home> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let server = cluster::address()?;
        let schema = format!("p{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        cluster::execute(&format!("create schema {schema}"));
        let database = format!("{server}&options=-csearch_path%3D{schema}");
        Some(Home { folder: tempfile::tempdir().unwrap(), database })
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The program, with nothing of this process's environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command.args(args).current_dir(&self.folder).env_clear().stdin(Stdio::null());
        command.env("MUSTER_DATABASE", &self.database).env("MUSTER_DATA_DIR", self.path("data"));
        command.env("MUSTER_LISTEN", "127.0.0.1:0");
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&mut self.command(args))
    }

    /// The output of a command that has to succeed.
    #[track_caller]
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert!(ran.status.success(), "{args:?}: {}{}", ran.out, ran.err);
        ran.out
    }

    /// Starts a server and waits until it listens.
    #[track_caller]
    pub(crate) fn start(&self, args: &[&str]) -> Server {
        self.start_with(args, &[])
    }

    /// The same with some variables.
    #[track_caller]
    pub(crate) fn start_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Server {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let [out, err] = ["out", "err"].map(|it| self.folder.path().join(format!("{it}-{number}")));
        let mut command = self.command(args);
        command.envs(variables.iter().copied()).stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
        let child = command.spawn().unwrap();
        let mut server = Server { child, port: 0, out, err };
        server.port = server.wait_for_port();
        server
    }

    /// An administrator with a webhook of all scopes.
    pub(crate) fn admin(&self) -> Hook {
        self.ok(&["user", "add", "ada@example.com", "--name", "Ada", "--admin"]);
        self.hook(1, "user,department")
    }

    /// A new webhook.
    pub(crate) fn hook(&self, owner: i64, scopes: &str) -> Hook {
        let shown = self.ok(&["webhook", "add", &owner.to_string(), "--scopes", scopes]);
        let at = shown.find("/rest/").unwrap_or_else(|| panic!("no address in {shown}"));
        Hook(shown[at..].trim().to_owned())
    }

    /// The database, to look behind the program's back.
    pub(crate) fn db(&self) -> Db {
        Db::open(&self.database, &Options { connections: 2, ..Options::default() }).unwrap()
    }
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Ran {
        let done = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { status: done.status, out: text(done.stdout), err: text(done.stderr) }
    }

    /// Checks that it failed with one sentence, and answers that.
    #[track_caller]
    pub(crate) fn refusal(&self) -> &str {
        assert!(!self.status.success(), "it succeeded: {}", self.out);
        let sentence = self.err.trim_end();
        assert!(sentence.starts_with("muster: ") && !sentence.contains('\n'), "not one sentence: {}", self.err);
        sentence
    }
}

/// The path of a webhook, with a slash at its end.
#[derive(Debug, Clone)]
pub(crate) struct Hook(pub(crate) String);

impl Hook {
    /// What nobody but its user may see.
    pub(crate) fn secret(&self) -> &str {
        self.0.split('/').nth(3).unwrap()
    }
}

/// A server that runs. It is killed with this value.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    out: PathBuf,
    err: PathBuf,
}

impl Server {
    /// The port, once it is said somewhere that the server listens.
    #[track_caller]
    fn wait_for_port(&mut self) -> u16 {
        let until = Instant::now() + PATIENCE;
        loop {
            let said = self.out() + &self.err();
            let is_ready = said.contains("listening") || said.contains("is running at");
            if let Some((_, after)) = said.split_once("://127.0.0.1:").filter(|_| is_ready && said.ends_with('\n')) {
                let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
                return digits.parse().unwrap();
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < until, "it does not start ({ended:?}): {said}");
            sleep(Duration::from_millis(10));
        }
    }

    /// What it has printed.
    pub(crate) fn out(&self) -> String {
        fs::read_to_string(&self.out).unwrap()
    }

    /// What it has logged.
    pub(crate) fn err(&self) -> String {
        fs::read_to_string(&self.err).unwrap()
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(asked.success());
    }

    /// Waits until it has stopped by itself.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "it does not stop: {}", self.err());
            sleep(Duration::from_millis(10));
        }
    }

    /// Asks it to stop and sees that it does so without an error. Returns all that it has logged.
    #[track_caller]
    pub(crate) fn stop(mut self) -> String {
        self.terminate();
        let status = self.wait();
        let err = self.err();
        assert!(status.success(), "{status}: {err}");
        err
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.port).unwrap()
    }

    /// Gets an address over a connection of its own.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.connect().call(&request("GET", path, &["Connection: close"], "")).unwrap()
    }

    /// Calls a method with JSON over a connection of its own.
    pub(crate) fn call(&self, hook: &Hook, method: &str, params: &Json) -> Answer {
        self.connect().call(&call(hook, method, params)).unwrap()
    }

    /// The result of a call that has to succeed.
    #[track_caller]
    pub(crate) fn result(&self, hook: &Hook, method: &str, params: &Json) -> Json {
        let answer = self.call(hook, method, params);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["result"].clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The request of a call with JSON.
pub(crate) fn call(hook: &Hook, method: &str, params: &Json) -> String {
    request("POST", &format!("{}{method}", hook.0), &["Content-Type: application/json"], &params.to_string())
}

/// What `user.add` needs.
pub(crate) fn person(email: &str) -> Json {
    json!({ "EMAIL": email, "UF_DEPARTMENT": [1] })
}
