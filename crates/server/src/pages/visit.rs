//! A visit: one request of a browser, and what a page function may do with it.

use super::{Reply, Route, messages::Language};
use crate::{
    App,
    execute::{Context, execute},
    request,
};
use askama::Template;
use axum::http::HeaderMap;
use fluent_bundle::FluentValue;
use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use muster_core::{
    Answer, Caller, Code, Error, Json, Method, Params, Result, Via,
    audit::{self, Deed, Entry, Origin},
    call::Right,
    error::{INTERNAL, NO_AUTH, code},
    method::Versions,
    time::read_instant,
};
use muster_db::Tx;
use muster_modules::session::SignedIn;
use std::net::IpAddr;

/// There is nothing at this address, or nothing that the visitor may know of.
pub(crate) static NOT_FOUND: Code = code("not_found", 404, "There is no such page.");

/// One request of a browser.
pub(crate) struct Visit<'a> {
    /// What every request shares.
    pub(crate) app: &'a App,
    /// What was asked for.
    pub(crate) route: &'static Route,
    /// The path that was asked for, with the query.
    pub(crate) address: String,
    /// Whether the page slides over another one of ours, in a frame and without the menus around it.
    pub(crate) in_slider: bool,
    /// What varies in the path.
    pub(super) path: Vec<(String, String)>,
    /// Query and form, as one.
    pub(crate) params: Params,
    pub(crate) headers: HeaderMap,
    /// Whether the browser came over TLS.
    pub(crate) is_secure: bool,
    /// The address under which the browser reached Muster. It is the browser's word: good for what is shown to this very
    /// browser, and for nothing else.
    pub(crate) base_url: String,
    /// Whence the visitor comes.
    pub(crate) peer: IpAddr,
    /// Who is signed in.
    pub(crate) who: Option<SignedIn>,
    pub(crate) language: Language,
    /// What forms of this visitor carry, so that no other site can send one in their name.
    pub(crate) form_token: String,
}

