//! Whether people may register by themselves, by which link and with which addresses: an administrator's switch.

use crate::{mail::link::LINK_OVER, user::store::check_email};
use muster_core::{
    Answer, Call, Result,
    error::ARGUMENT,
    json,
    method::{Param, param},
};
use muster_db::{Sql, Tx, fold};

pub(super) const PARAMS: &[Param] = &[
    param("OPEN", "boolean", "Whether people may register by themselves"),
    param("DOMAINS", "string", "The mail domains that they may have, with spaces or commas between them; any if empty"),
    param("RENEW", "boolean", "Makes a new link; the one before ends"),
];

/// The most mail domains.
const MOST_DOMAINS: usize = 50;

/// Who may register.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The mail domains that people may have; any if there are none.
    pub domains: Vec<String>,
}

/// What the link with this secret offers. Whoever has another one learns nothing, not even whether registration is open.
pub fn offer(tx: &mut Tx<'_>, secret: &str) -> Result<Offer> {
    let sql = "select domains from registration_settings where is_open = 1 and secret = $1";
    let row = tx.row(&Sql::with(sql, [secret.into()]))?.ok_or_else(|| LINK_OVER.error())?;
    Ok(Offer { domains: row.text(0).split_whitespace().map(str::to_owned).collect() })
}

pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let row = call.tx.row(&Sql::new("select is_open, secret, domains from registration_settings"))?;
    let (is_open, secret, domains) =
        row.as_ref().map_or((false, "", ""), |it| (it.opt_int(0) == Some(1), it.text(1), it.text(2)));
    Ok(json!({
        "OPEN": is_open,
        "PATH": if is_open { format!("/register/{secret}/") } else { String::new() },
        "DOMAINS": domains,
    })
    .into())
}

/// Closing ends the link for good: opening again makes a new one.
pub(super) fn set(call: &mut Call<'_, '_>) -> Result<Answer> {
    call.tx.lock("registration")?;
    let row = call.tx.row(&Sql::new("select is_open, secret, domains from registration_settings"))?;
    let was_open = row.as_ref().is_some_and(|it| it.opt_int(0) == Some(1));
    let is_open = call.params.opt_flag("OPEN")?.unwrap_or(was_open);
    let renew = call.params.flag("RENEW")?;
    let domains = match call.params.text("DOMAINS")? {
        Some(sent) => read_domains(&sent)?,
        None => row.as_ref().map_or_else(String::new, |it| it.text(2).to_owned()),
    };
    let known = row.filter(|_| was_open && is_open && !renew).map(|it| it.text(1).to_owned());
    let secret = known.unwrap_or_else(|| call.chance.token());
    call.tx.run(&Sql::new("delete from registration_settings"))?;
    call.tx.run(&Sql::with(
        "insert into registration_settings (id, is_open, secret, domains) values (1, $1, $2, $3)",
        [is_open.into(), secret.into(), domains.into()],
    ))?;
    Ok(true.into())
}

fn read_domains(sent: &str) -> Result<String> {
    let domains = sent.split([',', ';', ' ', '\n', '\r', '\t']).map(|it| fold(it.trim_start_matches('@')));
    let domains: Vec<String> = domains.filter(|it| !it.is_empty()).collect();
    let wrong = |what: &str| ARGUMENT.say(format!("{what} is no mail domain")).about("DOMAINS");
    if domains.len() > MOST_DOMAINS {
        return Err(ARGUMENT.say(format!("there can be {MOST_DOMAINS} mail domains at most")).about("DOMAINS"));
    }
    for domain in &domains {
        check_email(&format!("someone@{domain}")).map_err(|_| wrong(domain))?;
    }
    Ok(domains.join(" "))
}
