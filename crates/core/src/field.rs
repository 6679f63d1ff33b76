//! Fields: what an entity has, declared once in a const table and read by every other part.

use crate::{
    call::{Caller, Right},
    compile::Place,
    custom::{Custom, VALUES},
    text::search_key,
    time::Style,
};
use muster_db::{Sql, fold};
use std::borrow::Cow;

/// What a field's values are, and how an answer shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number shown as text, as the original shows most IDs.
    Id,
    /// A number.
    Int,
    /// A text of any length up to [`Field::max`].
    Text,
    /// One of these texts, or empty.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Bool,
    /// `"Y"` or `"N"`.
    YesNo,
    /// A calendar date.
    Date,
    /// An instant.
    Instant(Style),
    /// A picture: stored as a file's key, shown as its address.
    Image,
    /// Any file: stored as its key, shown as its address.
    File,
    /// A number with a fraction.
    Real,
    /// `"1"` or `"0"`.
    ZeroOne,
    /// A person, by ID: a value must be someone who exists, and `user.references` finds it.
    User,
    /// One of these numbers, each shown as its word.
    Choice(&'static [(&'static str, i64)]),
}

/// Where a field's values are.
#[derive(Clone, Copy)]
pub enum Stored {
    /// In a column of the entity's own tables.
    Column(&'static str),
    /// Many values, in the rows of a table of their own.
    Link {
        /// The table.
        table: &'static str,
        /// Its column that names the record.
        owner: &'static str,
        /// Its column that holds a value.
        value: &'static str,
    },
    /// A custom field, in the rows of [`VALUES`].
    Custom {
        /// The ID of its definition.
        id: i64,
        /// The column that its values are in.
        column: &'static str,
        /// Whether a record may have several values.
        many: bool,
    },
    /// True if the instant in this column is at most so many seconds ago.
    Recent(&'static str, i64),
    /// What this SQL gives: a value that depends on who asks or when, such as whether a record is among the caller's
    /// favorites.
    Computed(fn(&mut Sql, Place)),
    /// Only in filters: writes the condition that a record is found by these words.
    Search(fn(&mut Sql, &str)),
}

/// The rows that hold the values of a field, when they are not in the record's own row.
#[derive(Clone, Copy)]
pub struct Rows {
    /// The table. It has a column `position` to order by.
    pub table: &'static str,
    /// Its column that names the record.
    pub owner: &'static str,
    /// Its column that holds a value.
    pub value: &'static str,
    /// The custom field that the rows belong to, where the table holds several.
    pub field_id: Option<i64>,
}

impl Stored {
    /// The rows that hold the values, unless they are in the record's own row.
    pub fn rows(self) -> Option<Rows> {
        match self {
            Stored::Link { table, owner, value } => Some(Rows { table, owner, value, field_id: None }),
            Stored::Custom { id, column, .. } => {
                Some(Rows { table: VALUES, owner: "record_id", value: column, field_id: Some(id) })
            }
            Stored::Column(_) | Stored::Recent(..) | Stored::Computed(_) | Stored::Search(_) => None,
        }
    }
}

/// One field of an entity.
#[derive(Clone, Copy)]
pub struct Field {
    /// The name in the API, as clients know it.
    pub name: &'static str,
    /// Where its values are.
    pub stored: Stored,
    /// What its values are.
    pub kind: Kind,
    /// What `*.fields` calls it.
    pub title: &'static str,
    /// Clients may set it.
    pub writable: bool,
    /// Visible to callers that hold any of these scopes; empty means everyone.
    pub scopes: &'static [&'static str],
    /// Visible to callers with this right.
    pub right: Right,
    /// The most characters a text may have.
    pub max: usize,
    /// A column with the folded text, kept beside it by [`record`](crate::record). Where there is one, comparing and
    /// sorting go by it.
    pub key: Option<Key>,
    /// No value is shown as null instead of as an empty text.
    pub nullable: bool,
    /// People from outside the company do not see it.
    pub internal: bool,
    /// The number 0 stands for no value, when it is sent and, unless no value is null, when it is shown.
    pub zero: bool,
    /// Only a way to filter and sort, no part of a record.
    pub aside: bool,
    /// What a record is called by, for lists of records of many kinds.
    pub titles: bool,
    /// Of several IDs: each is shown as a text, and not as a number.
    pub quoted: bool,
    /// Of a person: they may change it themselves, and not only whoever manages people.
    pub own: bool,
    /// Of a person: says what they did, so it stays theirs whoever takes over from them.
    pub deed: bool,
    /// Of a person: the condition under which the record still rests on them; empty if it always does.
    pub rests_while: &'static str,
}

/// A column with a folded copy of a text.
#[derive(Clone, Copy)]
pub struct Key {
    /// The column.
    pub column: &'static str,
    /// How the text is folded.
    pub fold: fn(&str) -> String,
}

/// A read-only field in a column; the methods below say more.
pub const fn field(name: &'static str, column: &'static str, kind: Kind) -> Field {
    Field {
        name,
        stored: Stored::Column(column),
        kind,
        title: name,
        writable: false,
        scopes: &[],
        right: Right::Anyone,
        max: 255,
        key: None,
        nullable: false,
        internal: false,
        zero: false,
        aside: false,
        titles: false,
        quoted: false,
        own: false,
        deed: false,
        rests_while: "",
    }
}

impl Field {
    /// What `*.fields` calls it.
    pub const fn title(self, title: &'static str) -> Field {
        Field { title, ..self }
    }

