//! `app.option.*` and `user.option.*`: what an app keeps here, for everyone or for the person who uses it.

use super::calling;
use muster_core::{
    Answer, Call, Json, Map, Method, Result,
    call::Right,
    error::{ACCESS_DENIED, Code, code},
    method::{Param, Shape, param, read, write},
};
use muster_db::{Sql, Tx};

/// The most options of an app, and of each person in it.
const MOST: i64 = 1000;
/// The most bytes of a value, as JSON.
const LONGEST: usize = 64 << 10;
/// The most characters of a name.
const LONGEST_NAME: usize = 255;
/// For whom an app keeps what is for everyone.
const EVERYONE: i64 = 0;

/// Nothing was sent to keep.
static EMPTY: Code = code("ArgumentNullException", 400, "options is empty");
/// The caller may not do this.
static ACCESS: Code = code("AccessException", 400, "Administrator authorization required");
/// More than an app may keep.
static TOO_MUCH: Code = code("ArgumentException", 400, "options are too many or too long");

const ERRORS: &[&Code] = &[&EMPTY, &TOO_MUCH];
const OPTION: &[Param] = &[param("OPTION", "string", "Which one; all of them if left out")];
const OPTIONS: &[Param] = &[param("OPTIONS", "object", "Values by name").required()];
const OUTSIDE: &str = "Application context required";

pub(super) const APP_GET: Method = read("app.option.get", |call| get(call, EVERYONE))
    .about("Answers what the app keeps for everyone.")
    .in_app_or(&ACCESS_DENIED, OUTSIDE)
    .params(OPTION);
pub(super) const APP_SET: Method = write("app.option.set", |call| set(call, EVERYONE))
    .about("Keeps something for the app, for everyone.")
    .in_app_or(&ACCESS_DENIED, OUTSIDE)
    .right(Right::ManageApps, &ACCESS, "Administrator authorization required")
    .params(OPTIONS)
    .shape(Shape::Flag)
    .errors(ERRORS);
pub(super) const USER_GET: Method = read("user.option.get", |call| get(call, call.caller.user_id))
    .about("Answers what the app keeps for the person who uses it.")
    .in_app_or(&ACCESS_DENIED, OUTSIDE)
    .params(OPTION);
pub(super) const USER_SET: Method = write("user.option.set", |call| set(call, call.caller.user_id))
    .about("Keeps something for the app, for the person who uses it.")
    .in_app_or(&ACCESS_DENIED, OUTSIDE)
    .params(OPTIONS)
    .shape(Shape::Flag)
    .errors(ERRORS);

fn get(call: &mut Call<'_, '_>, user_id: i64) -> Result<Answer> {
    let mut options = all(call.tx, calling(call)?, user_id)?;
    Ok(match call.params.text("OPTION")? {
        Some(name) => options.remove(&name).unwrap_or_else(|| "".into()).into(),
        // No options are an empty list, as in PHP.
        None if options.is_empty() => Json::Array(Vec::new()).into(),
        None => Json::Object(options).into(),
    })
}

/// What an app keeps for a person, or with the person 0 for everyone.
pub fn all(tx: &mut Tx<'_>, app_id: i64, user_id: i64) -> Result<Map<String, Json>> {
    let sql = "select name, value from app_options where app_id = $1 and user_id = $2 order by name";
    let rows = tx.rows(&Sql::with(sql, [app_id.into(), user_id.into()]))?;
    Ok(rows.iter().map(|row| (row.text(0).to_owned(), row.text(1).parse().unwrap_or_default())).collect())
}

fn set(call: &mut Call<'_, '_>, user_id: i64) -> Result<Answer> {
    let app_id = calling(call)?;
    let Some(Json::Object(options)) =
        call.params.get("OPTIONS").filter(|it| it.as_object().is_some_and(|it| !it.is_empty()))
    else {
        return Err(EMPTY.error());
    };
    for (name, value) in options {
        let value = value.to_string();
        if name.chars().count() > LONGEST_NAME || value.len() > LONGEST {
            return Err(TOO_MUCH.error().about(name.clone()));
        }
        call.tx.run(&Sql::with(
            "insert into app_options (app_id, user_id, name, value) values ($1, $2, $3, $4)
             on conflict (app_id, user_id, name) do update set value = excluded.value",
            [app_id.into(), user_id.into(), name.as_str().into(), value.into()],
        ))?;
    }
    let count = "select count(*) from app_options where app_id = $1 and user_id = $2";
    if call.tx.int(&Sql::with(count, [app_id.into(), user_id.into()]))? > MOST {
        return Err(TOO_MUCH.error());
    }
    Ok(true.into())
}
