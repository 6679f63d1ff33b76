//! Reading a request: its address, its body in every encoding that clients use, and who stands in front of it.

use crate::app::Door;
use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use muster_core::{
    Chance, Error, Json, Params, Result,
    audit::Origin,
    error::INVALID_REQUEST,
    error_v3::INVALID_JSON,
    json,
    params::{from_form, from_json, from_pairs},
};
use std::net::{IpAddr, SocketAddr};

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

/// What an address asks for: `/rest/[api/][<user id>/<secret>/]<method>[.json|.xml][/]`, with any slash repeated.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) is_v3: bool,
    pub(crate) webhook: Option<(i64, String)>,
    pub(crate) method: String,
    pub(crate) format: Format,
}

impl Target {
    /// Reads a path; `None` if it does not lead to the REST door.
    pub(crate) fn read(path: &str) -> Option<Target> {
        let mut pieces = path.split('/').filter(|it| !it.is_empty()).peekable();
        pieces.next_if_eq(&"rest")?;
        let is_v3 = pieces.next_if(|it| it.eq_ignore_ascii_case("api")).is_some();
        let pieces: Vec<&str> = pieces.collect();
        let (webhook, method) = match pieces.as_slice() {
            [user_id, secret, method @ ..] if user_id.parse::<i64>().is_ok() => {
                let user_id = user_id.parse().unwrap_or_default();
                (Some((user_id, (*secret).to_owned())), method.join("/"))
            }
            method => (None, method.join("/")),
        };
        let (method, format) = match method.rsplit_once('.') {
            Some((name, ending)) if ending.eq_ignore_ascii_case("json") => (name.to_owned(), Format::Json),
            Some((name, ending)) if ending.eq_ignore_ascii_case("xml") => (name.to_owned(), Format::Xml),
            _ => (method, Format::Json),
        };
        Some(Target { is_v3, webhook, method, format })
    }
}

/// Reads a body. What it is follows from its content type; clients that send none mean a form, and some send a form as
/// plain text, so without a type that says otherwise it is JSON if it begins like it.
pub(crate) async fn read_body(headers: &HeaderMap, body: &[u8]) -> Result<Params> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Params::default());
    }
    let content_type = content_type(headers);
    let kind = content_type.to_ascii_lowercase();
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let looks_like_json = !kind.contains("form-urlencoded") && matches!(first, Some(b'{' | b'['));
    let value = if kind.starts_with("multipart/form-data") {
        read_multipart(content_type, body).await?
    } else if kind.contains("json") || looks_like_json {
        from_json(body)?
    } else {
        let text = std::str::from_utf8(body).map_err(|_| not_utf8())?;
        from_form(text.trim())?
    };
    Params::new(value)
}

/// Reads a body of REST 3.0: JSON and nothing else.
pub(crate) fn read_json(headers: &HeaderMap, body: &[u8]) -> Result<Params> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Params::default());
    }
    let content_type = content_type(headers).to_ascii_lowercase();
    if !content_type.is_empty() && !content_type.contains("json") {
        return Err(INVALID_JSON.say("the request body must be JSON"));
    }
    let value: Json = serde_json::from_slice(body).map_err(|_| INVALID_JSON.error())?;
    Params::new(value)
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default()
}

async fn read_multipart(content_type: &str, body: &[u8]) -> Result<Json> {
    let wrong = |err: multer::Error| INVALID_REQUEST.say(format!("the multipart form cannot be read: {err}"));
    let boundary = multer::parse_boundary(content_type).map_err(wrong)?;
    let mut form = multer::Multipart::with_reader(body, boundary);
    let mut pairs = Vec::new();
    while let Some(field) = form.next_field().await.map_err(wrong)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.map_err(wrong)?;
        let value = match file_name {
            // Where no file was chosen, browsers send one without a name.
            Some(file_name) if file_name.is_empty() && bytes.is_empty() => Json::from(""),
            // A file means the same as it does in JSON: its name and its content in Base64.
            Some(file_name) => json!([file_name, STANDARD.encode(&bytes)]),
            None => Json::String(String::from_utf8(bytes.into()).map_err(|_| not_utf8())?),
        };
        pairs.push((name, value));
    }
    from_pairs(pairs)
}

fn not_utf8() -> Error {
    INVALID_REQUEST.say("the form must be encoded as UTF-8")
}

/// The ID of a request: the client's own if it sends a harmless one, so that both sides' logs can be laid side by side.
pub(crate) fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get("x-request-id").and_then(|it| it.to_str().ok());
    let harmless = |it: &&str| {
        (1..=64).contains(&it.len()) && it.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    given.filter(harmless).map_or_else(|| Chance::from_system().token()[..16].to_owned(), str::to_owned)
}

