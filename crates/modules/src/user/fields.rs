//! The fields of a person, each declared once: name, column, kind, title and who may see it.

use muster_core::{
    call::Right::{self, SeeAddress, SeeBirthday, SeeContacts, SeeWorkPhones},
    custom::Custom,
    field::{Entity, Field, Join, Kind::*, Stored, field},
    text::{after, words},
    time::Style,
};
use muster_db::Sql;

/// Visible with any level of access.
const BRIEF: &[&str] = &["user", "user_basic", "user_brief"];
/// Visible with the basic and the full level: what it takes to reach people.
const BASIC: &[&str] = &["user", "user_basic"];
/// Visible with the full level only.
const FULL: &[&str] = &["user"];

/// The scopes of the methods that read people.
pub const ANY_LEVEL: &[&str] = BRIEF;
/// The scopes of the methods that change people.
pub const FULL_LEVEL: &[&str] = FULL;

/// For how long after their last call a person counts as online.
pub const ONLINE_SECONDS: i64 = 120;

/// The kinds of users. Bots and people who only write e-mails appear in no list unless they are asked for.
pub const TYPES: &[&str] = &["employee", "extranet", "email", "bot"];

const DEPARTMENTS: Stored = Stored::Link { table: "user_departments", owner: "user_id", value: "department_id" };

/// A person.
pub static USER: Entity = Entity {
    name: "user",
    table: "users",
    joins: &[Join {
        prefix: "user_activity.",
        sql: "left join user_activity on user_activity.user_id = users.id",
        is_followed: true,
    }],
    id: "users.id",
    sparse: false,
    camel: false,
    custom: Some(Custom {
        entity: "USER",
        module: "main",
        prefix: "UF_USR_",
        scopes: &["user", "user.userfield"],
        right: Right::SeeCustom,
    }),
    fields: FIELDS,
};

