//! The first steps: snippets that work as they are once the webhook's secret is in them. The tests run them.

use crate::pages::{Reply, Visit};
use askama::Template;
use muster_core::{Result, call::Right};

/// What stands in a snippet for the webhook: its person and its secret.
pub const HOOK: &str = "1/SECRET";

/// A snippet to copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// By what it is found, such as `python`.
    pub name: &'static str,
    /// What it says, with the address of this Muster and [`HOOK`] in it.
    pub text: String,
}

/// All snippets, for a Muster at this address.
pub fn snippets(address: &str) -> Vec<Snippet> {
    let host = address.split_once("://").map_or(address, |it| it.1);
    [
        ("curl", include_str!("snippets/curl.sh")),
        ("python", include_str!("snippets/b24pysdk.py")),
        ("js", include_str!("snippets/b24jssdk.mjs")),
        ("bx24", include_str!("snippets/bx24.html")),
    ]
    .map(|(name, text)| Snippet { name, text: text.trim_end().replace("ADDRESS", address).replace("HOST", host) })
    .into()
}

#[derive(Template)]
#[template(path = "pages/explorer/start.html")]
struct Start<'a> {
    visit: &'a Visit<'a>,
    snippets: Vec<Snippet>,
    may_administer: bool,
}

pub(super) fn show(visit: &Visit<'_>) -> Result<Reply> {
    let may_administer = visit.caller()?.may(Right::ManageApps);
    visit.page(&Start { visit, snippets: snippets(&visit.app.door.own_url()), may_administer })
}
