//! Reading people: `user.current`, `user.get`, `user.fields`.

use super::fields::USER;
use crate::sight;
use muster_core::{
    Answer, Call, Result,
    filter::{self, Cond},
    json,
    list::{self, Query},
    params::wrong,
    picture::COPIES,
    record,
};

/// The person on whose behalf the call is made.
pub(super) fn current(call: &mut Call<'_, '_>) -> Result<Answer> {
    let select = call.visible(&USER);
    let picture = read_picture(call)?;
    let found = list::written(call, &USER, &[call.caller.user_id], &select, picture)?;
    let one = found.strip_prefix('[').and_then(|it| it.strip_suffix(']')).filter(|it| !it.is_empty());
    Ok(Answer { text: Some(one.unwrap_or("{}").to_owned()), ..Answer::default() })
}

/// The names and titles of the fields.
pub(super) fn fields(call: &mut Call<'_, '_>) -> Result<Answer> {
    Ok(record::titles(&call.visible(&USER)).into())
}

/// People that pass a filter.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let cond = list::read_filter(&USER, call.params, call)?;
    page(call, cond)
}

/// One page of the people that pass a condition.
pub(super) fn page(call: &mut Call<'_, '_>, cond: Cond) -> Result<Answer> {
    let seen = sight::people(call.caller, call.params.flag("ADMIN_MODE")?);
    let query = Query {
        cond: Cond::All(vec![seen, of_listed_types(call, &cond), cond]),
        order: list::read_order(&USER, call.params, call)?,
        start: list::read_start(call)?,
        select: list::read_select(&USER, call),
        picture: read_picture(call)?,
    };
    list::written_page(call, &USER, &query)
}

/// Bots and people who only write e-mails are in no list, unless the filter asks for a kind of user.
fn of_listed_types(call: &Call<'_, '_>, cond: &Cond) -> Cond {
    match USER.field("USER_TYPE") {
        Some(field) if cond.fields().iter().all(|it| it.name != field.name) => filter::condition(
            field,
            filter::Test::Eq,
            false,
            &json!(["employee", "extranet"]),
            &call.settings.time_zone,
        ),
        _ => Cond::All(Vec::new()),
    }
}

/// Which copy of the photo to point to.
fn read_picture(call: &Call<'_, '_>) -> Result<&'static str> {
    let Some(wanted) = call.params.text("IMAGE_RESIZE")? else { return Ok("") };
    let found = COPIES.iter().find(|(name, _)| wanted.eq_ignore_ascii_case(name));
    found.map(|(name, _)| *name).ok_or_else(|| wrong("IMAGE_RESIZE", "small, medium or large"))
}
