//! The people of a task: as its answers show them, and as they are sent.

use crate::{access::full_name, sight, user::USER};
use muster_core::{
    Call, Json, Result,
    error::{ARGUMENT, CORE},
    json,
    list::{self, Made, Making},
    params::read_int,
    record::{View, is_no_one, read_user, write_text},
};
use muster_db::{Row, Sql};
use std::collections::{HashMap, HashSet};

/// Which copy of a photo is shown.
pub(super) const PICTURE: &str = "small";

/// The scopes that show e-mail addresses, which are logins too.
const LOGIN: &[&str] = &["user", "user_basic"];

/// What answers show of a person.
const SHOWN: Making = Making {
    name: "a person of a task",
    fields: &["NAME", "LAST_NAME", "PERSONAL_PHOTO", "WORK_POSITION"],
    make: |id, values| write(id, std::array::from_fn(|at| values.get(at).copied().unwrap_or(EMPTY))),
};
/// A value that there is none of.
const EMPTY: &str = "\"\"";
/// How many people one statement reads.
const CHUNK: usize = 10_000;

/// People as answers show them, as JSON text, in the order of their IDs.
pub(super) struct People(Vec<(i64, Made)>);

impl People {
    pub(super) fn get(&self, id: i64) -> Option<&str> {
        let at = self.0.binary_search_by_key(&id, |it| it.0).ok()?;
        self.0.get(at).map(|it| &*it.1)
    }
}

/// What answers show of these people. Of whom the caller does not see, only that there is someone.
pub(super) fn written(call: &mut Call<'_, '_>, mut wanted: Vec<i64>) -> Result<People> {
    wanted.sort_unstable();
    wanted.dedup();
    let seen = if call.caller.extranet { seen(call, &wanted)? } else { wanted.clone() };
    let mut people = Vec::with_capacity(wanted.len());
    // SQLite bounds how many values a statement takes.
    for ids in seen.chunks(CHUNK) {
        let made = list::made(call, &USER, ids, &SHOWN, PICTURE)?;
        people.extend(ids.iter().zip(made).filter_map(|(id, made)| Some((*id, made?))));
    }
    if people.len() < wanted.len() {
        let known: HashSet<i64> = people.iter().map(|it| it.0).collect();
        let unseen = wanted.into_iter().filter(|id| !known.contains(id));
        people.extend(unseen.map(|id| (id, write(id, [EMPTY; 4]).into())));
    }
    people.sort_unstable_by_key(|it| it.0);
    Ok(People(people))
}

/// A person with the values of the fields that are shown, as JSON.
fn write(id: i64, [name, last_name, photo, position]: [&str; 4]) -> String {
    let plain = |it: &str| it.parse::<Json>().ok().and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default();
    let mut text = format!("{{\"id\":\"{id}\",\"name\":");
    write_text(&mut text, &full_name(id, &plain(name), &plain(last_name)));
    let position = if position == EMPTY { "null" } else { position };
    let link = format!(",\"link\":\"/company/personal/user/{id}/\"");
    text.extend([&link, ",\"icon\":", photo, ",\"workPosition\":", position, "}"]);
    text
}

/// Those of these people whom the caller sees.
fn seen(call: &mut Call<'_, '_>, ids: &[i64]) -> Result<Vec<i64>> {
    let mut seen = Vec::with_capacity(ids.len());
    for ids in ids.chunks(CHUNK) {
        let mut sql = Sql::new("select id from users where id in (");
        sql.bind_all(ids.iter().copied()).push(") and ");
        sight::write(&mut sql, "id", call.caller);
        seen.extend(call.tx.ints(&sql)?);
    }
    Ok(seen)
}

