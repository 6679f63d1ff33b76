//! From a condition to SQL. This cannot fail.
//!
//! A comparison with a null column is null in SQL. Where a condition stands as it is, null counts as «does not pass»,
//! and nothing has to be done: the plain comparison can use an index. Under a `not` it would wrongly stay null, so there
//! every comparison is made whole with `coalesce`.

use crate::{
    Call,
    field::{Entity, Field, Kind, Rows, Stored},
    filter::{Cond, Test},
};
use muster_db::{Sql, Value};
use std::collections::HashMap;

/// What a condition's SQL depends on beside the condition.
#[derive(Clone, Copy)]
pub struct Place {
    /// The column of the record's ID.
    pub id: &'static str,
    /// The present, in seconds.
    pub now: i64,
    /// The person who asks.
    pub caller_id: i64,
}

impl Place {
    /// Where a call reads records of this entity.
    pub fn of(call: &Call<'_, '_>, entity: &Entity) -> Place {
        Place { id: entity.id, now: call.now, caller_id: call.caller.user_id }
    }
}

/// Writes a condition.
pub fn write(cond: &Cond, sql: &mut Sql, place: Place) {
    write_in(cond, sql, place, false);
}

fn write_in(cond: &Cond, sql: &mut Sql, place: Place, negated: bool) {
    match cond {
        Cond::Never => {
            sql.push("1 = 0");
        }
        Cond::All(conds) => {
            let groups = conjuncts(conds);
            list(&groups, sql, " and ", "1 = 1", &mut |sql, group| match group.as_slice() {
                [one] => write_in(one, sql, place, negated),
                several => together(several, sql, place),
            });
        }
        Cond::Any(conds) => list(conds, sql, " or ", "1 = 0", &mut |sql, it| write_in(it, sql, place, negated)),
        Cond::Not(cond) => {
            sql.push("not (");
            write_in(cond, sql, place, true);
            sql.push(")");
        }
        Cond::Found(field, text) => {
            if let Stored::Search(find) = field.stored {
                find(sql, text);
            }
        }
        Cond::Empty(field) => empty(field, sql, place),
        Cond::In(field, _) | Cond::Between(field, ..) | Cond::Field(field, ..) => {
            on_value(field, sql, place, negated, |sql, compared| test(cond, sql, compared));
        }
    }
}

/// Takes conditions that all have to hold apart, and puts those on one custom field of a single value together.
///
/// Each end of a range alone passes for half of all records; together they are one short walk along an index.
fn conjuncts(conds: &[Cond]) -> Vec<Vec<&Cond>> {
    let mut groups: Vec<Vec<&Cond>> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut left: Vec<&Cond> = conds.iter().rev().collect();
    while let Some(cond) = left.pop() {
        if let Cond::All(inner) = cond {
            left.extend(inner.iter().rev());
            continue;
        }
        let name = single_custom(cond).map(|field| field.name);
        match name.and_then(|name| known.get(name)) {
            Some(group) => groups[*group].push(cond),
            None => {
                known.extend(name.map(|name| (name, groups.len())));
                groups.push(vec![cond]);
            }
        }
    }
    groups
}

/// The custom field that a condition tests the only value of.
fn single_custom(cond: &Cond) -> Option<&'static Field> {
    match cond {
        Cond::In(field, _) | Cond::Between(field, ..) | Cond::Field(field, ..) => {
            matches!(field.stored, Stored::Custom { many: false, .. }).then_some(*field)
        }
        _ => None,
    }
}

/// Writes several tests of one value as one.
fn together(conds: &[&Cond], sql: &mut Sql, place: Place) {
    let Some((field, rows)) =
        conds.first().and_then(|it| single_custom(it)).and_then(|it| Some((it, it.stored.rows()?)))
    else {
        return;
    };
    sql.push(place.id).push(" in (select ");
    write_rows(sql, rows);
    for cond in conds {
        sql.push(" and ");
        test(cond, sql, compared(field, rows.value));
    }
    sql.push(")");
}

/// Writes the test of a value.
fn test(cond: &Cond, sql: &mut Sql, compared: Compared) {
    match cond {
        Cond::In(_, values) => {
            compared.write(sql);
            match values.as_slice() {
                [one] => sql.push(" = ").bind(one.clone()),
                many => sql.push(" in (").bind_all(many.iter().cloned()).push(")"),
            };
        }
        Cond::Between(_, low, high) => {
            compared.write(sql);
            sql.push(" between ").bind(low.clone()).push(" and ").bind(high.clone());
        }
        Cond::Field(_, test, value) => test_one(sql, compared, *test, value),
        // Nothing else is about one value.
        _ => {
            sql.push("1 = 0");
        }
    }
}

