//! Writing people: what adding, updating and seeding share.

use super::{
    fields::{USER, WORD_FIELDS},
    index,
};
use crate::right;
use email_address::{EmailAddress, Options};
use muster_core::{
    Call, Error, Json, Params, Result, Settings,
    error::{ARGUMENT, CORE, OnTaken as _},
    field::Stored,
    file,
    params::{read_int, read_text},
    record::{self, Columns},
    text::{search_key, words},
};
use muster_db::{DbError, Sql, Tx, Value, fold};

/// Reads the e-mail address, which is the person's login too.
pub fn read_email(params: &Params) -> Result<Option<String>> {
    let wrong = || ARGUMENT.say("wrong_email").about("");
    let email = match params.get("EMAIL") {
        None => return Ok(None),
        Some(Json::String(text)) => text.trim().to_owned(),
        Some(_) => return Err(wrong()),
    };
    check_email(&email).map(|()| Some(email)).map_err(|_| wrong())
}

/// Whether this is an e-mail address that mail can be sent to.
pub fn check_email(email: &str) -> Result<()> {
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    EmailAddress::parse_with_options(email, options).map(|_| ()).map_err(|_| ARGUMENT.say("wrong_email"))
}

/// An e-mail address as it is unique: whatever its case. `josé@` and `jose@` are two mailboxes.
pub fn email_key(email: &str) -> String {
    fold(email)
}

