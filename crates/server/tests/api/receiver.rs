//! A real HTTP server that Muster calls: it keeps what it is sent and answers as a test wants.

use crate::app::runtime;
use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use http_body_util::BodyExt as _;
use muster_core::{Json, Params, json, params::from_form};
use std::{
    collections::VecDeque,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

/// How it answers one request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Status(u16),
    /// A redirection with this status to this address.
    Redirect(u16, String),
    /// Nothing for this long, then success.
    Stall(Duration),
}

/// What came in.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) form: Json,
    pub(crate) at: std::time::Instant,
}

#[derive(Default)]
struct Inner {
    received: Mutex<Vec<Received>>,
    answers: Mutex<VecDeque<Answer>>,
    /// How it answers once `answers` is used up.
    usual: Mutex<Option<Answer>>,
}

/// The server. It answers with success unless it is told otherwise.
#[derive(Clone)]
pub(crate) struct Receiver {
    inner: Arc<Inner>,
    pub(crate) address: SocketAddr,
}

impl Receiver {
    pub(crate) fn start() -> Receiver {
        Receiver::start_at(Ipv4Addr::LOCALHOST.into())
    }

    /// One at another address of this machine.
    pub(crate) fn start_at(ip: IpAddr) -> Receiver {
        let inner = Arc::new(Inner::default());
        let router = Router::new().fallback(take).with_state(Arc::clone(&inner));
        let listener = runtime().block_on(tokio::net::TcpListener::bind((ip, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        runtime().spawn(async move { axum::serve(listener, router).await });
        Receiver { inner, address }
    }

    /// An address at it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How it answers the next requests.
    pub(crate) fn next(&self, answers: impl IntoIterator<Item = Answer>) {
        self.inner.answers.lock().unwrap().extend(answers);
    }

    /// How it answers from now on.
    pub(crate) fn always(&self, answer: Option<Answer>) {
        *self.inner.usual.lock().unwrap() = answer;
    }

    /// All that came in so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.inner.received.lock().unwrap().clone()
    }

    /// What came in since the last time.
    pub(crate) fn take(&self) -> Vec<Json> {
        std::mem::take(&mut *self.inner.received.lock().unwrap()).into_iter().map(|it| it.form).collect()
    }
}

/// The form as a client sees it: with lists.
fn read_form(text: &str) -> Json {
    let params = Params::new(json!({ "FORM": from_form(text).unwrap() })).unwrap();
    params.get("FORM").unwrap().clone()
}

async fn take(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = body.collect().await.unwrap().to_bytes();
    let received = Received {
        path: parts.uri.to_string(),
        headers: parts.headers,
        form: read_form(std::str::from_utf8(&body).unwrap()),
        at: std::time::Instant::now(),
    };
    inner.received.lock().unwrap().push(received);
    let answer = inner.answers.lock().unwrap().pop_front();
    let answer = answer.or_else(|| inner.usual.lock().unwrap().clone());
    match answer {
        None => "thank you".into_response(),
        Some(Answer::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Answer::Redirect(status, to)) => {
            (StatusCode::from_u16(status).unwrap(), [("location", to)], "").into_response()
        }
        Some(Answer::Stall(time)) => {
            tokio::time::sleep(time).await;
            "at last".into_response()
        }
    }
}