#[rustfmt::skip] // One line a field, so that a line is all there is to say about it.
static FIELDS: &[Field] = &[
    field("ID", "users.id", Id).scopes(BRIEF),
    field("XML_ID", "users.xml_id", Text).title("External code").scopes(BRIEF).writable(),
    field("ACTIVE", "users.active", Bool).title("Active").scopes(BRIEF),
    field("NAME", "users.name", Text).title("First name").scopes(BRIEF).key("users.name_key").max(25).own(),
    field("LAST_NAME", "users.last_name", Text).title("Last name").scopes(BRIEF).key("users.last_name_key").own(),
    field("SECOND_NAME", "users.second_name", Text).title("Middle name").scopes(BRIEF).key("users.second_name_key").own(),
    field("TITLE", "users.title", Text).title("Form of address").scopes(BRIEF).own(),
    field("EMAIL", "users.email", Text).title("E-mail").scopes(BASIC).case_key("users.email_key"),
    field("LAST_LOGIN", "user_activity.last_login_at", Instant(Style::Iso)).title("Last sign-in").scopes(FULL),
    field("DATE_REGISTER", "users.registered_at", Instant(Style::Iso)).title("Registered").scopes(BRIEF),
    field("TIME_ZONE", "users.time_zone", Text).title("Time zone").scopes(BRIEF).own(),
    field("IS_ONLINE", "", YesNo).stored(Stored::Recent("user_activity.last_activity_at", ONLINE_SECONDS)).title("Online").scopes(BRIEF),
    field("TIMESTAMP_X", "users.changed_at", Instant(Style::Dotted)).title("Last change").scopes(BRIEF),
    field("LAST_ACTIVITY_DATE", "user_activity.last_activity_at", Instant(Style::Plain)).title("Last activity").scopes(BRIEF),
    field("PERSONAL_GENDER", "users.personal_gender", OneOf(&["M", "F"])).title("Gender").scopes(BRIEF).own(),
    field("PERSONAL_PROFESSION", "users.personal_profession", Text).title("Profession").scopes(BRIEF).own(),
    field("PERSONAL_WWW", "users.personal_www", Text).title("Home page").scopes(FULL).right(SeeContacts).own(),
    field("PERSONAL_BIRTHDAY", "users.personal_birthday", Date).title("Date of birth").scopes(BRIEF).right(SeeBirthday).own(),
    field("PERSONAL_PHOTO", "users.personal_photo", Image).title("Photo").scopes(BRIEF).own(),
    field("PERSONAL_ICQ", "users.personal_icq", Text).title("ICQ").scopes(FULL).right(SeeContacts).own(),
    field("PERSONAL_PHONE", "users.personal_phone", Text).title("Personal phone").scopes(BASIC).right(SeeContacts).own(),
    field("PERSONAL_FAX", "users.personal_fax", Text).title("Personal fax").scopes(BASIC).right(SeeContacts).own(),
    field("PERSONAL_MOBILE", "users.personal_mobile", Text).title("Personal mobile").scopes(BASIC).right(SeeContacts).own(),
    field("PERSONAL_PAGER", "users.personal_pager", Text).title("Personal pager").scopes(BASIC).right(SeeContacts).own(),
    field("PERSONAL_STREET", "users.personal_street", Text).title("Street").scopes(BASIC).right(SeeAddress).own(),
    field("PERSONAL_CITY", "users.personal_city", Text).title("City").scopes(BRIEF).right(SeeAddress).own(),
    field("PERSONAL_STATE", "users.personal_state", Text).title("State or region").scopes(BRIEF).right(SeeAddress).own(),
    field("PERSONAL_ZIP", "users.personal_zip", Text).title("Postal code").scopes(BASIC).right(SeeAddress).own(),
    field("PERSONAL_COUNTRY", "users.personal_country", Text).title("Country").scopes(BRIEF).right(SeeAddress).own(),
    field("PERSONAL_MAILBOX", "users.personal_mailbox", Text).title("P.O. box").scopes(BASIC).right(SeeAddress).own(),
    field("PERSONAL_NOTES", "users.personal_notes", Text).title("Notes").scopes(BASIC).max(10_000).own(),
    field("WORK_PHONE", "users.work_phone", Text).title("Work phone").scopes(BASIC).right(SeeWorkPhones).own(),
    field("WORK_COMPANY", "users.work_company", Text).title("Company").scopes(BASIC).writable(),
    field("WORK_POSITION", "users.work_position", Text).title("Position").scopes(BRIEF).key("users.work_position_key").writable(),
    field("WORK_DEPARTMENT", "users.work_department", Text).title("Department in words").scopes(BASIC).writable(),
    field("WORK_WWW", "users.work_www", Text).title("Company website").scopes(BASIC).own(),
    field("WORK_FAX", "users.work_fax", Text).title("Work fax").scopes(BASIC).right(SeeWorkPhones).own(),
    field("WORK_PAGER", "users.work_pager", Text).title("Work pager").scopes(BASIC).right(SeeWorkPhones).own(),
    field("WORK_STREET", "users.work_street", Text).title("Work street").scopes(BASIC).own(),
    field("WORK_MAILBOX", "users.work_mailbox", Text).title("Work P.O. box").scopes(BASIC).own(),
    field("WORK_CITY", "users.work_city", Text).title("Work city").scopes(BRIEF).own(),
    field("WORK_STATE", "users.work_state", Text).title("Work state or region").scopes(BRIEF).own(),
    field("WORK_ZIP", "users.work_zip", Text).title("Work postal code").scopes(BASIC).own(),
    field("WORK_COUNTRY", "users.work_country", Text).title("Work country").scopes(BRIEF).own(),
    field("WORK_PROFILE", "users.work_profile", Text).title("Work profile").scopes(BASIC).max(10_000).own(),
    field("WORK_LOGO", "users.work_logo", Image).title("Company logo").scopes(BASIC).writable(),
    field("WORK_NOTES", "users.work_notes", Text).title("Work notes").scopes(BASIC).max(10_000).own(),
    field("UF_SKYPE_LINK", "users.uf_skype_link", Text).title("Skype chat link").scopes(BASIC).right(SeeContacts).own(),
    field("UF_ZOOM", "users.uf_zoom", Text).title("Zoom").scopes(BASIC).right(SeeContacts).own(),
    field("UF_EMPLOYMENT_DATE", "users.uf_employment_date", Date).title("Hired on").scopes(BRIEF).writable(),
    field("UF_TIMEMAN", "users.uf_timeman", Text).title("Time tracking").scopes(BRIEF),
    field("UF_DEPARTMENT", "", Int).stored(DEPARTMENTS).title("Departments").scopes(BRIEF),
    field("UF_INTERESTS", "users.uf_interests", Text).title("Interests").scopes(BRIEF).max(10_000).own(),
    field("UF_SKILLS", "users.uf_skills", Text).title("Skills").scopes(BRIEF).max(10_000).own(),
    field("UF_WEB_SITES", "users.uf_web_sites", Text).title("Other websites").scopes(BASIC).max(10_000).right(SeeContacts).own(),
    field("UF_XING", "users.uf_xing", Text).title("Xing").scopes(BASIC).right(SeeContacts).own(),
    field("UF_LINKEDIN", "users.uf_linkedin", Text).title("LinkedIn").scopes(BASIC).right(SeeContacts).own(),
    field("UF_FACEBOOK", "users.uf_facebook", Text).title("Facebook").scopes(BASIC).right(SeeContacts).own(),
    field("UF_TWITTER", "users.uf_twitter", Text).title("Twitter").scopes(BASIC).right(SeeContacts).own(),
    field("UF_SKYPE", "users.uf_skype", Text).title("Skype").scopes(BASIC).right(SeeContacts).own(),
    field("UF_DISTRICT", "users.uf_district", Text).title("District").scopes(BASIC).right(SeeAddress).own(),
    field("UF_PHONE_INNER", "users.uf_phone_inner", Text).title("Extension").scopes(BRIEF).right(SeeWorkPhones).own(),
    field("USER_TYPE", "users.user_type", OneOf(TYPES)).title("Kind of user").scopes(FULL),

    // Ways to find people by the beginnings of words; they are no part of a record.
    field("FIND", "", Text).stored(Stored::Search(by_any_word)).scopes(BRIEF),
    field("NAME_SEARCH", "", Text).stored(Stored::Search(by_any_word)).scopes(BRIEF),
    field("NAME_BEGINS", "", Text).stored(Stored::Search(by_name)).scopes(BRIEF),
    field("LAST_NAME_BEGINS", "", Text).stored(Stored::Search(by_last_name)).scopes(BRIEF),
    field("SECOND_NAME_BEGINS", "", Text).stored(Stored::Search(by_second_name)).scopes(BRIEF),
    field("WORK_POSITION_BEGINS", "", Text).stored(Stored::Search(by_position)).scopes(BRIEF),
    field("UF_DEPARTMENT_NAME", "", Text).stored(Stored::Search(by_department)).scopes(BRIEF),
];

