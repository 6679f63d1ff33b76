//! Where a person is used: every field of the kind [`Kind::User`], found by what the entities declare.
//!
//! A module that declares such a field, or lets administrators define one, has to do nothing more. Belonging to a
//! department or a group is not such a field: it says who someone is, not what rests on them.

use crate::{
    Answer, Call, Json, Map, Registry, Result,
    call::Right,
    custom::CustomKind,
    error::ARGUMENT,
    field::{Entity, Field, Kind, Stored},
    json,
    list::PAGE,
};
use muster_db::{Row, Sql};
use std::collections::{BTreeSet, HashMap};

/// How many records are asked for their names at once.
const CHUNK: usize = 500;

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

/// Those of them where something rests on a person, and passes to whoever takes over from them.
pub fn duties(registry: &Registry) -> Vec<Binding> {
    all(registry).into_iter().filter(|it| it.field.is_none_or(|field| !field.deed)).collect()
}

impl Binding {
    /// Writes the condition that a record still rests on the person; `id` is the column that names the record.
    fn write_resting(self, sql: &mut Sql, id: &'static str) {
        let condition = self.field.map_or("", |it| it.rests_while);
        if !condition.is_empty() {
            sql.push(" and ").push(id).push(" in (select ").push(self.entity.id).push(" from ").push(self.entity.table);
            sql.push(" where ").push(condition).push(")");
        }
    }

