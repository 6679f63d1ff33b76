//! All addresses of a Muster.

use crate::{App, metrics::Stored, oauth, pages, request::Target, rest::rest};
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Path, Request, State},
    handler::Handler as _,
    http::{HeaderMap, HeaderName, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use muster_core::{Error, file, index::Status};
use muster_modules::event::delivery;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tower_http::cors::{Any, CorsLayer};

/// The router. Its requests need to know their peer: serve it with `into_make_service_with_connect_info`.
pub fn router(app: Arc<App>) -> Router {
    // Apps in a browser call from other origins, and must be able to read refusals too.
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::OPTIONS])
        .allow_headers(Any)
        .expose_headers(["x-request-id", "idempotency-key", "idempotent-replayed"].map(HeaderName::from_static))
        .max_age(Duration::from_secs(86_400));
    pages::add_to(Router::new())
        .route("/files/{key}/{copy}/{name}", get(picture))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .fallback(elsewhere.layer(cors))
        .with_state(app)
}

/// The REST door, the tokens, and what is no address at all. The doors are no routes, because a route has one spelling
/// and clients send `/rest/...`, `/rest//...` and `//rest/...`.
async fn elsewhere(state: State<Arc<App>>, peer: ConnectInfo<SocketAddr>, request: Request) -> Response {
    match Target::read(request.uri().path()) {
        Some(target) => rest(state, peer, target, request).await,
        None if oauth::is_token_path(request.uri().path()) => oauth::token(state, peer, request).await,
        None if is_browser(request.headers()) => pages::no_such_page(state.0, peer.0, request).await,
        None => (StatusCode::NOT_FOUND, "no such address\n").into_response(),
    }
}

/// Whether a page is asked for, and not data.
fn is_browser(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).is_some_and(|it| it.contains("text/html"))
}

/// A picture, for everyone who knows its unguessable address.
async fn picture(State(app): State<Arc<App>>, Path((key, copy, _name)): Path<(String, String, String)>) -> Response {
    let loaded = tokio::task::spawn_blocking(move || app.db.read(|tx| file::load(tx, &key, &copy))).await;
    match loaded {
        Ok(Ok(Some((content_type, content)))) => (
            [
                (header::CONTENT_TYPE, content_type.as_str()),
                (header::CACHE_CONTROL, "private, max-age=31536000, immutable"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
            ],
            Body::from(content),
        )
            .into_response(),
        Ok(Ok(None)) => (StatusCode::NOT_FOUND, "no such file\n").into_response(),
        Ok(Err(err)) => {
            crate::execute::log_cause(&err);
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Whether this process can do its work: the database answers and its schema is the one this program knows.
async fn ready(State(app): State<Arc<App>>) -> Response {
    let loading: Vec<&str> =
        app.indexes.iter().filter(|it| it.status() == Status::Loading).map(|it| it.spec().records).collect();
    let checked = tokio::task::spawn_blocking(move || app.db.pending(&app.registry.migrations())).await;
    let (status, text) = match checked {
        // Calls are answered meanwhile, only slower.
        Ok(Ok(pending)) if pending.is_current() && !loading.is_empty() => {
            (StatusCode::OK, format!("ready, loading the index of {}\n", loading.join(", ")))
        }
        Ok(Ok(pending)) if pending.is_current() => (StatusCode::OK, "ready\n".to_owned()),
        Ok(Ok(pending)) => {
            let why = pending.refusal().unwrap_or_else(|| format!("{} migrations are pending", pending.missing.len()));
            (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n"))
        }
        // What is wrong with the database is for the log, not for whoever asks.
        Ok(Err(err)) => {
            tracing::error!(cause = &err as &dyn std::error::Error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready: the database cannot be reached\n".to_owned())
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n".to_owned()),
    };
    (status, text).into_response()
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let page = tokio::task::spawn_blocking(move || {
        let stored = app.db.read(|tx| {
            let (waiting, given_up) = delivery::counts(tx)?;
            Ok::<_, Error>(Stored { bytes: tx.size()?, waiting, given_up })
        });
        app.metrics.page(app.db.gauges(), &app.indexes, stored.unwrap_or_default())
    })
    .await;
    match page {
        Ok(page) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], page).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