/// The fields whose words people are found by, with the number that stands for each in `user_words`.
pub const WORD_FIELDS: &[(&str, i64)] = &[("NAME", 1), ("LAST_NAME", 2), ("SECOND_NAME", 3), ("WORK_POSITION", 4)];

/// More words than anyone types would only make a slow query.
const MOST_WORDS: usize = 10;

fn by_any_word(sql: &mut Sql, text: &str) {
    each_word(sql, text, |sql, word| {
        own_words(sql, None, word);
        sql.push(" union all ");
        department_words(sql, word);
    });
}

fn by_name(sql: &mut Sql, text: &str) {
    each_word(sql, text, |sql, word| own_words(sql, Some(1), word));
}

fn by_last_name(sql: &mut Sql, text: &str) {
    each_word(sql, text, |sql, word| own_words(sql, Some(2), word));
}

fn by_second_name(sql: &mut Sql, text: &str) {
    each_word(sql, text, |sql, word| own_words(sql, Some(3), word));
}

fn by_position(sql: &mut Sql, text: &str) {
    each_word(sql, text, |sql, word| own_words(sql, Some(4), word));
}

fn by_department(sql: &mut Sql, text: &str) {
    each_word(sql, text, department_words);
}

/// Every word has to be found, in any order. Nothing typed finds everyone; something without a letter finds no one.
fn each_word(sql: &mut Sql, text: &str, mut people: impl FnMut(&mut Sql, &str)) {
    let words = words(text);
    if words.is_empty() {
        sql.push(if text.trim().is_empty() { "1 = 1" } else { "1 = 0" });
        return;
    }
    sql.push("(");
    sql.join(words.iter().take(MOST_WORDS), " and ", |sql, word| {
        sql.push("users.id in (");
        people(sql, word);
        sql.push(")");
    });
    sql.push(")");
}

fn own_words(sql: &mut Sql, field: Option<i64>, word: &str) {
    sql.push("select user_id from user_words where word >= ").bind(word);
    sql.push(" and word < ").bind(after(word));
    if let Some(field) = field {
        sql.push(" and field = ").bind(field);
    }
}

fn department_words(sql: &mut Sql, word: &str) {
    sql.push("select user_departments.user_id from user_departments");
    sql.push(" join department_words on department_words.department_id = user_departments.department_id");
    sql.push(" where department_words.word >= ").bind(word);
    sql.push(" and department_words.word < ").bind(after(word));
}
