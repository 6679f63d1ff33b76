//! Cookies: one for the session, one for whoever is half signed in, one that ties a form to the browser of someone who is not signed in.

use axum::http::{HeaderMap, header};

/// The session's secret.
const SESSION: &str = "muster_session";
/// What comes between the password and the code of the second factor.
const HALF: &str = "muster_half";
/// What forms are tied to before there is a session.
const FORM: &str = "muster_form";

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    Session,
    Half,
    Form,
}

impl Cookie {
    /// Over TLS the name says that the cookie was set by this very host over TLS, which browsers enforce: no neighbour
    /// under the same domain can plant one.
    fn name(self, is_secure: bool) -> String {
        let name = match self {
            Cookie::Session => SESSION,
            Cookie::Half => HALF,
            Cookie::Form => FORM,
        };
        if is_secure { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// The value that a browser sent, if it is one that we could have set.
    pub(super) fn read(self, headers: &HeaderMap, is_secure: bool) -> Option<String> {
        let wanted = self.name(is_secure);
        let all = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
        let mut pairs = all.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
        let value = pairs.find(|(name, _)| *name == wanted)?.1;
        let is_ours = value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_ours.then(|| value.to_owned())
    }

    /// The header that sets it, for so many seconds or until the browser is closed.
    ///
    /// `Lax` lets it come along when someone follows a link from elsewhere, such as from a mail, but not with a form that
    /// another site sends.
    pub(super) fn set(self, value: &str, is_secure: bool, seconds: Option<i64>) -> String {
        let secure = if is_secure { "; Secure" } else { "" };
        let age = seconds.map_or_else(String::new, |it| format!("; Max-Age={it}"));
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", self.name(is_secure))
    }
}