impl Visit<'_> {
    /// Calls a method on behalf of whoever is signed in: with the checks, the transaction and the accounting that a client's
    /// call has.
    pub(crate) fn call(&self, method: &str, params: Json) -> Result<Answer> {
        let registry = &self.app.registry;
        self.run(registry.find(method, false).map_or_else(|| registry.get(method, true), Ok)?, params)
    }

    /// The same for a method that was looked up already.
    pub(crate) fn run(&self, method: &'static Method, params: Json) -> Result<Answer> {
        self.call_by(self.caller()?.clone(), method, params)
    }

    /// Calls a method that is for apps, as this app would on behalf of whoever is signed in.
    pub(crate) fn call_as_app(&self, app_id: i64, method: &str, params: Json) -> Result<Answer> {
        let caller = Caller { via: Via::App(app_id), ..self.caller()?.clone() };
        self.call_by(caller, self.app.registry.get(method, false)?, params)
    }

    fn call_by(&self, caller: Caller, method: &'static Method, params: Json) -> Result<Answer> {
        call_for(self.app, (caller, self.origin()), method, params)
    }

    /// Whence a change comes that is made here, for the audit log.
    pub(crate) fn origin(&self) -> Origin {
        Origin {
            user_id: self.who.as_ref().map(|it| it.caller.user_id),
            via: "page".to_owned(),
            address: self.peer.to_string(),
            agent: request::agent(&self.headers).to_owned(),
            request: self.route.path.to_owned(),
        }
    }

    /// Changes something that no method changes, and writes in the same transaction who did what. `work` answers, beside
    /// what came of it, the object that it was about.
    pub(crate) fn write<T, Item: ToString>(
        &self,
        deed: &Deed,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<(T, Item)>,
    ) -> Result<T> {
        let now = self.app.clock.seconds();
        self.app.db.write(|tx| {
            let (done, item) = work(tx)?;
            let entry = Entry::of_deed(deed, &item);
            let mut origin = self.origin();
            if deed.by_itself {
                origin.user_id = entry.item.parse().ok();
            }
            audit::write(tx, &origin, &entry, now)?;
            Ok(done)
        })
    }

    /// Writes down what changed nothing, or nothing here: that a password was wrong, that a file was saved.
    pub(crate) fn note(&self, deed: &Deed, item: &str) -> Result<()> {
        self.write(deed, |_| Ok(((), item)))
    }

    /// Writes what is no decision of anyone and is in no audit log: the steps of a ceremony, tokens that are renewed.
    pub(crate) fn write_routine<T>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.app.db.write(work)
    }

    /// Who is signed in.
    pub(crate) fn who(&self) -> Result<&SignedIn> {
        self.who.as_ref().ok_or_else(|| NO_AUTH.error())
    }

    /// What a scope or an event is: in the visitor's language if there are words for it, else as a module declares it in
    /// English.
    pub(crate) fn declared(&self, name: &str, title: &str) -> String {
        let words = format!("tick-{}", name.to_ascii_lowercase().replace(['.', '_'], "-"));
        self.language.find(&words, &[]).unwrap_or_else(|| title.to_owned())
    }

    /// As whom methods are called.
    pub(crate) fn caller(&self) -> Result<&Caller> {
        Ok(&self.who()?.caller)
    }

    /// Whether the visitor has the right of this name.
    pub(crate) fn may(&self, name: &str) -> bool {
        let right = Right::of(name).unwrap_or(Right::Administer);
        self.who.as_ref().is_some_and(|it| it.caller.may(right))
    }

    /// A number in the path.
    pub(crate) fn path_id(&self, name: &str) -> Result<i64> {
        self.path_text(name).parse().map_err(|_| NOT_FOUND.error())
    }

    /// A text in the path.
    pub(crate) fn path_text(&self, name: &str) -> &str {
        self.path.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// A field of the form or a parameter of the query, without spaces around it; empty if it was not sent.
    pub(crate) fn text(&self, name: &'static str) -> String {
        let text = self.params.get(name).and_then(muster_core::params::read_text);
        text.map_or_else(String::new, |it| it.trim().to_owned())
    }

    /// A password of the form, as it was typed.
    pub(crate) fn password(&self, name: &'static str) -> String {
        self.params.get(name).and_then(muster_core::params::read_text).unwrap_or_default()
    }

    /// The message of this name in the visitor's language.
    pub(crate) fn t(&self, name: &str) -> String {
        self.language.text(name, &[])
    }

    /// The same with one thing filled in.
    pub(crate) fn t1(&self, name: &str, what: &str, value: impl std::fmt::Display) -> String {
        self.language.text(name, &[(what, FluentValue::from(value.to_string()))])
    }

    /// The same with the number `$count` filled in, whose plural the message chooses.
    pub(crate) fn count(&self, name: &str, count: usize) -> String {
        self.language.text(name, &[("count", FluentValue::from(count))])
    }

    /// An error in the visitor's language, if there are words for it.
    pub(crate) fn said(&self, err: &Error) -> String {
        // Some methods have no code of their own for this.
        if err.said == "access_denied" {
            return self.t("error-access-denied");
        }
        let name = format!("error-{}", err.code.name.to_ascii_lowercase().replace('_', "-"));
        self.language.find(&name, &[]).unwrap_or_else(|| err.said.to_string())
    }

    /// By which webhook or app something was done, from how that is written down; nothing for what no client did.
    pub(crate) fn via(&self, name: &str) -> Option<String> {
        match name.split_once(' ')? {
            ("webhook", id) => Some(self.t1("audit-via-webhook", "id", id)),
            ("app", id) => Some(self.t1("audit-via-app", "id", id)),
            _ => None,
        }
    }

    /// The visitor's time zone: their own, or this Muster's.
    pub(crate) fn zone(&self) -> TimeZone {
        let own = self.who.as_ref().and_then(|it| it.time_zone.as_deref());
        own.and_then(|it| TimeZone::get(it).ok()).unwrap_or_else(|| self.app.settings.time_zone.clone())
    }

    /// A moment, for people to read.
    pub(crate) fn moment(&self, seconds: i64) -> String {
        let Ok(stamp) = Timestamp::from_second(seconds) else { return String::new() };
        let zoned = stamp.to_zoned_datetime(self.zone());
        let date = self.day(i64::from(zoned.year()), zoned.month().into(), zoned.day().into());
        format!("{date}, {}", zoned.strftime("%H:%M"))
    }

    /// A moment as an answer has it, for people to read.
    pub(crate) fn written_moment(&self, text: &str) -> String {
        text.parse::<Timestamp>().map_or_else(|_| String::new(), |it| self.moment(it.as_second()))
    }

    /// The last minute of a day that was chosen in a form, where the visitor is. What is no day stays as it is, for a method
    /// to refuse.
    pub(crate) fn end_of_day(&self, day: &str) -> String {
        let end = day.parse::<Date>().ok().and_then(|it| it.at(23, 59, 0, 0).to_zoned_datetime(self.zone()).ok());
        end.map_or_else(|| day.to_owned(), |it| it.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
    }

    /// A moment as an answer has it, for a form, where the visitor is.
    pub(crate) fn local_moment(&self, text: &str) -> String {
        let read = read_instant(text, &self.app.settings.time_zone);
        let stamp = read.and_then(|it| Timestamp::from_second(it.from).ok());
        let zoned = stamp.map(|it| it.to_zoned_datetime(self.zone()));
        zoned.map_or_else(String::new, |it| it.strftime("%Y-%m-%dT%H:%M").to_string())
    }

    /// A moment that was chosen in such a form, as methods take it. What is none stays as it is, for a method to refuse.
    pub(crate) fn chosen_moment(&self, local: &str) -> String {
        let zoned = local.parse::<DateTime>().ok().and_then(|it| it.to_zoned_datetime(self.zone()).ok());
        zoned.map_or_else(|| local.to_owned(), |it| it.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
    }

    /// A day, for people to read.
    pub(crate) fn day(&self, year: i64, month: i64, day: i64) -> String {
        let args = [("year", year.to_string().into()), ("month", month.into()), ("day", day.into())];
        self.language.text("day", &args)
    }

    /// A page made of a template.
    pub(crate) fn page(&self, template: &impl Template) -> Result<Reply> {
        template.render().map(Reply::html).map_err(|err| INTERNAL.error().because(err))
    }
}

/// Calls a method on behalf of someone, as [`Visit::call`] does, for what goes on when the visit is over.
pub(crate) fn call_for(
    app: &App,
    (caller, origin): (Caller, Origin),
    method: &'static Method,
    params: Json,
) -> Result<Answer> {
    let is_v3 = method.versions == Versions::Three;
    let context = Context { caller, base_url: String::new(), is_v3, origin };
    execute(app, &context, method, &Params::new(params)?).outcome.map(Answer::parsed)
}

/// The path if it is one of ours to send a browser to, and not another site's address in disguise.
pub(crate) fn local(path: &str) -> Option<&str> {
    let is_ours = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_ours.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_our_own_addresses_are_gone_back_to() {
        for good in ["/", "/company/?q=a%20b", "/oauth/authorize/?client_id=x&state=%2F%2Fevil"] {
            assert_eq!(local(good), Some(good));
        }
        let bad = ["", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:1", "/\t/evil.example"];
        for bad in bad.into_iter().chain(["/ /evil", "/\n//evil.example", "evil", "/é"]) {
            assert_eq!(local(bad), None, "{bad}");
        }
    }
}