    /// Clients may set it.
    pub const fn writable(self) -> Field {
        Field { writable: true, ..self }
    }

    /// Only callers that hold one of these scopes see it, filter or sort by it.
    pub const fn scopes(self, scopes: &'static [&'static str]) -> Field {
        Field { scopes, ..self }
    }

    /// Only callers with this right see it, filter or sort by it.
    pub const fn right(self, right: Right) -> Field {
        Field { right, ..self }
    }

    /// The most characters a text may have.
    pub const fn max(self, max: usize) -> Field {
        Field { max, ..self }
    }

    /// A column with the text's [`search_key`] is kept beside it: comparing and sorting ignore diacritics too.
    pub const fn key(self, column: &'static str) -> Field {
        Field { key: Some(Key { column, fold: search_key }), ..self }
    }

    /// A column with the text in one case is kept beside it, for values in which diacritics count.
    pub const fn case_key(self, column: &'static str) -> Field {
        Field { key: Some(Key { column, fold }), ..self }
    }

    /// No value is shown as null instead of as an empty text.
    pub const fn nullable(self) -> Field {
        Field { nullable: true, ..self }
    }

    /// People from outside the company neither see it nor filter or sort by it.
    pub const fn internal(self) -> Field {
        Field { internal: true, ..self }
    }

    /// The number 0 stands for no value.
    pub const fn zero(self) -> Field {
        Field { zero: true, ..self }
    }

    /// Only a way to filter and sort, no part of a record.
    pub const fn aside(self) -> Field {
        Field { aside: true, ..self }
    }

    /// What a record is called by.
    pub const fn titles(self) -> Field {
        Field { titles: true, ..self }
    }

    /// Of several IDs: each is shown as a text.
    pub const fn quoted(self) -> Field {
        Field { quoted: true, ..self }
    }

    /// Clients may set it, of themselves too.
    pub const fn own(self) -> Field {
        Field { writable: true, own: true, ..self }
    }

    /// Of a person: says what they did, so it stays theirs whoever takes over from them.
    pub const fn deed(self) -> Field {
        Field { deed: true, ..self }
    }

    /// Of a person: the record rests on them only while this condition holds.
    pub const fn rests_while(self, condition: &'static str) -> Field {
        Field { rests_while: condition, ..self }
    }

    /// Its values are elsewhere than in a column.
    pub const fn stored(self, stored: Stored) -> Field {
        Field { stored, ..self }
    }

    /// Whether this caller may know of it.
    pub fn is_visible(&self, caller: &Caller) -> bool {
        (self.scopes.is_empty() || caller.holds_any(self.scopes))
            && !(self.internal && caller.extranet)
            && caller.may(self.right)
    }

    /// Whether it is a part of a record, and not only a way to filter.
    pub fn is_shown(&self) -> bool {
        !self.aside && self.is_sortable()
    }