/// The same as the history shows them.
pub(super) fn authors(call: &mut Call<'_, '_>, ids: impl IntoIterator<Item = i64>) -> Result<HashMap<i64, Json>> {
    let with_login = call.caller.holds_any(LOGIN);
    let mut shown = HashMap::new();
    for (id, row) in read(call, ids)? {
        let text = |column| row.as_ref().map_or("", |row| row.text(column)).to_owned();
        let login = if with_login { text(6) } else { String::new() };
        shown.insert(
            id,
            json!({ "id": id, "name": text(1), "lastName": text(2), "secondName": text(5), "login": login }),
        );
    }
    Ok(shown)
}

/// The rows of these people; `None` for those whom the caller does not see.
pub(super) fn read(call: &mut Call<'_, '_>, ids: impl IntoIterator<Item = i64>) -> Result<HashMap<i64, Option<Row>>> {
    let mut people: HashMap<i64, Option<Row>> = ids.into_iter().map(|id| (id, None)).collect();
    let ids: Vec<i64> = people.keys().copied().collect();
    // SQLite bounds how many values a statement takes.
    for ids in ids.chunks(CHUNK) {
        let mut sql = Sql::new(
            "select id, name, last_name, personal_photo, work_position, second_name, email, personal_gender, user_type
             from users where id in (",
        );
        sql.bind_all(ids.iter().copied()).push(") and ");
        sight::write(&mut sql, "id", call.caller);
        for row in call.tx.rows(&sql)? {
            people.insert(row.int(0)?, Some(row));
        }
    }
    Ok(people)
}

/// How pictures of people are shown.
pub(super) fn view<'a>(call: &Call<'a, '_>) -> View<'a> {
    View { base_url: call.base_url, zone: &call.settings.time_zone, now: call.now, picture: PICTURE }
}

/// The most people of one list.
const MOST: usize = 1000;

/// Reads people who are to have to do with a task: they exist, and the caller sees them. Nothing tells one from the other.
pub(super) fn read_list(call: &mut Call<'_, '_>, name: &'static str, sent: &Json) -> Result<Vec<i64>> {
    let items: Vec<&Json> = match sent {
        Json::Array(items) => items.iter().collect(),
        Json::Object(map) => map.values().collect(),
        one => vec![one],
    };
    if items.len() > MOST {
        return Err(ARGUMENT.say(format!("{name}: at most {MOST} people")).about(name));
    }
    let unknown = |id: &Json| ARGUMENT.say(format!("{name}: there is no person with the ID {id}")).about(name);
    let mut ids = Vec::new();
    for item in items.into_iter().filter(|it| !is_no_one(it)) {
        let id = read_int(item).ok_or_else(|| unknown(item))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let people = read(call, ids.iter().copied())?;
    match ids.iter().find(|id| people.get(id).is_none_or(Option::is_none)) {
        Some(id) => Err(unknown(&(*id).into())),
        None => Ok(ids),
    }
}

/// Refuses people whom the caller does not see, as if they did not exist.
pub(super) fn check_seen(call: &mut Call<'_, '_>, name: &'static str, ids: &[i64]) -> Result<()> {
    let people = read(call, ids.iter().copied())?;
    match ids.iter().find(|id| people.get(id).is_none_or(Option::is_none)) {
        None => Ok(()),
        Some(_) => Err(CORE.say(missing(name)).about(name)),
    }
}

/// What is said of a person who does not exist.
pub(super) fn missing(name: &str) -> String {
    match name {
        "RESPONSIBLE_ID" => "The user specified in the \"Responsible\" field was not found".to_owned(),
        other => format!("{other}: there is no such person"),
    }
}

/// Reads one person, in the same way.
pub(super) fn read_one(call: &mut Call<'_, '_>, name: &'static str, sent: &Json) -> Result<Option<i64>> {
    if is_no_one(sent) || read_int(sent).is_none() {
        return Ok(None);
    }
    let id = read_user(name, sent, call).map_err(|_| CORE.say(missing(name)).about(name))?;
    check_seen(call, name, &[id])?;
    Ok(Some(id))
}