/// The address under which the caller reached Muster, for links in the answer.
///
/// What a proxy says about the original request counts only if the proxy is one that the administrator named.
pub(crate) fn base_url(door: &Door, headers: &HeaderMap, peer: SocketAddr) -> String {
    if let Some(url) = &door.public_url {
        return url.clone();
    }
    let trusted = door.trusted_proxies.iter().any(|net| net.contains(&canonical(peer.ip())));
    let forwarded = |name| headers.get(name).filter(|_| trusted).and_then(|it| it.to_str().ok());
    let scheme = forwarded("x-forwarded-proto").filter(|it| matches!(*it, "http" | "https"));
    let scheme = scheme.unwrap_or(if door.tls { "https" } else { "http" });
    let host = forwarded("x-forwarded-host").or_else(|| headers.get(header::HOST).and_then(|it| it.to_str().ok()));
    let is_host =
        |it: &&str| it.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'));
    format!("{scheme}://{}", host.filter(is_host).unwrap_or("localhost"))
}

/// The address of whoever calls: what the nearest proxy that is not one of the administrator's own says, if any does.
pub(crate) fn client_address(door: &Door, headers: &HeaderMap, peer: SocketAddr) -> IpAddr {
    let is_trusted = |ip: IpAddr| door.trusted_proxies.iter().any(|net| net.contains(&canonical(ip)));
    let mut address = peer.ip();
    let chain = headers.get_all("x-forwarded-for").iter().filter_map(|it| it.to_str().ok());
    let chain: Vec<&str> = chain.flat_map(|it| it.split(',')).map(str::trim).collect();
    for hop in chain.into_iter().rev() {
        match hop.parse() {
            Ok(before) if is_trusted(address) => address = before,
            _ => break,
        }
    }
    canonical(address)
}

/// Whence a request comes, for the audit log.
pub(crate) fn origin(door: &Door, headers: &HeaderMap, peer: SocketAddr) -> Origin {
    let address = client_address(door, headers, peer).to_string();
    Origin { via: "rest".to_owned(), address, agent: agent(headers).to_owned(), ..Origin::default() }
}

/// What a browser or a program says of itself.
pub(crate) fn agent(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default()
}

/// An IPv4 address that came in over an IPv6 socket, as itself.
fn canonical(ip: IpAddr) -> IpAddr {
    ip.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(is_v3: bool, webhook: Option<(i64, &str)>, method: &str, format: Format) -> Target {
        let webhook = webhook.map(|(id, secret)| (id, secret.to_owned()));
        Target { is_v3, webhook, method: method.to_owned(), format }
    }

    #[test]
    fn every_spelling_of_an_address_is_read() {
        use Format::{Json, Xml};
        for (path, expected) in [
            ("/rest/user.get", target(false, None, "user.get", Json)),
            ("/rest//user.get.json", target(false, None, "user.get", Json)),
            ("/rest/1/abc/user.get/", target(false, Some((1, "abc")), "user.get", Json)),
            ("//rest/1/abc//User.Get.XML", target(false, Some((1, "abc")), "User.Get", Xml)),
            ("/rest/api/1/abc/documentation", target(true, Some((1, "abc")), "documentation", Json)),
            ("/rest//api/tasks.task.get", target(true, None, "tasks.task.get", Json)),
            ("/rest/1/abc", target(false, Some((1, "abc")), "", Json)),
            ("/rest/", target(false, None, "", Json)),
        ] {
            assert_eq!(Target::read(path), Some(expected), "{path}");
        }
        for path in ["/", "", "/api/rest/1/abc/user.get", "/restful/user.get"] {
            assert_eq!(Target::read(path), None, "{path}");
        }
    }

    #[test]
    fn callers_cannot_make_their_address_up() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "1.1.1.1, 2.2.2.2, 10.0.0.9".parse().unwrap());
        let peer: SocketAddr = "10.0.0.1:5000".parse().unwrap();
        let mut door = Door::default();
        assert_eq!(client_address(&door, &headers, peer), peer.ip());
        door.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        assert_eq!(client_address(&door, &headers, peer).to_string(), "2.2.2.2");
    }

    #[test]
    fn only_named_proxies_are_believed() {
        let mut headers = HeaderMap::new();
        headers.insert("host", "muster.test:8080".parse().unwrap());
        headers.insert("x-forwarded-proto", "https".parse().unwrap());
        headers.insert("x-forwarded-host", "people.example.com".parse().unwrap());
        let peer: SocketAddr = "10.0.0.1:5000".parse().unwrap();
        let mut door = Door::default();
        assert_eq!(base_url(&door, &headers, peer), "http://muster.test:8080");
        door.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        assert_eq!(base_url(&door, &headers, peer), "https://people.example.com");
        headers.insert("x-forwarded-host", "evil\"><script>".parse().unwrap());
        assert_eq!(base_url(&door, &headers, peer), "https://localhost");
    }
}