    /// Whether there is something to sort by.
    pub fn is_sortable(&self) -> bool {
        !matches!(self.stored, Stored::Search(_))
    }

    /// Whether a record holds many values of it.
    pub fn is_many(&self) -> bool {
        matches!(self.stored, Stored::Link { .. } | Stored::Custom { many: true, .. })
    }

    /// Whether `UF_*` selects it.
    pub fn is_custom(&self) -> bool {
        self.name.starts_with("UF_")
    }
}

/// A table beside the entity's own that holds at most one row for a record.
pub struct Join {
    /// What the columns in it begin with, such as `user_activity.`.
    pub prefix: &'static str,
    /// The SQL that joins it.
    pub sql: &'static str,
    /// Whether a change of its row is noted like a change of the record, in the table of changes of an index.
    pub is_followed: bool,
}

/// A kind of record and its fields.
pub struct Entity {
    /// Its name, such as `user`.
    pub name: &'static str,
    /// The table that records are written to.
    pub table: &'static str,
    /// Whether administrators may give it fields of their own.
    pub custom: Option<Custom>,
    /// What else a record may be read from.
    pub joins: &'static [Join],
    /// The column of the ID, with its table.
    pub id: &'static str,
    /// Its fields, in the order of an answer.
    pub fields: &'static [Field],
    /// Whether fields without a value are left out of a record instead of being shown empty.
    pub sparse: bool,
    /// Whether `RESPONSIBLE_ID` is shown as `responsibleId`. Either is then taken.
    pub camel: bool,
}

impl Entity {
    /// The field of this name, in any case.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|it| self.is_name(it, name))
    }

    /// Whether a client means this field by this name.
    pub fn is_name(&self, field: &Field, given: &str) -> bool {
        field.name.eq_ignore_ascii_case(given) || (self.camel && letters(field.name).eq(letters(given)))
    }

    /// What a field is called in an answer.
    pub fn shown_name(&self, field: &Field) -> Cow<'static, str> {
        if self.camel { Cow::Owned(camel(field.name)) } else { Cow::Borrowed(field.name) }
    }

    /// Writes what to read from: the table, and of the joins those that these fields need.
    ///
    /// Neither engine always sees by itself that a join changes nothing, and counting would pay for it.
    pub fn write_from(&self, sql: &mut Sql, fields: &[&'static Field]) {
        sql.push(self.table);
        for join in self.joins {
            let is_needed = |field: &&'static Field| match field.stored {
                Stored::Column(column) | Stored::Recent(column, _) => column.starts_with(join.prefix),
                Stored::Link { .. } | Stored::Custom { .. } | Stored::Computed(_) | Stored::Search(_) => false,
            };
            if fields.iter().any(is_needed) {
                sql.push(" ").push(join.sql);
            }
        }
    }

    /// Whether this caller may know of the field of this name, be it declared or custom. What is no field is not hidden.
    pub fn shows(&self, name: &str, caller: &Caller) -> bool {
        match (self.field(name), self.custom) {
            (Some(field), _) => field.is_visible(caller),
            (None, Some(custom)) if name.starts_with("UF_") => {
                caller.holds_any(custom.scopes) && caller.may(custom.right)
            }
            _ => true,
        }
    }

    /// The fields of a record that this caller may see.
    pub fn visible(&self, caller: &Caller) -> Vec<&'static Field> {
        self.fields.iter().filter(|it| it.is_shown() && it.is_visible(caller)).collect()
    }
}

/// The letters of a name, without what tells `RESPONSIBLE_ID` from `responsibleId`.
fn letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(|it| *it != b'_').map(|it| it.to_ascii_uppercase())
}

/// `NUMBER_OF_MEMBERS` as `numberOfMembers`.
pub fn camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for (index, word) in name.to_ascii_lowercase().split('_').enumerate() {
        let (first, rest) = word.split_at(word.len().min(1));
        camel.push_str(if index == 0 { first } else { "" });
        camel.extend(first.chars().filter(|_| index > 0).map(|it| it.to_ascii_uppercase()));
        camel.push_str(rest);
    }
    camel
}