    /// Writes a query for the records that name this person: the record's ID, and the ID of the custom field or 0.
    ///
    /// The custom fields of an entity are one query however many there are, since SQLite takes 500 at once.
    fn write(self, sql: &mut Sql, user_id: i64, resting: bool) {
        match (self.field.map(|it| it.stored), self.entity.custom) {
            (Some(Stored::Column(column)), _) => {
                sql.push("select ").push(self.entity.id).push(" as record_id, cast(0 as bigint) as field_id from ");
                self.entity.write_from(sql, self.field.as_slice());
                sql.push(" where ").push(column).push(" = ").bind(user_id);
                if resting {
                    self.write_resting(sql, self.entity.id);
                }
            }
            (Some(Stored::Link { table, owner, value }), _) => {
                sql.push("select distinct ").push(owner).push(" as record_id, cast(0 as bigint) as field_id from ");
                sql.push(table).push(" where ").push(value).push(" = ").bind(user_id);
                if resting {
                    self.write_resting(sql, owner);
                }
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
///
/// `resting` leaves out what someone only did, and what is done with.
pub fn references(
    call: &mut Call<'_, '_>,
    user_id: i64,
    object: Option<&str>,
    (start, resting): (i64, bool),
) -> Result<Answer> {
    let known = if resting { duties(call.registry) } else { all(call.registry) };
    let bindings: Vec<Binding> = match object {
        None => known,
        Some(object) => {
            let mut entities = call.registry.modules().iter().flat_map(|module| module.entities);
            if !entities.any(|it| it.name.eq_ignore_ascii_case(object)) {
                return Err(ARGUMENT.say(format!("there is no kind of object {object}")).about("OBJECT"));
            }
            known.into_iter().filter(|it| it.entity.name.eq_ignore_ascii_case(object)).collect()
        }
    };
    let counts = count(call, &bindings, (user_id, resting))?;
    let total = counts.values().filter_map(Json::as_i64).sum();
    let items = if total > start { page(call, &bindings, (user_id, resting), start)? } else { Vec::new() };
    let after = start.saturating_add(PAGE);
    let next = Some(after).filter(|after| *after < total);
    Ok(Answer { total: Some(total), next, ..json!({ "items": items, "counts": counts }).into() })
}

/// Every record that names this person, with what it is called where the caller may know that.
///
/// Administrators know it; others know it of what rests on them, since they see that, and not of what they once
/// did.
pub fn everything(call: &mut Call<'_, '_>, user_id: i64) -> Result<Vec<Json>> {
    let bindings = all(call.registry);
    let mut sql = Sql::new("select place, field_id, record_id from (");
    write_all(&mut sql, &bindings, (user_id, false));
    sql.push(") as everywhere order by place, field_id, record_id");
    let rows = call.tx.rows(&sql)?;
    let mut items = items(call, &bindings, &rows)?;
    let mut called: HashMap<(&'static str, i64), String> = HashMap::new();
    let knows_all = call.caller.may(Right::Administer);
    for chunk in rows.chunks(CHUNK) {
        for (place, binding) in (0i64..).zip(&bindings) {
            let is_known = knows_all || binding.field.is_some_and(|it| !it.deed);
            let title = binding.entity.fields.iter().find(|it| it.titles);
            let Some(Stored::Column(title)) = title.filter(|_| is_known).map(|it| it.stored) else { continue };
            let of_place = chunk.iter().filter(|row| row.opt_int(0) == Some(place));
            let ids: Vec<i64> = of_place.filter_map(|row| row.opt_int(2)).collect();
            if ids.is_empty() {
                continue;
            }
            let mut sql = Sql::new("select ");
            sql.push(binding.entity.id).push(", ").push(title).push(" from ").push(binding.entity.table);
            sql.push(" where ").push(binding.entity.id).push(" in (").bind_all(ids).push(")");
            for row in call.tx.rows(&sql)? {
                called.insert((binding.entity.name, row.int(0)?), row.text(1).to_owned());
            }
        }
    }
    for (item, row) in items.iter_mut().zip(&rows) {
        let Some(binding) = binding_of(&bindings, row)? else { continue };
        let is_known = knows_all || binding.field.is_some_and(|it| !it.deed);
        let title = called.get(&(binding.entity.name, row.int(2)?)).filter(|_| is_known);
        if let Some(title) = title {
            item["TITLE"] = title.as_str().into();
        }
    }
    // From outside, not everyone who names someone is known to them.
    if call.caller.extranet && !knows_all {
        let own = Json::from(user_id.to_string());
        items.retain(|it| it["OBJECT"] != "user" || it["OBJECT_ID"] == own);
    }
    Ok(items)
}

/// Writes the queries of all places as one, each with its number, so that the work does not grow with their number.
fn write_all(sql: &mut Sql, bindings: &[Binding], asked: (i64, bool)) {
    sql.join((0i64..).zip(bindings), " union all ", |sql, (number, binding)| {
        sql.push("select cast(").bind(number).push(" as bigint) as place, field_id, record_id from (");
        binding.write(sql, asked.0, asked.1);
        sql.push(") as found");
    });
}

fn count(call: &mut Call<'_, '_>, bindings: &[Binding], asked: (i64, bool)) -> Result<Map<String, Json>> {
    let mut counts: Map<String, Json> = Map::new();
    if bindings.is_empty() {
        return Ok(counts);
    }
    let mut sql = Sql::new("select place, count(*) from (");
    write_all(&mut sql, bindings, asked);
    sql.push(") as everywhere group by place order by place");
    for row in call.tx.rows(&sql)? {
        if let Some(binding) = binding_of(bindings, &row)? {
            let known = counts.get(binding.entity.name).and_then(Json::as_i64).unwrap_or(0);
            counts.insert(binding.entity.name.to_owned(), (known + row.int(1)?).into());
        }
    }
    Ok(counts)
}

fn page(call: &mut Call<'_, '_>, bindings: &[Binding], asked: (i64, bool), start: i64) -> Result<Vec<Json>> {
    let mut sql = Sql::new("select place, field_id, record_id from (");
    write_all(&mut sql, bindings, asked);
    sql.push(") as everywhere order by place, field_id, record_id limit ").bind(PAGE).push(" offset ").bind(start);
    let rows = call.tx.rows(&sql)?;
    items(call, bindings, &rows)
}

fn items(call: &mut Call<'_, '_>, bindings: &[Binding], rows: &[Row]) -> Result<Vec<Json>> {
    let names = custom_names(call, rows)?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
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
    let ids: BTreeSet<i64> = rows.iter().filter_map(|row| row.opt_int(1)).filter(|id| *id != 0).collect();
    for id in ids {
        sql.push(", ").bind(id);
    }
    sql.push(")");
    call.tx.rows(&sql)?.iter().map(|row| Ok((row.int(0)?, row.text(1).to_owned()))).collect()
}

/// What a module does about its records that pass to someone else, such as writing their history and telling of them.
#[derive(Clone, Copy)]
pub struct HandOver {
    /// The kind of record.
    pub entity: &'static Entity,
    /// Gets the records that are about to name someone else, by their IDs, and what makes them do so, which it calls once.
    pub around: fn(&mut Call<'_, '_>, &[i64], Pass<'_>) -> Result<()>,
}

/// What puts someone else into records.
pub type Pass<'a> = &'a mut dyn FnMut(&mut Call<'_, '_>) -> Result<()>;

/// Puts `to` in the place of `from` wherever something rests on them, whatever module it belongs to.
///
/// What no column holds by itself, such as the owner of a workgroup, is handed over by its module.
pub fn hand_over(call: &mut Call<'_, '_>, from: i64, to: i64) -> Result<()> {
    let duties = duties(call.registry);
    // All places of a kind of record together, so that its module hears of each record once.
    for of_entity in duties.chunk_by(|one, next| one.entity.name == next.entity.name) {
        let entity = of_entity[0].entity;
        let mut declared = call.registry.modules().iter().flat_map(|module| module.hand_overs);
        let Some(module) = declared.find(|it| it.entity.name == entity.name) else {
            pass(call, of_entity, from, to)?;
            continue;
        };
        let ids = resting(call, of_entity, from)?;
        if !ids.is_empty() {
            (module.around)(call, &ids, &mut |call| pass(call, of_entity, from, to))?;
        }
    }
    Ok(())
}

/// The records of these places that rest on the person, in their order.
fn resting(call: &mut Call<'_, '_>, bindings: &[Binding], user_id: i64) -> Result<Vec<i64>> {
    let mut sql = Sql::new("select distinct record_id from (");
    write_all(&mut sql, bindings, (user_id, true));
    sql.push(") as everywhere order by record_id");
    Ok(call.tx.ints(&sql)?)
}

fn pass(call: &mut Call<'_, '_>, bindings: &[Binding], from: i64, to: i64) -> Result<()> {
    for binding in bindings {
        match (binding.field.map(|it| it.stored), binding.entity.custom) {
            (Some(Stored::Column(column)), _) => {
                let table = binding.entity.table;
                let own = column.strip_prefix(table).and_then(|it| it.strip_prefix('.'));
                let Some(name) = own.filter(|it| !it.contains(['(', ' ', '.'])) else { continue };
                let mut sql = Sql::new("update ");
                sql.push(table).push(" set ").push(name).push(" = ").bind(to).push(" where ").push(column);
                sql.push(" = ").bind(from);
                binding.write_resting(&mut sql, binding.entity.id);
                call.tx.run(&sql)?;
            }
            (Some(Stored::Link { table, owner, value }), _) => {
                // Whoever is there already is not there twice.
                let mut sql = Sql::new("delete from ");
                sql.push(table).push(" where ").push(value).push(" = ").bind(from).push(" and ").push(owner);
                sql.push(" in (select ").push(owner).push(" from ").push(table).push(" where ").push(value);
                sql.push(" = ").bind(to).push(")");
                binding.write_resting(&mut sql, owner);
                call.tx.run(&sql)?;
                let mut sql = Sql::new("update ");
                sql.push(table).push(" set ").push(value).push(" = ").bind(to).push(" where ").push(value);
                sql.push(" = ").bind(from);
                binding.write_resting(&mut sql, owner);
                call.tx.run(&sql)?;
            }
            (None, Some(custom)) => hand_over_custom(call, custom.entity, from, to)?,
            _ => {}
        }
    }
    Ok(())
}

fn hand_over_custom(call: &mut Call<'_, '_>, entity: &'static str, from: i64, to: i64) -> Result<()> {
    let kind = CustomKind::Employee.name();
    // Whoever is there already is not there twice.
    call.tx.run(&Sql::with(
        "delete from custom_values where int_value = $1
            and field_id in (select id from custom_fields where entity = $2 and kind = $3)
            and exists (select 1 from custom_values o where o.field_id = custom_values.field_id
                and o.record_id = custom_values.record_id and o.int_value = $4)",
        [from.into(), entity.into(), kind.into(), to.into()],
    ))?;
    call.tx.run(&Sql::with(
        "update custom_values set int_value = $1 where int_value = $2
            and field_id in (select id from custom_fields where entity = $3 and kind = $4)",
        [to.into(), from.into(), entity.into(), kind.into()],
    ))?;
    Ok(())
}
