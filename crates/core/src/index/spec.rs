//! What an index holds, as a module declares it.

use crate::{
    Call, Result,
    compile::Place,
    field::{Entity, Field},
    filter::Cond,
};
use muster_db::{DbError, Sql, Tx};

/// What is indexed of a kind of record.
pub struct Spec {
    /// Of which entity. Others that are read from the same table are found by the same index.
    pub entity: &'static Entity,
    /// What its records are called together, such as «people».
    pub records: &'static str,
    /// The key of the configuration that says how many records the index may hold.
    pub bound: &'static str,
    /// The fields, by name: columns of the entity's own table, and fields of many values.
    pub fields: &'static [&'static str],
    /// The fields that records are found by, with the fields in whose words each of them looks.
    pub searches: &'static [(&'static str, &'static [&'static str])],
    /// A field whose values have names to be found by, and the query for its values and the words of their names.
    pub named: Option<(&'static str, &'static str)>,
    /// The table of changes: a row for each record that was written or deleted; [`NAMES`] and [`ALL`] stand for more.
    pub changes: &'static str,
    /// What conditions on fields mean that are no values of the record alone.
    pub meanings: &'static [Meaning],
    /// Fields that are computed from other tables, and of whose changes the table of changes tells all the same.
    pub followed: &'static [&'static str],
    /// Values that depend on who asks, read together for a page of records.
    pub beside: Option<Beside>,
    /// What changes by itself when other records are deleted.
    pub referring: &'static [Referring],
}

/// In the table of changes: a name of [`Spec::named`] has changed.
pub const NAMES: i64 = 0;
/// In the table of changes: more records were written than can be named.
pub const ALL: i64 = -1;

/// What a condition on a field means in terms of fields that are indexed.
pub struct Meaning {
    /// The field's name.
    pub field: &'static str,
    /// The condition that holds for the same records, which may name records by ID. `None` if SQL has to answer.
    pub find: fn(&mut Tx<'_>, &Cond, Place) -> std::result::Result<Option<Cond>, DbError>,
}

/// How numbers that depend on who asks are read for a page of records: together, where each field by itself would look the
/// same rows up again, and only where there is something to read.
pub struct Beside {
    /// The fields by their names, each with what it is of a record of which nothing is read.
    pub fields: &'static [(&'static str, Option<i64>)],
    /// Reads these fields of these records, as far as they are something else.
    pub read: ReadBeside,
}

/// Reads numbers: of which field, of which record, and the number.
pub type ReadBeside = fn(&mut Call<'_, '_>, &[&'static Field], &[i64]) -> Result<Vec<(&'static Field, i64, i64)>>;

/// A field that names a record of some table, and forgets it when that is deleted.
pub struct Referring {
    /// The table; the entity's own one too.
    pub table: &'static str,
    /// The field's name. It has to be indexed.
    pub field: &'static str,
}

/// How many fields of an index may be [`Referring`], for numbers below [`ALL`] to tell them apart.
const FIELDS: i64 = 16;

impl Spec {
    /// Notes that a record was written or deleted. Whatever writes to the tables of the entity has to say so in its
    /// transaction.
    pub fn note(&self, tx: &mut Tx<'_>, id: i64) -> std::result::Result<(), DbError> {
        let mut sql = Sql::new("insert into ");
        sql.push(self.changes).push(" (record_id) values (").bind(id).push(")");
        tx.run(&sql).map(drop)
    }

    /// The field and the deleted record that a number in the table of changes means, if it is below [`ALL`].
    ///
    /// It says that those records have changed that named the deleted one: which ones the index knows best, whatever else
    /// was written at the same time.
    pub(super) fn forgotten(&self, number: i64) -> Option<(&'static str, i64)> {
        let number = ALL - 1 - number;
        let place = usize::try_from(number % FIELDS).ok()?;
        Some((self.referring.get(place)?.field, number / FIELDS))
    }
}

/// Notes that a record of this table is deleted, for all indexes of records that may name it, whatever module they belong
/// to. To be called in the transaction that deletes it.
pub fn deleted(call: &mut Call<'_, '_>, table: &str, id: i64) -> Result<()> {
    for spec in call.registry.indexes() {
        for (place, it) in (0..FIELDS).zip(spec.referring) {
            if it.table == table {
                spec.note(call.tx, ALL - 1 - (id * FIELDS + place))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    static THING: Entity = Entity {
        name: "thing",
        table: "things",
        joins: &[],
        id: "things.id",
        sparse: false,
        camel: false,
        custom: None,
        fields: &[] as &[Field],
    };

    #[test]
    fn what_was_deleted_is_one_number() {
        let referring = &[Referring { table: "groups", field: "GROUP" }, Referring { table: "stages", field: "STAGE" }];
        let spec = Spec {
            entity: &THING,
            records: "things",
            bound: "",
            fields: &[],
            searches: &[],
            named: None,
            changes: "",
            meanings: &[],
            followed: &[],
            beside: None,
            referring,
        };
        for id in [1, 2, 77, i64::from(u32::MAX)] {
            for (place, field) in [(0, "GROUP"), (1, "STAGE")] {
                let number = ALL - 1 - (id * FIELDS + place);
                assert!(number < ALL);
                assert_eq!(spec.forgotten(number), Some((field, id)));
            }
        }
        assert_eq!(spec.forgotten(ALL - 1 - 2), None);
    }
}
