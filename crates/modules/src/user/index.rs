//! What the index in memory holds of people.

use super::fields::USER;
use muster_core::index::Spec;
use muster_db::{DbError, Tx};

/// The index of people. What is not here is found by SQL: by its index where it has one, such as an e-mail address.
pub static INDEX: Spec = Spec {
    entity: &USER,
    records: "people",
    bound: "index_people",
    fields: &[
        "ACTIVE",
        "NAME",
        "LAST_NAME",
        "SECOND_NAME",
        "DATE_REGISTER",
        "TIMESTAMP_X",
        "PERSONAL_GENDER",
        "PERSONAL_BIRTHDAY",
        "PERSONAL_CITY",
        "PERSONAL_STATE",
        "PERSONAL_COUNTRY",
        "WORK_POSITION",
        "WORK_CITY",
        "WORK_COUNTRY",
        "UF_EMPLOYMENT_DATE",
        "UF_DEPARTMENT",
        "USER_TYPE",
    ],
    searches: &[
        ("FIND", ANY),
        ("NAME_SEARCH", ANY),
        ("NAME_BEGINS", &["NAME"]),
        ("LAST_NAME_BEGINS", &["LAST_NAME"]),
        ("SECOND_NAME_BEGINS", &["SECOND_NAME"]),
        ("WORK_POSITION_BEGINS", &["WORK_POSITION"]),
        ("UF_DEPARTMENT_NAME", &["UF_DEPARTMENT"]),
    ],
    named: Some(("UF_DEPARTMENT", "select department_id, word from department_words")),
    changes: "user_changes",
    meanings: &[],
    followed: &[],
    beside: None,
    referring: &[],
};

const ANY: &[&str] = &["NAME", "LAST_NAME", "SECOND_NAME", "WORK_POSITION", "UF_DEPARTMENT"];

/// Notes that a person was written.
///
/// The ID may be [`NAMES`](muster_core::index::NAMES) or [`ALL`](muster_core::index::ALL) instead. Whatever writes to the tables of people or of departments' names has to say so in its transaction.
pub fn changed(tx: &mut Tx<'_>, id: i64) -> Result<(), DbError> {
    INDEX.note(tx, id)
}
