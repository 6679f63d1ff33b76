//! Reading single values from their text. `None` is «not what was expected»; the key's own words say what is.

use super::{Limits, LogFormat, keys::KEYS};
use axum::http::Uri;
use ipnet::IpNet;
use std::{net::IpAddr, path::PathBuf, str::FromStr};
use tracing_subscriber::filter::Targets;

pub(super) fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

pub(super) fn positive(text: &str) -> Option<u64> {
    parsed(text).filter(|number| *number > 0)
}

pub(super) fn seconds(text: &str) -> Option<f64> {
    parsed(text).filter(|number: &f64| number.is_finite() && *number > 0.0)
}

pub(super) fn path(text: &str) -> Option<PathBuf> {
    (!text.is_empty()).then(|| text.into())
}

pub(super) fn limits(text: &str) -> Option<Limits> {
    match text {
        "off" => Some(Limits::Off),
        "cloud" => Some(Limits::Cloud),
        "enterprise" => Some(Limits::Enterprise),
        _ => None,
    }
}

/// Levels with commas between them. The parser would take a space for a part of a name, and nothing after a comma for
/// `error`.
pub(super) fn directives(text: &str) -> Option<Targets> {
    let given: Vec<&str> = text.split(',').map(str::trim).filter(|it| !it.is_empty()).collect();
    parsed(&given.join(","))
}

pub(super) fn log_format(text: &str) -> Option<LogFormat> {
    match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

/// Accepts a path or a URL of PostgreSQL. Another URL would silently become the name of an SQLite file.
pub(super) fn database(text: &str) -> Option<String> {
    let known = match text.split_once("://") {
        Some((scheme, _)) => matches!(scheme, "postgres" | "postgresql"),
        None => !text.is_empty(),
    };
    known.then(|| text.to_owned())
}

pub(super) fn public_url(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = uri.authority().filter(|it| !it.host().is_empty() && !it.as_str().contains('@'))?;
    // The parser drops fragments, hence the look at the text.
    if uri.query().is_some() || text.contains('#') {
        return None;
    }
    Some(format!("{scheme}://{authority}{}", uri.path().trim_end_matches('/')))
}

pub(super) fn networks(text: &str) -> Option<Vec<IpNet>> {
    items(text).map(|item| parsed(item).or_else(|| parsed::<IpAddr>(item).map(IpNet::from))).collect()
}

pub(super) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

pub(super) fn suggestion(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match KEYS.iter().min_by_key(|key| distance(key.name, &name)) {
        Some(nearest) => format!("the nearest one is {}", nearest.name),
        None => String::new(),
    }
}

/// How many letters have to be added, dropped or replaced to turn one name into the other.
pub(super) fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (above, left) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (at, right) in to.chars().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
