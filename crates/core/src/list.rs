//! Lists: one page of an entity's records that pass a condition.

pub use crate::written::{Made, Making, Noted, made, noted, records, written};
use crate::{
    Answer, Call, Json, Params, Result,
    compile::{self, Place},
    error::ARGUMENT,
    field::{Entity, Field},
    filter::{self, Cond},
    index::Found,
    params::{read_int, read_text, wrong},
};
use muster_db::Sql;

/// The most values of one statement: SQLite takes 32,766.
const MOST_ARGS: usize = 32_000;

/// The size of a page. Clients count on it.
pub const PAGE: i64 = 50;

/// What a list method was asked for.
pub struct Query {
    /// Which records.
    pub cond: Cond,
    /// In which order; the ID comes last by itself.
    pub order: Vec<(&'static Field, bool)>,
    /// From which record on; `None` when the client asked not to count.
    pub start: Option<i64>,
    /// Which fields of them.
    pub select: Vec<&'static Field>,
    /// Which copy of a picture; empty for the original.
    pub picture: &'static str,
}

/// Reads the filter: `FILTER`, and every parameter that is named like a field, with or without a prefix.
///
/// Clients write filters both ways. A parameter that no field is named like is something else, and is left alone.
pub fn read_filter(entity: &Entity, params: &Params, call: &Call<'_, '_>) -> Result<Cond> {
    let mut conds = vec![filter::parse(entity, params.get("FILTER").unwrap_or(&Json::Null), call)?];
    for (name, value) in params.iter() {
        if call.field(entity, filter::split(name).2).is_some() {
            conds.push(filter::parse_one(entity, name, value, call)?);
        }
    }
    Ok(Cond::All(conds))
}

/// Reads `SORT` and `ORDER` in all their forms: a field and a direction, or an object of both.
///
/// Refuses fields that do not exist or are hidden from the caller: their order would tell what they hold.
pub fn read_order(entity: &Entity, params: &Params, call: &Call<'_, '_>) -> Result<Vec<(&'static Field, bool)>> {
    let mut order = Vec::new();
    let direction = match params.get("ORDER") {
        Some(Json::Object(pairs)) => {
            for (name, direction) in pairs {
                order.push((sortable(entity, name, call)?, read_direction(direction)?));
            }
            false
        }
        Some(Json::Array(_) | Json::Null) | None => false,
        Some(one) => read_direction(one)?,
    };
    if !order.is_empty() {
        return Ok(order);
    }
    match params.get("SORT") {
        None | Some(Json::Null) => {}
        Some(Json::Object(pairs)) => {
            for (name, direction) in pairs {
                order.push((sortable(entity, name, call)?, read_direction(direction)?));
            }
        }
        Some(Json::Array(names)) => {
            for name in names {
                order.push((sortable(entity, &read_text(name).unwrap_or_default(), call)?, direction));
            }
        }
        Some(name) => match read_text(name).as_deref() {
            None | Some("") => {}
            Some(name) => order.push((sortable(entity, name, call)?, direction)),
        },
    }
    if order.is_empty() && direction {
        order.extend(entity.field("ID").map(|id| (id, true)));
    }
    Ok(order)
}

fn sortable(entity: &Entity, name: &str, call: &Call<'_, '_>) -> Result<&'static Field> {
    call.field(entity, name)
        .filter(|it| it.is_sortable() && it.is_visible(call.caller))
        .ok_or_else(|| ARGUMENT.say(format!("there is no field {name} to sort by")).about(name.to_owned()))
}

/// Whether a direction is descending.
fn read_direction(value: &Json) -> Result<bool> {
    match read_text(value).unwrap_or_default().to_ascii_lowercase().as_str() {
        "" | "asc" => Ok(false),
        "desc" => Ok(true),
        _ => Err(wrong("ORDER", "ASC or DESC")),
    }
}

/// Reads `SELECT`: names and the masks `*` and `UF_*`. What does not exist or is hidden is left out, as documented.
pub fn read_select(entity: &Entity, call: &Call<'_, '_>) -> Vec<&'static Field> {
    let visible = call.visible(entity);
    // In a form, an empty list is written as a list of one empty text.
    let wanted =
        call.params.list("SELECT").iter().filter_map(read_text).filter(|it| !it.is_empty()).collect::<Vec<_>>();
    if wanted.is_empty() {
        return visible;
    }
    let is_wanted = |field: &Field| {
        wanted.iter().any(|it| match it.as_str() {
            "*" => true,
            mask if mask.eq_ignore_ascii_case("UF_*") => field.is_custom(),
            name => entity.is_name(field, name),
        })
    };
    visible.into_iter().filter(|field| is_wanted(field)).collect()
}

/// Reads `START`: a negative one asks for the first page without counting.
pub fn read_start(call: &Call<'_, '_>) -> Result<Option<i64>> {
    let start = match call.params.get("START") {
        None | Some(Json::Null) => 0,
        Some(Json::String(text)) if text.is_empty() => 0,
        Some(value) => read_int(value).ok_or_else(|| wrong("START", "a whole number"))?,
    };
    Ok((start >= 0).then_some(start))
}

