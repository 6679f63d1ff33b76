//! Where a person is used: every field of the kind [`Kind::User`], found by what the entities declare.
//!
//! A module that declares such a field, or lets administrators define one, has to do nothing more. Belonging to a
//! department or a group is not such a field: it says who someone is, not what rests on them.

use crate::{
    Answer, Call, Json, Map, Registry, Result,
    custom::CustomKind,
    error::ARGUMENT,
    field::{Entity, Field, Kind, Stored},
    json,
    list::PAGE,
};
use muster_db::{Row, Sql};
use std::collections::HashMap;

/// A place where a kind of record names people.
#[derive(Clone, Copy)]
pub struct Binding {
    /// The kind of record.
    pub entity: &'static Entity,
    /// The declared field, or `None` for all fields that administrators defined.
    pub field: Option<&'static Field>,
}

/// All such places, in the order of the modules and of their fields.
pub fn all(registry: &Registry) -> Vec<Binding> {
    let mut bindings = Vec::new();
    for entity in registry.modules().iter().flat_map(|module| module.entities) {
        let declared = entity.fields.iter().filter(|it| it.kind == Kind::User);
        bindings.extend(declared.map(|field| Binding { entity, field: Some(field) }));
        if entity.custom.is_some() {
            bindings.push(Binding { entity, field: None });
        }
    }
    bindings
}

impl Binding {
    /// Writes a query for the records that name this person: the record's ID, and the ID of the custom field or 0.
    ///
    /// The custom fields of an entity are one query however many there are, since SQLite takes 500 at once.
    fn write(self, sql: &mut Sql, user_id: i64) {
        match (self.field.map(|it| it.stored), self.entity.custom) {
            (Some(Stored::Column(column)), _) => {
                sql.push("select ").push(self.entity.id).push(" as record_id, cast(0 as bigint) as field_id from ");
                self.entity.write_from(sql, self.field.as_slice());
                sql.push(" where ").push(column).push(" = ").bind(user_id);
            }
            (Some(Stored::Link { table, owner, value }), _) => {
                sql.push("select distinct ").push(owner).push(" as record_id, cast(0 as bigint) as field_id from ");
                sql.push(table).push(" where ").push(value).push(" = ").bind(user_id);
            }
            (None, Some(custom)) => {
                sql.push("select distinct v.record_id, v.field_id from custom_values v join custom_fields f on f.id = v.field_id");
                sql.push(" where f.entity = ")
                    .bind(custom.entity)
                    .push(" and f.kind = ")
                    .bind(CustomKind::Employee.name());
                sql.push(" and v.int_value = ").bind(user_id);
            }
            // Nothing else holds a person's ID.
            _ => {
                sql.push("select cast(0 as bigint) as record_id, cast(0 as bigint) as field_id where 1 = 0");
            }
        }
    }
}

/// Answers one page of the records that name this person, with the counts of all of them by their kind.
pub fn references(call: &mut Call<'_, '_>, user_id: i64, object: Option<&str>, start: i64) -> Result<Answer> {
    let bindings: Vec<Binding> = match object {
        None => all(call.registry),
        Some(object) => {
            let mut known = call.registry.modules().iter().flat_map(|module| module.entities);
            if !known.any(|it| it.name.eq_ignore_ascii_case(object)) {
                return Err(ARGUMENT.say(format!("there is no kind of object {object}")).about("OBJECT"));
            }
            all(call.registry).into_iter().filter(|it| it.entity.name.eq_ignore_ascii_case(object)).collect()
        }
    };
    let counts = count(call, &bindings, user_id)?;
    let total = counts.values().filter_map(Json::as_i64).sum();
    let items = if total > start { page(call, &bindings, user_id, start)? } else { Vec::new() };
    let after = start.saturating_add(PAGE);
    let next = Some(after).filter(|after| *after < total);
    Ok(Answer { total: Some(total), next, ..json!({ "items": items, "counts": counts }).into() })
}

/// Writes the queries of all places as one, each with its number, so that the work does not grow with their number.
fn write_all(sql: &mut Sql, bindings: &[Binding], user_id: i64) {
    sql.join((0i64..).zip(bindings), " union all ", |sql, (number, binding)| {
        sql.push("select cast(").bind(number).push(" as bigint) as place, field_id, record_id from (");
        binding.write(sql, user_id);
        sql.push(") as found");
    });
}

fn count(call: &mut Call<'_, '_>, bindings: &[Binding], user_id: i64) -> Result<Map<String, Json>> {
    let mut counts: Map<String, Json> = Map::new();
    if bindings.is_empty() {
        return Ok(counts);
    }
    let mut sql = Sql::new("select place, count(*) from (");
    write_all(&mut sql, bindings, user_id);
    sql.push(") as everywhere group by place order by place");
    for row in call.tx.rows(&sql)? {
        if let Some(binding) = binding_of(bindings, &row)? {
            let known = counts.get(binding.entity.name).and_then(Json::as_i64).unwrap_or(0);
            counts.insert(binding.entity.name.to_owned(), (known + row.int(1)?).into());
        }
    }
    Ok(counts)
}

fn page(call: &mut Call<'_, '_>, bindings: &[Binding], user_id: i64, start: i64) -> Result<Vec<Json>> {
    let mut sql = Sql::new("select place, field_id, record_id from (");
    write_all(&mut sql, bindings, user_id);
    sql.push(") as everywhere order by place, field_id, record_id limit ").bind(PAGE).push(" offset ").bind(start);
    let rows = call.tx.rows(&sql)?;
    let names = custom_names(call, &rows)?;
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(binding) = binding_of(bindings, row)? else { continue };
        let custom = || names.get(&row.opt_int(1).unwrap_or(0)).map_or("", String::as_str);
        let (name, role) = binding.field.map_or_else(|| (custom(), custom()), |field| (field.name, field.title));
        items.push(json!({
            "OBJECT": binding.entity.name, "OBJECT_ID": row.int(2)?.to_string(), "FIELD": name, "ROLE": role,
        }));
    }
    Ok(items)
}

fn binding_of(bindings: &[Binding], row: &Row) -> Result<Option<Binding>> {
    Ok(usize::try_from(row.int(0)?).ok().and_then(|place| bindings.get(place)).copied())
}

/// The codes of the custom fields of these rows.
fn custom_names(call: &mut Call<'_, '_>, rows: &[Row]) -> Result<HashMap<i64, String>> {
    let mut sql = Sql::new("select id, name from custom_fields where id in (0");
    for id in rows.iter().filter_map(|row| row.opt_int(1)).filter(|id| *id != 0) {
        sql.push(", ").bind(id);
    }
    sql.push(")");
    call.tx.rows(&sql)?.iter().map(|row| Ok((row.int(0)?, row.text(1).to_owned()))).collect()
}
