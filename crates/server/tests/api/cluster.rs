//! A PostgreSQL for the tests: the one that `MUSTER_TEST_POSTGRES` names, or one started for this run in a temporary
//! folder from whatever PostgreSQL is installed.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, OnceLock},
    time::Duration,
};

/// The address of a PostgreSQL server, without options. `None` if there is none to be had.
pub(crate) fn address() -> Option<&'static str> {
    static ADDRESS: OnceLock<Option<String>> = OnceLock::new();
    ADDRESS.get_or_init(find).as_deref()
}

fn find() -> Option<String> {
    if let Some(given) = std::env::var_os("MUSTER_TEST_POSTGRES") {
        return given.into_string().ok();
    }
    let Some(programs) = programs() else {
        assert!(std::env::var_os("CI").is_none(), "PostgreSQL is not installed, and in CI nothing may be skipped");
        // Tests capture what is printed; this has to be seen.
        writeln!(std::io::stderr(), "SKIPPED: the PostgreSQL half of the tests; no PostgreSQL is installed").ok();
        return None;
    };
    Some(start(&programs))
}

/// The folder of PostgreSQL's programs: that of `initdb` in the path, or where Debian puts them.
fn programs() -> Option<PathBuf> {
    let in_path =
        std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut folders: Vec<PathBuf> = in_path.collect();
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.filter_map(Result::ok).map(|it| it.path().join("bin")));
    }
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}

fn start(programs: &Path) -> String {
    let folder = tempfile::Builder::new().prefix("muster-postgres-").tempdir_in("/tmp").unwrap().keep();
    let data = folder.join("data");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let as_root = fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0);
    if as_root {
        // PostgreSQL refuses to run as root; Debian's package brings a user for it.
        run(Command::new("chown").arg("postgres").arg(&folder));
    }
    let shell = |script: String| {
        let mut command = if as_root { Command::new("runuser") } else { Command::new("sh") };
        if as_root {
            command.args(["-u", "postgres", "--", "sh"]);
        }
        command.arg("-c").arg(script).current_dir(&folder);
        command
    };
    let (programs, data) = (programs.display(), data.display());
    run(&mut shell(format!(
        "{programs}/initdb -D {data} -U muster --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync"
    )));
    let options = format!(
        "-p {port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=300"
    );
    run(&mut shell(format!("{programs}/pg_ctl -D {data} -w -o \"{options}\" -l {data}/log start")));
    watch(shell(format!("cat >/dev/null; {programs}/pg_ctl -D {data} -m immediate stop; rm -rf {data}")));
    format!("postgres://muster@127.0.0.1:{port}/postgres?sslmode=disable")
}

fn run(command: &mut Command) {
    let done = command.stdin(Stdio::null()).output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Starts a process that waits for this one to end, however it ends, and then stops the server: it reads from a pipe that
/// only this process holds open.
fn watch(mut command: Command) {
    static WATCHER: Mutex<Option<Child>> = Mutex::new(None);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    *WATCHER.lock().unwrap() = Some(command.spawn().unwrap());
}

/// Runs SQL on the server, outside of any test's database.
pub(crate) fn execute(sql: &str) {
    let mut tries = 0;
    loop {
        match postgres::Client::connect(address().unwrap(), postgres::NoTls) {
            Ok(mut client) => return client.batch_execute(sql).unwrap(),
            Err(err) if tries > 20 => panic!("{err}"),
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
        tries += 1;
    }
}
