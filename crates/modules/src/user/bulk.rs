//! Writing very many people at once, for companies that are made up.

use super::{fields::WORD_FIELDS, index::changed, store::email_key};
use muster_core::{
    Result,
    index::ALL,
    text::{search_key, words},
};
use muster_db::{Sql, Tx, Value};

/// A person to be written. Texts that are empty are stored as no value.
#[derive(Debug, Clone, Default)]
pub struct BulkPerson {
    /// Whether they work here.
    pub active: bool,
    /// Whether they administer this Muster.
    pub admin: bool,
    /// The e-mail address; unique within the company.
    pub email: String,
    /// When they accepted their invitation, if they did.
    pub accepted_at: Option<i64>,
    /// When they were added.
    pub registered_at: i64,
    /// When they were last here, and when they last signed in.
    pub activity: Option<(i64, i64)>,
    /// Their first name.
    pub name: String,
    /// Their last name.
    pub last_name: String,
    /// Their middle name.
    pub second_name: String,
    /// Their job.
    pub position: String,
    /// The ID of their department.
    pub department: i64,
    /// The stored photo, if there is one.
    pub photo: Option<String>,
    /// The hash of their password, if they have one.
    pub password_hash: Option<String>,
    /// Further columns of `users` with their values, the same ones for every person of one call.
    pub more: Vec<(&'static str, String)>,
}

/// A person with everything that can be computed without the database.
pub struct Prepared {
    person: BulkPerson,
    words: Vec<(String, i64)>,
    keys: [String; 4],
}

/// Computes what does not need the database, so that it can be done on another thread.
pub fn prepare(person: BulkPerson) -> Prepared {
    let texts = [&person.name, &person.last_name, &person.second_name, &person.position];
    let mut all = Vec::new();
    for (text, (_, field)) in texts.iter().zip(WORD_FIELDS) {
        all.extend(words(text).into_iter().map(|word| (word, *field)));
    }
    let keys = texts.map(|text| search_key(text));
    Prepared { person, words: all, keys }
}

const COLUMNS: &[&str] = &[
    "id",
    "active",
    "admin",
    "user_type",
    "password_hash",
    "accepted_at",
    "registered_at",
    "changed_at",
    "email",
    "email_key",
    "name",
    "name_key",
    "last_name",
    "last_name_key",
    "second_name",
    "second_name_key",
    "work_position",
    "work_position_key",
    "personal_photo",
];

/// Writes these people and answers their IDs. E-mail addresses that are taken fail the whole transaction.
pub fn insert(tx: &mut Tx<'_>, people: &[Prepared]) -> Result<Vec<i64>> {
    let ids = tx.reserve_ids("users", people.len() as u64)?;
    let Some(first) = people.first() else { return Ok(ids) };
    let mut columns = COLUMNS.to_vec();
    columns.extend(first.person.more.iter().map(|(column, _)| *column));
    let numbered = || ids.iter().copied().zip(people);
    tx.bulk("users", &columns, numbered().map(|(id, it)| row(id, it)))?;

    let mut emails: Vec<(String, i64)> = numbered().map(|(id, it)| (email_key(&it.person.email), id)).collect();
    // Sorted rows keep the writing of an index in one place.
    emails.sort_unstable();
    tx.bulk("user_emails", &["email_key", "user_id"], emails.into_iter().map(|(key, id)| vec![key.into(), id.into()]))?;

    let mut all_words: Vec<(&str, i64, i64)> = Vec::new();
    for (id, it) in numbered() {
        all_words.extend(it.words.iter().map(|(word, field)| (word.as_str(), *field, id)));
    }
    all_words.sort_unstable();
    let word_rows = all_words.into_iter().map(|(word, field, id)| vec![word.into(), field.into(), id.into()]);
    tx.bulk("user_words", &["word", "field", "user_id"], word_rows)?;

    let departments = numbered().map(|(id, it)| vec![id.into(), it.person.department.into(), Value::Int(0)]);
    tx.bulk("user_departments", &["user_id", "department_id", "position"], departments)?;

    let activity = numbered().filter_map(|(id, it)| {
        let (active, login) = it.person.activity?;
        Some(vec![id.into(), active.into(), login.into()])
    });
    tx.bulk("user_activity", &["user_id", "last_activity_at", "last_login_at"], activity)?;
    changed(tx, ALL)?;
    Ok(ids)
}

fn row(id: i64, prepared: &Prepared) -> Vec<Value> {
    let Prepared { person, keys, .. } = prepared;
    let text = |it: &String| Value::from(Some(it.as_str()).filter(|it| !it.is_empty()));
    let mut row = vec![
        id.into(),
        person.active.into(),
        person.admin.into(),
        "employee".into(),
        person.password_hash.clone().into(),
        person.accepted_at.into(),
        person.registered_at.into(),
        person.registered_at.into(),
        person.email.as_str().into(),
        email_key(&person.email).into(),
        text(&person.name),
        text(&keys[0]),
        text(&person.last_name),
        text(&keys[1]),
        text(&person.second_name),
        text(&keys[2]),
        text(&person.position),
        text(&keys[3]),
        person.photo.clone().into(),
    ];
    row.extend(person.more.iter().map(|(_, value)| text(value)));
    row
}

/// Whether there is anyone yet.
pub fn is_empty(tx: &mut Tx<'_>) -> Result<bool> {
    Ok(tx.row(&Sql::new("select id from users limit 1"))?.is_none())
}
