//! Static files: one style sheet, one script, one file of symbols. Their names hold their hashes, so that browsers keep them
//! for as long as they are what they were.

use super::SUBJECTS;
use axum::{
    body::Body,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use muster_core::clock::hash_of;
use std::sync::LazyLock;

/// A file that is part of the program.
struct Asset {
    address: String,
    content_type: &'static str,
    content: String,
}

/// The addresses that pages refer to.
pub(crate) struct Assets {
    all: Vec<Asset>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(Assets::new);

/// The files that there are.
pub(crate) fn assets() -> &'static Assets {
    &ASSETS
}

impl Assets {
    fn new() -> Assets {
        let css: String = SUBJECTS.iter().map(|it| it.css).collect();
        // Each part is a block, so that no name in it means anything in another.
        let parts = SUBJECTS.iter().map(|it| it.js).filter(|it| !it.is_empty());
        let js: String = std::iter::once("\"use strict\";\n".to_owned())
            .chain(parts.map(|part| format!("{{\n{part}}}\n")))
            .collect();
        let all = vec![
            asset("muster", "css", "text/css; charset=utf-8", css),
            asset("muster", "js", "text/javascript; charset=utf-8", js),
            asset("icons", "svg", "image/svg+xml", include_str!("shell/icons.svg").to_owned()),
            asset("favicon", "svg", "image/svg+xml", include_str!("shell/favicon.svg").to_owned()),
        ];
        Assets { all }
    }

    fn address(&self, place: usize) -> &str {
        self.all.get(place).map_or("", |it| &it.address)
    }

    pub(crate) fn css(&self) -> &str {
        self.address(0)
    }

    pub(crate) fn js(&self) -> &str {
        self.address(1)
    }

    pub(crate) fn icons(&self) -> &str {
        self.address(2)
    }

    pub(crate) fn favicon(&self) -> &str {
        self.address(3)
    }
}

fn asset(name: &str, ending: &str, content_type: &'static str, content: String) -> Asset {
    let address = format!("/static/{name}-{}.{ending}", &hash_of(&content)[..16]);
    Asset { address, content_type, content }
}

/// Answers one request at `/static/`.
pub(crate) async fn file(Path(name): Path<String>) -> Response {
    let address = format!("/static/{name}");
    let Some(asset) = assets().all.iter().find(|it| it.address == address) else {
        return (StatusCode::NOT_FOUND, "no such file\n").into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    (headers, Body::from(asset.content.as_str())).into_response()
}

/// Answers at `/api/v1/`, the path at which apps that were written for BX24.js load it: from any origin, and anew within an
/// hour, since the address does not change with the script.
pub(crate) async fn bx24() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, include_str!("bx24.js")).into_response()
}