/// Reads `UF_DEPARTMENT` and sees that each department exists. `None` if it was not sent.
pub fn read_departments(call: &mut Call<'_, '_>) -> Result<Option<Vec<i64>>> {
    if call.params.get("UF_DEPARTMENT").is_none() {
        return Ok(None);
    }
    let mut ids = Vec::new();
    for item in call.params.list("UF_DEPARTMENT") {
        if item.as_str() == Some("") {
            continue;
        }
        let id = read_int(&item).ok_or_else(|| no_department(&item))?;
        let known = Sql::with("select count(*) from departments where id = $1", [id.into()]);
        if call.tx.int(&known)? == 0 {
            return Err(no_department(&item));
        }
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(Some(ids))
}

fn no_department(item: &Json) -> Error {
    ARGUMENT.say(format!("there is no department {}", read_text(item).unwrap_or_default())).about("UF_DEPARTMENT")
}

/// Refuses to put people into departments, or to take them out, if the caller does not have the rights that those give.
pub fn check_departments(call: &mut Call<'_, '_>, departments: &[i64]) -> Result<()> {
    for id in departments {
        let codes = right::of_department(call, *id)?;
        if !right::may_give(call, &codes)? {
            return Err(right::RIGHTS_BEYOND.error().about("UF_DEPARTMENT"));
        }
    }
    Ok(())
}

/// Refuses one more person when the configured limit is reached.
pub fn check_limit(call: &mut Call<'_, '_>) -> Result<()> {
    let Some(limit) = call.settings.user_limit else { return Ok(()) };
    // Two nodes must not both take the last place.
    call.tx.lock("user_limit")?;
    let people = call.tx.int(&Sql::new("select count(*) from users where active = 1 and user_type = 'employee'"))?;
    if u64::try_from(people).unwrap_or(0) >= limit {
        return Err(ARGUMENT.say("user_count_exceeded").about(""));
    }
    Ok(())
}

/// How many more people may work here; `None` if there is no limit.
pub fn places_left(tx: &mut Tx<'_>, settings: &Settings) -> Result<Option<u64>> {
    let Some(limit) = settings.user_limit else { return Ok(None) };
    let people = tx.int(&Sql::new("select count(*) from users where active = 1 and user_type = 'employee'"))?;
    Ok(Some(limit.saturating_sub(u64::try_from(people).unwrap_or(0))))
}

/// Adds the columns of an e-mail address.
pub fn push_email(columns: &mut Columns, email: &str) {
    columns.push(("email", email.into()));
    columns.push(("email_key", email_key(email).into()));
}

/// Inserts a row into `users`.
pub fn insert(tx: &mut Tx<'_>, columns: &Columns) -> Result<i64> {
    let mut sql = Sql::new("insert into users (");
    sql.join(columns, ", ", |sql, (name, _)| {
        sql.push(name);
    });
    sql.push(") values (").bind_all(columns.iter().map(|(_, value)| value.clone())).push(") returning id");
    let id = tx.int(&sql)?;
    index::changed(tx, id)?;
    Ok(id)
}

/// Changes a row of `users`.
pub fn update(tx: &mut Tx<'_>, id: i64, columns: &Columns) -> Result<()> {
    let mut sql = Sql::new("update users set ");
    sql.join(columns, ", ", |sql, (name, value)| {
        sql.push(name).push(" = ").bind(value.clone());
    });
    sql.push(" where id = ").bind(id);
    tx.run(&sql)?;
    Ok(index::changed(tx, id)?)
}

/// Claims an e-mail address for a person and gives back the one they had.
pub fn claim_email(tx: &mut Tx<'_>, id: i64, email: &str) -> Result<()> {
    tx.run(&Sql::with("delete from user_emails where user_id = $1", [id.into()]))?;
    tx.run(&Sql::with(
        "insert into user_emails (email_key, user_id) values ($1, $2)",
        [email_key(email).into(), id.into()],
    ))
    .on_taken(email_taken)?;
    Ok(())
}

/// The error for an e-mail address that someone else has.
pub(super) fn email_taken() -> Error {
    ARGUMENT.say("A user with this email already exists").about("")
}

/// Puts a person into these departments and no others.
pub fn set_departments(tx: &mut Tx<'_>, id: i64, departments: &[i64]) -> Result<()> {
    tx.run(&Sql::with("delete from user_departments where user_id = $1", [id.into()]))?;
    for (position, department) in (0i64..).zip(departments) {
        tx.run(&Sql::with(
            "insert into user_departments (user_id, department_id, position) values ($1, $2, $3)",
            [id.into(), (*department).into(), position.into()],
        ))?;
    }
    Ok(index::changed(tx, id)?)
}

/// Stores the pictures that were sent and puts what the row keeps of them into the columns.
pub fn push_pictures(call: &mut Call<'_, '_>, columns: &mut Columns) -> Result<()> {
    let pictures = call.pictures;
    for (name, picture) in pictures {
        let Some(Stored::Column(column)) = USER.field(name).map(|it| it.stored) else { continue };
        let kept = match picture {
            Some(picture) => Value::Text(file::store(call, picture)?),
            None => Value::Null,
        };
        columns.push((column.trim_start_matches("users."), kept));
    }
    Ok(())
}

/// Writes the words that a person is found by, from the row as it now is.
pub fn index_words(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    tx.run(&Sql::with("delete from user_words where user_id = $1", [id.into()]))?;
    let sql = Sql::with("select name, last_name, second_name, work_position from users where id = $1", [id.into()]);
    let row = tx.row(&sql)?.ok_or_else(|| CORE.say("access_denied"))?;
    for (column, (_, field)) in WORD_FIELDS.iter().enumerate() {
        for word in words(row.text(column)) {
            tx.run(&Sql::with(
                "insert into user_words (word, field, user_id) values ($1, $2, $3)",
                [word.into(), (*field).into(), id.into()],
            ))?;
        }
    }
    Ok(())
}

/// Someone who can sign in.
#[derive(Debug)]
pub struct Login {
    /// Who they are.
    pub user_id: i64,
    /// The hash of their password.
    pub password_hash: String,
}

/// Who signs in with the e-mail address of this key: someone who works here, has accepted the invitation and has a
/// password.
pub fn find_login(tx: &mut Tx<'_>, email_key: &str) -> Result<Option<Login>> {
    let row = tx.row(&Sql::with(
        "select u.id, u.password_hash from user_emails e join users u on u.id = e.user_id
         where e.email_key = $1 and u.active = 1 and u.accepted_at is not null and u.password_hash is not null",
        [email_key.into()],
    ))?;
    Ok(row
        .map(|row| Ok::<_, DbError>(Login { user_id: row.int(0)?, password_hash: row.text(1).to_owned() }))
        .transpose()?)
}

/// The person with this e-mail address.
pub fn find_by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<i64>> {
    let sql = Sql::with("select user_id from user_emails where email_key = $1", [email_key(email).into()]);
    Ok(tx.row(&sql)?.map(|row| row.int(0)).transpose()?)
}

/// A person who is added by an administrator at the machine, without an invitation.
#[derive(Debug, Clone, Default)]
pub struct NewPerson {
    /// The e-mail address, which is the login too.
    pub email: String,
    /// The first name.
    pub name: String,
    /// The last name.
    pub last_name: String,
    /// Whether they administer this Muster.
    pub admin: bool,
    /// The hash of their password, if they have one.
    pub password_hash: Option<String>,
    /// Their departments; the root if there are none.
    pub departments: Vec<i64>,
}

/// Adds a person who has already registered.
pub fn register(tx: &mut Tx<'_>, new: &NewPerson, now: i64) -> Result<i64> {
    check_email(&new.email)?;
    for (name, text) in [("NAME", &new.name), ("LAST_NAME", &new.last_name)] {
        record::check_text(&USER, name, text)?;
    }
    let mut columns: Columns = vec![
        ("active", true.into()),
        ("admin", new.admin.into()),
        ("user_type", "employee".into()),
        ("password_hash", new.password_hash.clone().into()),
        ("accepted_at", now.into()),
        ("registered_at", now.into()),
        ("changed_at", now.into()),
    ];
    for (column, key, text) in [("name", "name_key", &new.name), ("last_name", "last_name_key", &new.last_name)] {
        let text = Some(text.as_str()).filter(|it| !it.is_empty());
        columns.push((column, text.into()));
        columns.push((key, text.map(search_key).into()));
    }
    push_email(&mut columns, &new.email);
    let id = insert(tx, &columns)?;
    claim_email(tx, id, &new.email)?;
    let root = tx.ints(&Sql::new("select id from departments where parent_id is null"))?;
    set_departments(tx, id, if new.departments.is_empty() { &root } else { &new.departments })?;
    index_words(tx, id)?;
    Ok(id)
}
