//! What is measured and what it is held against: Muster as a process of its own, and the same bytes from memory.

use anyhow::{Context as _, Result, bail};
use axum::{Router, body::Bytes, extract::Path, http::header, routing::post};
use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::Path as FilePath,
    process::{Child, Command, Stdio},
    sync::{Arc, PoisonError, RwLock},
    thread::sleep,
    time::{Duration, Instant},
};

/// A `muster serve` of this very program, until it is dropped.
pub(super) struct Muster {
    child: Child,
    pub(super) address: SocketAddr,
    /// How long it took until it answered.
    pub(super) ready: Duration,
    began: Instant,
}

impl Muster {
    /// Starts it and waits until it is ready.
    pub(super) fn start(database: &str, folder: &FilePath) -> Result<Muster> {
        let address = free_address()?;
        let began = Instant::now();
        let log = fs::File::create(folder.join("log"))?;
        let child = Command::new(std::env::current_exe()?)
            .args(["serve", "--listen", &address.to_string()])
            .env_clear()
            // Not on the command line, where other users of the machine would see its password.
            .env("MUSTER_DATABASE", database)
            .env("MUSTER_DATA_DIR", folder)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let mut muster = Muster { child, address, ready: Duration::ZERO, began };
        muster.wait_for("ready", Duration::from_secs(60))?;
        muster.ready = began.elapsed();
        Ok(muster)
    }

    /// Waits until all that is loaded in the background is there, and tells how long after the start that was.
    pub(super) fn wait_for_index(&mut self) -> Result<Duration> {
        while self.ask("/readyz").is_some_and(|it| it.contains("loading")) {
            sleep(Duration::from_millis(20));
        }
        Ok(self.began.elapsed())
    }

    fn wait_for(&mut self, text: &str, most: Duration) -> Result<()> {
        let began = Instant::now();
        while !self.ask("/readyz").is_some_and(|it| it.contains("200 OK") && it.contains(text)) {
            if let Some(status) = self.child.try_wait()? {
                bail!("muster serve ended: {status}");
            }
            if began.elapsed() > most {
                bail!("muster serve is not ready after {} seconds", most.as_secs());
            }
            sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn ask(&self, path: &str) -> Option<String> {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(self.address).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// How much memory it holds, in MiB. Nothing where the system does not tell.
    pub(super) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
        line.and_then(|it| it.split_whitespace().next()).and_then(|it| it.parse::<u64>().ok()).unwrap_or(0) / 1024
    }
}

impl Muster {
    /// Ends the process. It is a benchmark's server: nothing of it has to be finished.
    pub(super) fn stop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Muster {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Answers given bytes from memory, through the same HTTP stack.
pub(super) struct Floor {
    pub(super) address: SocketAddr,
    answers: Arc<RwLock<Vec<Bytes>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Floor {
    pub(super) fn start() -> Result<Floor> {
        let answers: Arc<RwLock<Vec<Bytes>>> = Arc::default();
        let known = Arc::clone(&answers);
        let answer = move |Path(index): Path<usize>, _body: Bytes| {
            let bytes = known.read().unwrap_or_else(PoisonError::into_inner).get(index).cloned().unwrap_or_default();
            async move { ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], bytes) }
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let routes = Router::new().route("/{index}", post(answer));
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        let entered = runtime.enter();
        let server = axum_server::from_tcp(listener).context("the floor's port")?;
        drop(entered);
        runtime.spawn(server.serve(service));
        Ok(Floor { address, answers, _runtime: runtime })
    }

    /// What to answer from now on.
    pub(super) fn set(&self, answers: Vec<Bytes>) {
        *self.answers.write().unwrap_or_else(PoisonError::into_inner) = answers;
    }
}
