//! Erasing what is stored about someone who has left: `user.erase`, and what this module holds about people.
//!
//! The row and its ID stay, so that whatever names the person still names someone. Everything that says who that was goes:
//! in this module's tables here, in those of other modules as they declare it, all in one transaction.

use super::{events::ON_USER_UPDATE, fields::USER, history, index, leave, store};
use crate::event::emit;
use muster_core::{
    Answer, Call, Json, Result,
    error::{ARGUMENT, CORE},
    field::{Field, Kind, Stored},
    file, json,
    method::{Param, param},
    personal::{self, Erased, Personal, personal},
    record::Columns,
};
use muster_db::{Row, Sql, Tx, Value};

pub(super) const PARAMS: &[Param] = &[
    param("ID", "integer", "Whose data").required(),
    param("CONFIRM", "string", "The person's e-mail address, so that no one is erased by mistake").required(),
];

const HISTORY: &str = "Who changed what of whom and when, without the values.";
const ROW: &str = "The ID, when they registered and that they left: whatever names the person still names someone.";

pub(super) const PERSONAL: &[Personal] = &[
    personal("user_emails", "user_id", "The address that the person signs in with"),
    personal("user_words", "user_id", "The words that the person is found by"),
    personal("user_activity", "user_id", "When the person was here").exported(&["last_activity_at", "last_login_at"]),
    personal("user_history", "user_id", "What was changed of the person")
        .exported(&["happened_at", "what", "via", "details"])
        .erased_by(erase_history),
    personal("user_history", "by_user_id", "What the person changed of others").kept(HISTORY),
    personal("users", "id", "The profile")
        .exported(&["registered_at", "accepted_at", "changed_at"])
        .erased_by(erase_row),
    // Said again, to say what stays of it.
    personal("users", "id", "The profile").kept(ROW),
];

/// What the address of everyone who was erased ends with. It leads nowhere, by RFC 2606.
const NOWHERE: &str = "@erased.invalid";

/// Whether this is the address of someone who was erased.
pub fn is_erased_address(email: &str) -> bool {
    email.ends_with(NOWHERE)
}

/// Erases someone who does not work here any more.
pub(super) fn erase(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = leave::read_id(call)?;
    leave::lock(call)?;
    let denied = || CORE.say("access_denied");
    let sql = Sql::with("select active, email from users where id = $1 and erased_at is null", [id.into()]);
    let row = call.tx.row(&sql)?.ok_or_else(denied)?;
    if row.int(0)? != 0 {
        return Err(ARGUMENT.say("only someone who has left can be erased").about("ID"));
    }
    let confirmed = call.params.text("CONFIRM")?.unwrap_or_default();
    if store::email_key(confirmed.trim()) != store::email_key(row.text(1)) {
        return Err(ARGUMENT.say("the e-mail address is not that of the person").about("CONFIRM"));
    }
    let texts = texts(call, id)?;
    let person = Erased { id, texts, now: call.now };
    leave::end_access(call.tx, id, call.now)?;
    personal::erase(call, &person)?;
    history::note(call, id, "erase", &Json::Null)?;
    // Whoever keeps a copy has to know that it is out of date.
    let changed: Vec<&str> = erased_fields().map(|(field, _)| field.name).chain(["EMAIL"]).collect();
    emit(call, &ON_USER_UPDATE, id, &json!({ "FIELDS": { "ID": id.to_string() }, "CHANGED": changed }))?;
    Ok(true.into())
}

/// The fields that say who someone is, with their columns in the table of people.
fn erased_fields() -> impl Iterator<Item = (&'static Field, &'static str)> {
    let is_erased = |it: &&Field| {
        let says = matches!(it.kind, Kind::Text | Kind::Date | Kind::Image | Kind::OneOf(_));
        says && !matches!(it.name, "EMAIL" | "USER_TYPE")
    };
    USER.fields.iter().filter(is_erased).filter_map(|field| match field.stored {
        Stored::Column(column) => column.strip_prefix("users.").map(|column| (field, column)),
        _ => None,
    })
}

/// What is in the profile, and the name as one text: to find copies by. Words that are too short are found everywhere.
fn texts(call: &mut Call<'_, '_>, id: i64) -> Result<Vec<String>> {
    let row = read(call.tx, id)?;
    let mut texts: Vec<String> = Vec::new();
    for (place, _) in erased_fields().enumerate() {
        texts.extend(row.opt_text(place + 1).map(str::to_owned));
    }
    let names = Sql::with("select name, last_name, email from users where id = $1", [id.into()]);
    if let Some(row) = call.tx.row(&names)? {
        texts.push(format!("{} {}", row.text(0), row.text(1)).trim().to_owned());
        texts.push(row.text(2).to_owned());
    }
    texts.retain(|it| it.chars().count() > 2);
    texts.sort_unstable();
    texts.dedup();
    Ok(texts)
}

/// The row of a person: the ID, and what is erased of it.
fn read(tx: &mut Tx<'_>, id: i64) -> Result<Row> {
    let mut sql = Sql::new("select id");
    for (_, column) in erased_fields() {
        sql.push(", ").push(column);
    }
    sql.push(" from users where id = ").bind(id);
    tx.row(&sql)?.ok_or_else(|| CORE.say("access_denied"))
}

fn erase_row(tx: &mut Tx<'_>, person: &Erased) -> Result<()> {
    let row = read(tx, person.id)?;
    let mut columns: Columns = vec![
        ("password_hash", Value::Null),
        ("admin", false.into()),
        ("erased_at", person.now.into()),
        ("changed_at", person.now.into()),
    ];
    for (place, (field, column)) in erased_fields().enumerate() {
        if let (Kind::Image, Some(stored)) = (field.kind, row.opt_text(place + 1)) {
            file::delete(tx, stored)?;
        }
        let new = match field.name {
            "NAME" => Some("Erased person".to_owned()),
            "LAST_NAME" => Some(person.id.to_string()),
            _ => None,
        };
        if let Some(key) = field.key {
            let key_column = key.column.strip_prefix("users.").unwrap_or(key.column);
            columns.push((key_column, new.as_deref().map(key.fold).into()));
        }
        columns.push((column, new.into()));
    }
    // Everyone has an address of their own.
    let email = format!("erased-{}{NOWHERE}", person.id);
    store::push_email(&mut columns, &email);
    store::claim_email(tx, person.id, &email)?;
    store::update(tx, person.id, &columns)?;
    store::index_words(tx, person.id)?;
    Ok(index::changed(tx, person.id)?)
}

/// Of the history stays which fields were changed, and not what they were.
fn erase_history(tx: &mut Tx<'_>, person: &Erased) -> Result<()> {
    let changes = "select id, details from user_history where user_id = $1 and what = 'update'";
    for row in tx.rows(&Sql::with(changes, [person.id.into()]))? {
        let details: Json = row.text(1).parse().unwrap_or_default();
        let names = details.as_array().into_iter().flatten().map(|it| json!({ "FIELD": it["FIELD"] }));
        let args = [names.collect::<Json>().to_string().into(), row.int(0)?.into()];
        tx.run(&Sql::with("update user_history set details = $1 where id = $2", args))?;
    }
    Ok(())
}