/// Reads one page, for a method that does something with the records.
pub fn page(call: &mut Call<'_, '_>, entity: &'static Entity, query: &Query) -> Result<Answer> {
    written_page(call, entity, query).map(Answer::parsed)
}

/// Reads one page and writes it as it goes out: first the IDs, then the records of these IDs.
///
/// In two steps because planners read a wide table from its first row on when they are asked for both at once.
pub fn written_page(call: &mut Call<'_, '_>, entity: &'static Entity, query: &Query) -> Result<Answer> {
    let (ids, total, next) = find(call, entity, &query.cond, &query.order, query.start)?;
    let text = written(call, entity, &ids, &query.select, query.picture)?;
    Ok(Answer { text: Some(text), total, next, ..Answer::default() })
}

/// The IDs of one page, how many records pass in all and where the next page starts, if the client asked for it.
///
/// By the index in memory where there is one that knows the answer, otherwise by SQL.
pub fn find(
    call: &mut Call<'_, '_>,
    entity: &'static Entity,
    cond: &Cond,
    order: &[(&'static Field, bool)],
    start: Option<i64>,
) -> Result<(Vec<i64>, Option<i64>, Option<i64>)> {
    let window = (start.unwrap_or(0), PAGE);
    if let Some(found) = find_indexed(call, entity, cond, order, window)? {
        let total = start.map(|_| found.total);
        let after = window.0.saturating_add(PAGE);
        return Ok((found.ids, total, total.filter(|total| after < *total).map(|_| after)));
    }
    let ids = ids_by_sql(call, entity, cond, order, window)?;
    let (total, next) = count(call, entity, cond, start, ids.len())?;
    Ok((ids, total, next))
}

fn find_indexed(
    call: &mut Call<'_, '_>,
    entity: &'static Entity,
    cond: &Cond,
    order: &[(&'static Field, bool)],
    window: (i64, i64),
) -> Result<Option<Found>> {
    let place = Place::of(call, entity);
    match call.indexes.of(entity) {
        Some(index) => Ok(index.find(call.tx, (cond, order), window, place)?),
        None => Ok(None),
    }
}

/// The IDs of the records that pass a condition: `window` is how many of them are passed over, and how many wanted.
pub fn ids(
    call: &mut Call<'_, '_>,
    entity: &'static Entity,
    cond: &Cond,
    order: &[(&'static Field, bool)],
    window: (i64, i64),
) -> Result<Vec<i64>> {
    match find_indexed(call, entity, cond, order, window)? {
        Some(found) => Ok(found.ids),
        None => ids_by_sql(call, entity, cond, order, window),
    }
}

fn ids_by_sql(
    call: &mut Call<'_, '_>,
    entity: &'static Entity,
    cond: &Cond,
    order: &[(&'static Field, bool)],
    window: (i64, i64),
) -> Result<Vec<i64>> {
    let place = Place::of(call, entity);
    let mut sql = Sql::new("select ");
    sql.push(entity.id).push(" from ");
    let mut used = cond.fields();
    used.extend(order.iter().map(|(field, _)| *field));
    entity.write_from(&mut sql, &used);
    sql.push(" where ");
    compile::write(cond, &mut sql, place);
    sql.push(" order by ");
    for (field, descending) in order {
        compile::order(&mut sql, field, *descending, place);
        sql.push(", ");
    }
    sql.push(entity.id);
    sql.push(" limit ").bind(window.1).push(" offset ").bind(window.0);
    if sql.args().len() > MOST_ARGS {
        return Err(ARGUMENT.say("the filter holds too many values").about("FILTER"));
    }
    Ok(call.tx.ints(&sql)?)
}

/// How many records pass the condition, and where the next page starts, if the client asked for it. `found` is how many
/// are on this page.
pub fn count(
    call: &mut Call<'_, '_>,
    entity: &'static Entity,
    cond: &Cond,
    start: Option<i64>,
    found: usize,
) -> Result<(Option<i64>, Option<i64>)> {
    let Some(start) = start else { return Ok((None, None)) };
    let total = total(call, entity, cond, start, found)?;
    let after = start.saturating_add(PAGE);
    Ok((Some(total), (after < total).then_some(after)))
}

/// Counts what passes the condition. A page that is not full tells the count by itself.
fn total(call: &mut Call<'_, '_>, entity: &'static Entity, cond: &Cond, start: i64, found: usize) -> Result<i64> {
    let found = i64::try_from(found).unwrap_or(PAGE);
    if found < PAGE && (found > 0 || start == 0) {
        return Ok(start.saturating_add(found));
    }
    let mut sql = Sql::new("select count(*) from ");
    entity.write_from(&mut sql, &cond.fields());
    sql.push(" where ");
    compile::write(cond, &mut sql, Place::of(call, entity));
    Ok(call.tx.int(&sql)?)
}
