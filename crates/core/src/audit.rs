//! The audit log: who changed what, from where and by what.
//!
//! An entry is written in the transaction of its change, so it exists exactly if the change does. What methods change is
//! written down where methods are carried out, by their declarations; what no method does is a [`Deed`]. An entry holds
//! names of fields and never their values, and nothing here or elsewhere changes one.

use crate::{
    Answer, Json, Method, Params, Registry, Result,
    custom::Definition,
    field::{Entity, Field},
    params::{read_int, read_text},
    text::search_key,
};
use muster_db::{Sql, Tx};

/// As much as is kept of what a client says of itself.
const AGENT_CHARACTERS: usize = 300;
/// As much as is kept of what an object is known by.
const ITEM_CHARACTERS: usize = 100;

/// Whence a change comes.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// On whose behalf, if it is known.
    pub user_id: Option<i64>,
    /// By which door: `page`, `command`, a webhook or an app with its ID, or `rest` if it is not known whose call it is.
    pub via: String,
    /// The address of whoever asked.
    pub address: String,
    /// What their browser or program says of itself.
    pub agent: String,
    /// What was asked for: a method's address, a page's pattern or a command. No secrets are in it.
    pub request: String,
}

/// Something that can be done and is no method: signing in, making a webhook, a command.
#[derive(Debug, PartialEq, Eq)]
pub struct Deed {
    /// Its code, in upper case, whereas methods keep their names.
    pub code: &'static str,
    /// The kind of object that it is about.
    pub object: &'static str,
    /// Whether whoever it is about is whoever does it, though no one was signed in yet.
    pub by_itself: bool,
}

/// Declares a deed that is about this kind of object.
pub const fn deed(code: &'static str, object: &'static str) -> Deed {
    Deed { code, object, by_itself: false }
}

impl Deed {
    /// Whoever it is about does it.
    pub const fn by_itself(self) -> Deed {
        Deed { by_itself: true, ..self }
    }
}

/// What was done.
#[derive(Debug)]
pub struct Entry {
    /// The name of the method, or the code of the deed.
    pub action: &'static str,
    /// The kind of object that it is about.
    pub object: &'static str,
    /// The object's ID, or the name it is known by; empty if there is no single one.
    pub item: String,
    /// The names of what was set.
    pub names: Vec<&'static str>,
    /// Whether it is about who may come in and what they may do.
    pub is_security: bool,
}

impl Entry {
    /// A deed that is about this object.
    pub fn of_deed(deed: &Deed, item: &impl ToString) -> Entry {
        let Deed { code, object, .. } = *deed;
        Entry { action: code, object, item: item.to_string(), names: Vec::new(), is_security: true }
    }

    /// A method that has answered. `custom` are the custom fields of its entity, and `app` is the app that called.
    pub fn of_call(
        registry: &Registry,
        method: &'static Method,
        (params, custom): (&Params, &[Definition]),
        answer: &Answer,
        app: Option<i64>,
    ) -> Entry {
        let module = registry.module_of(method);
        let (object, name) = method.object.unwrap_or((module.map_or("", |it| it.name), ""));
        let name = if name.is_empty() { method.id_param().unwrap_or_default() } else { name };
        let app = app.filter(|_| method.app_only.is_some());
        let item = params.get(name).and_then(read_text).filter(|it| !it.is_empty());
        let item = item.or_else(|| answered_id(answer)).or_else(|| app.map(|it| it.to_string())).unwrap_or_default();
        let entities = method.entity.as_slice().iter().chain(module.map_or(&[][..], |it| it.entities));
        let known = |sent: &str| {
            let found = entities.clone().find_map(|it| field_of(it, custom, sent)).map(|it| it.name);
            found.filter(|it| *it != "ID" && *it != name)
        };
        let mut names: Vec<&'static str> = Vec::new();
        for (sent, value) in params.iter() {
            // `fields` and its kin hold the fields; a value of a field is never looked into.
            let holds_fields = method.params.iter().any(|it| it.name == sent && it.kind == "object");
            let sent: Vec<&str> = match value {
                Json::Object(fields) if holds_fields => fields.keys().map(String::as_str).collect(),
                _ => vec![sent],
            };
            for name in sent.into_iter().filter_map(known) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Entry { action: method.name, object, item, names, is_security: false }
    }
}

fn field_of(entity: &Entity, custom: &[Definition], name: &str) -> Option<&'static Field> {
    let of_entity = |it: &&Definition| entity.custom.is_some_and(|custom| custom.entity == it.entity);
    let mut custom = custom.iter().filter(of_entity).map(|it| it.field);
    entity.field(name).or_else(|| custom.find(|it| entity.is_name(it, name)))
}

/// The ID of what a method made, in whatever shape it answers it.
fn answered_id(answer: &Answer) -> Option<String> {
    let text = answer.text.as_ref().and_then(|it| serde_json::from_str::<Json>(it).ok());
    let result = text.as_ref().unwrap_or(&answer.result);
    let inner = result.as_object().filter(|it| it.len() == 1).and_then(|it| it.values().next());
    [Some(result), result.get("ID"), result.get("id"), inner.and_then(|it| it.get("id"))]
        .into_iter()
        .flatten()
        .filter(|it| !it.is_boolean())
        .find_map(read_int)
        .map(|it| it.to_string())
}

/// Writes an entry, in the transaction of its change.
pub fn write(tx: &mut Tx<'_>, origin: &Origin, entry: &Entry, now: i64) -> Result<()> {
    let short = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let item = short(&entry.item, ITEM_CHARACTERS);
    tx.run(&Sql::with(
        "insert into audit (happened_at, user_id, via, action, action_key, object, item, item_key, names, is_security,
             address, agent, request)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        [
            now.into(),
            origin.user_id.into(),
            origin.via.as_str().into(),
            entry.action.into(),
            search_key(entry.action).into(),
            entry.object.into(),
            item.as_str().into(),
            search_key(&item).into(),
            entry.names.join(",").into(),
            entry.is_security.into(),
            origin.address.as_str().into(),
            short(&origin.agent, AGENT_CHARACTERS).into(),
            origin.request.as_str().into(),
        ],
    ))?;
    Ok(())
}