/// Writes conditions with a word between them, halving the list again and again: SQLite bounds how deep an expression may
/// be nested, and a plain chain of a thousand of them is a thousand deep.
fn list<T>(conds: &[T], sql: &mut Sql, between: &'static str, none: &'static str, write: &mut dyn FnMut(&mut Sql, &T)) {
    match conds {
        [] => {
            sql.push(none);
        }
        [one] => write(sql, one),
        few if few.len() <= FLAT => {
            sql.push("(").join(few, between, write).push(")");
        }
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            sql.push("(");
            list(left, sql, between, none, write);
            sql.push(between);
            list(right, sql, between, none, write);
            sql.push(")");
        }
    }
}

/// How many conditions stand beside each other without parentheses.
const FLAT: usize = 16;

/// What a field's values are compared by.
#[derive(Clone, Copy)]
enum Compared {
    /// A column as it is.
    Column(&'static str),
    /// A column of folded texts.
    Key(&'static str),
    /// A text column with its case folded.
    Folded(&'static str),
    /// A custom field's text: its folded beginning, and for `like` the whole of it.
    Custom,
    /// A custom field's number: itself, and for `like` the text that is kept beside it.
    CustomReal,
    /// Whether the instant in a column is at least this one.
    Since(&'static str, i64),
    /// What this SQL gives.
    Computed(fn(&mut Sql, Place), Place),
}

impl Compared {
    fn write(self, sql: &mut Sql) {
        match self {
            Compared::Column(column) | Compared::Key(column) => sql.push(column),
            Compared::Folded(column) => sql.push("fold(").push(column).push(")"),
            Compared::Custom => sql.push("text_key"),
            Compared::CustomReal => sql.push("real_value"),
            Compared::Since(column, instant) => {
                sql.push("(case when ").push(column).push(" >= ").bind(instant).push(" then 1 else 0 end)")
            }
            Compared::Computed(write, place) => {
                write(sql, place);
                sql
            }
        };
    }

    /// The same as text without its case, for `like` on any kind.
    fn write_text(self, sql: &mut Sql) {
        match self {
            Compared::Folded(_) | Compared::Key(_) => self.write(sql),
            Compared::Custom => Compared::Folded("text_value").write(sql),
            Compared::CustomReal => Compared::Key("text_key").write(sql),
            _ => {
                sql.push("fold(cast(");
                self.write(sql);
                sql.push(" as text))");
            }
        }
    }
}

/// Calls `test` on what the field is compared by; for a field of many values, around the row that holds one of them.
fn on_value(field: &Field, sql: &mut Sql, place: Place, negated: bool, test: impl FnOnce(&mut Sql, Compared)) {
    if let Some(rows) = field.stored.rows() {
        sql.push(place.id).push(" in (select ");
        write_rows(sql, rows);
        sql.push(if rows.field_id.is_some() { " and " } else { " where " });
        test(sql, compared(field, rows.value));
        sql.push(")");
        return;
    }
    match field.stored {
        Stored::Recent(column, seconds) => test(sql, Compared::Since(column, place.now - seconds)),
        Stored::Column(_) | Stored::Computed(_) => {
            sql.push(if negated { "coalesce(" } else { "" });
            test(sql, own_value(field, place));
            sql.push(if negated { ", 1 = 0)" } else { "" });
        }
        Stored::Search(_) | Stored::Link { .. } | Stored::Custom { .. } => test(sql, Compared::Column("null")),
    }
}

/// Writes the owners of a field's rows, up to where a further condition follows.
fn write_rows(sql: &mut Sql, rows: Rows) {
    sql.push(rows.owner).push(" from ").push(rows.table);
    if let Some(field_id) = rows.field_id {
        sql.push(" where field_id = ").bind(field_id);
    }
}

/// The query for the records that have a value which passes a test, if the values are in rows of their own.
pub(crate) fn owners(cond: &Cond) -> Option<Sql> {
    let (Cond::In(field, _) | Cond::Between(field, ..) | Cond::Field(field, ..)) = cond else { return None };
    let rows = field.stored.rows()?;
    let mut sql = Sql::new("select ");
    write_rows(&mut sql, rows);
    sql.push(if rows.field_id.is_some() { " and " } else { " where " });
    test(cond, &mut sql, compared(field, rows.value));
    Some(sql)
}

/// What a value in the record's own row is compared by.
fn own_value(field: &Field, place: Place) -> Compared {
    match field.stored {
        Stored::Computed(write) => Compared::Computed(write, place),
        Stored::Column(column) => compared(field, column),
        _ => Compared::Column("null"),
    }
}

fn compared(field: &Field, column: &'static str) -> Compared {
    if let Stored::Custom { .. } = field.stored {
        return match (field.key, field.kind) {
            (Some(_), Kind::Real) => Compared::CustomReal,
            (Some(_), _) => Compared::Custom,
            (None, _) => Compared::Column(column),
        };
    }
    match (field.key, field.kind) {
        (Some(key), _) => Compared::Key(key.column),
        (None, Kind::Text | Kind::Image | Kind::File) => Compared::Folded(column),
        _ => Compared::Column(column),
    }
}

fn test_one(sql: &mut Sql, compared: Compared, test: Test, value: &Value) {
    let operator = match test {
        // What a range asks for has become two bounds before it comes here.
        Test::Plain | Test::Eq | Test::Between => " = ",
        Test::Lt => " < ",
        Test::Le => " <= ",
        Test::Gt => " > ",
        Test::Ge => " >= ",
        Test::Contains | Test::Like => return like(sql, compared, test, value),
    };
    compared.write(sql);
    sql.push(operator).bind(value.clone());
}

fn like(sql: &mut Sql, compared: Compared, test: Test, value: &Value) {
    let pattern = pattern(value, test);
    if pattern.len() > LONGEST_PATTERN {
        // No field is as long as that, so nothing is like it.
        sql.push("1 = 0");
        return;
    }
    compared.write_text(sql);
    sql.push(" like ").bind(pattern).push(" escape '\\'");
}

/// SQLite refuses patterns of more than 50,000 bytes.
pub(crate) const LONGEST_PATTERN: usize = 45_000;

/// A LIKE pattern. With [`Test::Like`] the client's `%` stays a wildcard; nothing else ever is one.
pub(crate) fn pattern(value: &Value, test: Test) -> String {
    let Value::Text(text) = value else { return String::new() };
    let escaped = text.replace('\\', "\\\\").replace('_', "\\_");
    if test == Test::Like { escaped } else { format!("%{}%", escaped.replace('%', "\\%")) }
}

fn empty(field: &Field, sql: &mut Sql, place: Place) {
    if let Some(rows) = field.stored.rows() {
        sql.push(place.id).push(" not in (select ");
        write_rows(sql, rows);
        sql.push(")");
        return;
    }
    match field.stored {
        Stored::Column(column) => {
            sql.push(column).push(" is null");
        }
        Stored::Computed(write) => {
            write(sql, place);
            sql.push(" is null");
        }
        // Something computed always has a value.
        Stored::Recent(..) | Stored::Search(_) | Stored::Link { .. } | Stored::Custom { .. } => {
            sql.push("1 = 0");
        }
    }
}

/// Writes what to sort by: nulls before everything, whatever the engine would do by itself.
pub fn order(sql: &mut Sql, field: &Field, descending: bool, place: Place) {
    match field.stored {
        Stored::Link { .. } | Stored::Custom { .. } => {
            if let Some(rows) = field.stored.rows() {
                // Asked for the least of one value, SQLite walks the index of all values from its beginning.
                let (before, after) =
                    if field.is_many() { ("(select min(", ") from ") } else { ("(select ", " from ") };
                sql.push(before);
                compared(field, rows.value).write(sql);
                sql.push(after).push(rows.table).push(if field.is_many() {
                    " where "
                } else {
                    " where position = 0 and "
                });
                if let Some(field_id) = rows.field_id {
                    sql.push("field_id = ").bind(field_id).push(" and ");
                }
                sql.push(rows.owner).push(" = ").push(place.id).push(")");
            }
        }
        Stored::Recent(column, seconds) => Compared::Since(column, place.now - seconds).write(sql),
        Stored::Column(_) | Stored::Computed(_) => own_value(field, place).write(sql),
        Stored::Search(_) => {
            sql.push(place.id);
        }
    }
    sql.push(if descending { " desc nulls last" } else { " asc nulls first" });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::field;
    use crate::filter::condition;
    use crate::json;
    use jiff::tz::TimeZone;

    static ID: Field = field("ID", "users.id", Kind::Id);
    static NAME: Field = field("NAME", "users.name", Kind::Text).key("users.name_key");
    static CITY: Field = field("CITY", "users.city", Kind::Text);
    static BORN: Field = field("BORN", "users.born", Kind::Date);
    static SEEN: Field = field("SEEN", "users.seen", Kind::Instant(crate::time::Style::Iso));
    static TEAM: Field =
        field("TEAM", "", Kind::Int).stored(Stored::Link { table: "teams", owner: "user_id", value: "team_id" });

    #[track_caller]
    fn check(field: &'static Field, key: &str, value: &crate::Json, text: &str) {
        let (test, negated, _) = crate::filter::split(key);
        let mut sql = Sql::default();
        let cond = condition(field, test, negated, value, &TimeZone::UTC);
        write(&cond, &mut sql, Place { id: "users.id", now: 1000, caller_id: 1 });
        let mut shown = sql.text().to_owned();
        for (index, value) in sql.args().iter().enumerate().rev() {
            let value = match value {
                Value::Int(it) => it.to_string(),
                Value::Text(it) => format!("'{it}'"),
                other => format!("{other:?}"),
            };
            shown = shown.replace(&format!("${}", index + 1), &value);
        }
        assert_eq!(shown, text);
    }

    #[test]
    fn conditions_become_sql() {
        check(&ID, "ID", &json!("7"), "users.id = 7");
        check(&ID, "@ID", &json!([1, "2"]), "users.id in (1, 2)");
        check(&ID, "!@ID", &json!([1, 2]), "not (coalesce(users.id in (1, 2), 1 = 0))");
        check(&ID, ">=ID", &json!("x"), "1 = 0");
        check(&ID, "!ID", &json!("x"), "1 = 0");
        check(&ID, "!@ID", &json!([]), "1 = 1");
        check(&ID, "!=%ID", &json!([]), "1 = 1");
        check(&NAME, "NAME", &json!("Müller"), "users.name_key = 'muller'");
        check(&NAME, "%NAME", &json!("50%_"), "users.name_key like '%50\\%\\_%' escape '\\'");
        check(&CITY, "=%CITY", &json!("Ber%"), "fold(users.city) like 'ber%' escape '\\'");
        check(&CITY, "CITY", &json!("Ber%"), "fold(users.city) like 'ber%' escape '\\'");
        check(&CITY, "=CITY", &json!("Ber%"), "fold(users.city) = 'ber%'");
        check(&CITY, "!CITY", &json!(null), "not (users.city is null)");
        check(&CITY, "CITY", &json!(["", "Bonn"]), "(users.city is null or fold(users.city) = 'bonn')");
        check(&BORN, "<BORN", &json!("14.07.2018"), "users.born < '2018-07-14'");
        check(&BORN, "<BORN", &json!("never"), "1 = 0");
        check(&SEEN, "SEEN", &json!("1970-01-02"), "(users.seen >= 86400 and users.seen < 172800)");
        check(&ID, "><ID", &json!([3, "7"]), "users.id between 3 and 7");
        check(&ID, "!><ID", &json!([3, 7]), "not (coalesce(users.id between 3 and 7, 1 = 0))");
        check(&ID, "!><ID", &json!([3, "x"]), "1 = 0");
        check(&ID, "><ID", &json!([3]), "1 = 0");
        check(&SEEN, "><SEEN", &json!(["1970-01-02", "1970-01-03"]), "users.seen between 86400 and 259199");
        check(&CITY, "?CITY", &json!("on"), "fold(users.city) like '%on%' escape '\\'");
        check(&TEAM, "TEAM", &json!(3), "users.id in (select user_id from teams where team_id = 3)");
        check(&TEAM, "!TEAM", &json!(null), "not (users.id not in (select user_id from teams))");
    }

    #[test]
    fn both_ends_of_a_range_are_one_walk() {
        static RANK: Field =
            field("RANK", "", Kind::Int).stored(Stored::Custom { id: 3, column: "int_value", many: false });
        let cond = |key: &str, value: i64| {
            let (test, negated, _) = crate::filter::split(key);
            condition(&RANK, test, negated, &json!(value), &TimeZone::UTC)
        };
        let mut sql = Sql::default();
        let conds = Cond::All(vec![cond(">=RANK", 5), Cond::All(vec![cond("<RANK", 9)]), cond("!RANK", 7)]);
        write(&conds, &mut sql, Place { id: "users.id", now: 0, caller_id: 1 });
        assert_eq!(
            sql.text(),
            "(users.id in (select record_id from custom_values where field_id = $1 and int_value >= $2 and int_value < $3) \
             and not (users.id in (select record_id from custom_values where field_id = $4 and int_value = $5)))"
        );
    }
}
