//! `app.info`: what a token is, for apps that ask Muster and for those that ask its authorization server.
//!
//! Both are the same address here, so one answer has the members of both: they differ in case and never collide.

use super::{load, member_id};
use crate::address::{authority, host};
use muster_core::{
    Answer, Call, Method, Result, Via,
    error::ACCESS_DENIED,
    json,
    method::read,
    time::{Style, write_instant},
};

/// What the documentation calls a local app.
pub const STATUS: &str = "L";

pub(super) const INFO: Method = read("app.info", info).about("Answers what app calls, and with what token.");

fn info(call: &mut Call<'_, '_>) -> Result<Answer> {
    let outside = || ACCESS_DENIED.say("Access denied! Application context required");
    let Via::App(id) = call.caller.via else { return Err(outside()) };
    let app = load(call.tx, id)?.ok_or_else(outside)?;
    let expires = call.caller.expires_at.map(|it| write_instant(it, Style::Iso, &call.settings.time_zone));
    let scheme = call.base_url.strip_suffix(authority(call.base_url)).unwrap_or("https://");
    Ok(json!({
        "ID": app.id,
        "CODE": app.client_id,
        "VERSION": app.version,
        "STATUS": STATUS,
        "INSTALLED": app.installed,
        "PAYMENT_EXPIRED": "N",
        "DAYS": null,
        "LANGUAGE_ID": super::LANGUAGE,
        "LICENSE": "en_selfhosted",
        "LICENSE_TYPE": "selfhosted",
        "LICENSE_FAMILY": "selfhosted",
        "client_id": app.client_id,
        "scope": app.scopes,
        "expires": expires,
        "install": {
            "installed": app.installed,
            "version": app.version,
            "status": STATUS,
            "scope": app.scopes,
            // Clients compare these two with an address without its port.
            "domain": host(call.base_url),
            "uri": format!("{scheme}{}", host(call.base_url)),
            "client_endpoint": format!("{}/rest/", call.base_url),
            "member_id": member_id(call.tx)?,
            "member_type": "selfhosted",
        },
        "user_id": call.caller.user_id,
    })
    .into())
}
