//! The load: a few connections that are kept open, all on one thread, so that it takes little of the machine it measures.

use anyhow::{Context as _, Result, anyhow, bail};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime::Runtime,
    task::LocalSet,
};

/// Requests ready to be sent, taken in turn.
pub(super) struct Requests(Vec<Vec<u8>>);

impl Requests {
    /// One POST for each path and JSON body.
    pub(super) fn new(calls: impl IntoIterator<Item = (String, String)>) -> Arc<Requests> {
        let written = calls.into_iter().map(|(path, body)| {
            format!(
                "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        });
        Arc::new(Requests(written.collect()))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, turn: usize) -> &[u8] {
        self.0.get(turn % self.0.len().max(1)).map_or(&[], Vec::as_slice)
    }
}

/// A number of connections to one server.
pub(super) struct Load {
    runtime: Runtime,
    connections: Vec<Connection>,
}

/// What was measured in a while.
#[derive(Default)]
pub(super) struct Times {
    /// How long each answer took.
    pub(super) each: Vec<Duration>,
    /// How long all of it took.
    pub(super) all: Duration,
}

impl Times {
    pub(super) fn extend(&mut self, more: Times) {
        self.each.extend(more.each);
        self.all += more.all;
    }

    /// How many answers came in a second.
    #[expect(clippy::cast_precision_loss, reason = "far fewer answers than a float can count")]
    pub(super) fn rate(&self) -> f64 {
        self.each.len() as f64 / self.all.as_secs_f64().max(1e-9)
    }

    /// The time within which so many of a thousand answers came, in microseconds.
    pub(super) fn at(&self, per_mille: usize) -> f64 {
        let mut sorted = self.each.clone();
        sorted.sort_unstable();
        let index = sorted.len().saturating_sub(1) * per_mille / 1000;
        sorted.get(index).map_or(0.0, Duration::as_secs_f64) * 1e6
    }
}

impl Load {
    pub(super) fn connect(address: SocketAddr, connections: usize) -> Result<Load> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connections =
            (0..connections).map(|_| runtime.block_on(Connection::open(address))).collect::<Result<_>>()?;
        Ok(Load { runtime, connections })
    }

    /// Sends one request and gives the answer's body.
    pub(super) fn call(&mut self, requests: &Requests, turn: usize) -> Result<Vec<u8>> {
        let connection = self.connections.first_mut().context("a connection")?;
        self.runtime.block_on(connection.call(requests.get(turn)))?;
        Ok(connection.body().to_vec())
    }

    /// Sends requests on all connections until the time is over or each was sent once, beginning with number `first`.
    pub(super) fn run(&mut self, requests: &Arc<Requests>, first: usize, time: Duration, once: bool) -> Result<Times> {
        let began = Instant::now();
        let local = LocalSet::new();
        let next = std::rc::Rc::new(std::cell::Cell::new(first));
        let last = if once { first + requests.len() } else { usize::MAX };
        let tasks = std::mem::take(&mut self.connections).into_iter().map(|mut connection| {
            let (requests, next) = (Arc::clone(requests), std::rc::Rc::clone(&next));
            local.spawn_local(async move {
                let mut each = Vec::new();
                while began.elapsed() < time && next.get() < last {
                    let turn = next.replace(next.get() + 1);
                    let sent = Instant::now();
                    connection.call(requests.get(turn)).await?;
                    each.push(sent.elapsed());
                }
                Ok::<_, anyhow::Error>((connection, each))
            })
        });
        let tasks: Vec<_> = tasks.collect();
        let mut times = Times::default();
        for task in tasks {
            let (connection, each) = local.block_on(&self.runtime, task)??;
            self.connections.push(connection);
            times.each.extend(each);
        }
        times.all = began.elapsed();
        Ok(times)
    }
}

/// A connection that is kept open. It reads just what this benchmark's servers answer with.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Where the body of the last answer is in the buffer.
    body: std::ops::Range<usize>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, buffer: Vec::with_capacity(256 << 10), body: 0..0 })
    }

    async fn call(&mut self, request: &[u8]) -> Result<()> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            if let Some(end) = self.buffer.windows(4).position(|it| it == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head])?;
        let status = text.lines().next().unwrap_or_default();
        if !status.contains(" 200") {
            return Err(anyhow!("a call was answered with {status}"));
        }
        let length = text.lines().filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok()).flatten()
        });
        let end = head + length.context("an answer without a length")?;
        while self.buffer.len() < end {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
        }
        self.body = head..end;
        Ok(())
    }

    fn body(&self) -> &[u8] {
        &self.buffer[self.body.clone()]
    }
}
