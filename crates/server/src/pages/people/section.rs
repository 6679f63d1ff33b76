//! The sections of a profile: each is shown, and changed where it stands by those who may.

use super::{
    is_correctable, profile, text, typed,
    values::{Book, Input, Line},
};
use crate::pages::{Reply, Visit, visit::NOT_FOUND};
use muster_core::{Error, Json, Map, Result, call::Right, error::CORE, json, params::read_text};
use muster_modules::{
    right,
    user::{USER, is_erased_address},
};

/// The fields of a profile by section, in the order that one looks for them.
pub(super) const SECTIONS: &[(&str, &str, &[&str])] = &[
    (
        "reach",
        "profile-reach",
        &[
            "EMAIL",
            "WORK_PHONE",
            "UF_PHONE_INNER",
            "PERSONAL_MOBILE",
            "PERSONAL_PHONE",
            "UF_ZOOM",
            "UF_SKYPE",
            "UF_SKYPE_LINK",
            "UF_LINKEDIN",
            "UF_XING",
            "UF_FACEBOOK",
            "UF_TWITTER",
            "WORK_FAX",
            "WORK_PAGER",
            "PERSONAL_FAX",
            "PERSONAL_PAGER",
            "PERSONAL_ICQ",
        ],
    ),
    (
        "work",
        "profile-work",
        &[
            "WORK_POSITION",
            "UF_EMPLOYMENT_DATE",
            "WORK_COMPANY",
            "WORK_DEPARTMENT",
            "WORK_STREET",
            "WORK_MAILBOX",
            "WORK_ZIP",
            "WORK_CITY",
            "WORK_STATE",
            "WORK_COUNTRY",
            "WORK_WWW",
            "WORK_PROFILE",
            "WORK_NOTES",
            "WORK_LOGO",
            "TIME_ZONE",
            "UF_TIMEMAN",
            "XML_ID",
        ],
    ),
    (
        "person",
        "profile-person",
        &[
            "TITLE",
            "NAME",
            "SECOND_NAME",
            "LAST_NAME",
            "PERSONAL_BIRTHDAY",
            "PERSONAL_GENDER",
            "PERSONAL_PROFESSION",
            "PERSONAL_STREET",
            "PERSONAL_MAILBOX",
            "PERSONAL_ZIP",
            "PERSONAL_CITY",
            "UF_DISTRICT",
            "PERSONAL_STATE",
            "PERSONAL_COUNTRY",
            "PERSONAL_WWW",
            "UF_WEB_SITES",
            "UF_INTERESTS",
            "UF_SKILLS",
            "PERSONAL_NOTES",
        ],
    ),
    ("more", "profile-more", &[]),
    ("account", "profile-account", &["ID", "DATE_REGISTER", "LAST_LOGIN", "LAST_ACTIVITY_DATE", "TIMESTAMP_X"]),
];
/// What the top of the page says already.
const AT_THE_TOP: &[&str] = &["NAME", "LAST_NAME"];

/// Some fields under a heading.
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) lines: Vec<Line>,
    pub(super) may_edit: bool,
    /// The form, where the section is being changed.
    pub(super) form: Option<Form>,
}

/// A section as a form.
pub(super) struct Form {
    pub(super) inputs: Vec<Input>,
    pub(super) has_files: bool,
    /// What is wrong and belongs to none of the inputs; empty if nothing is.
    pub(super) problem: String,
}

/// What the visitor may change of a person: all that whoever may edit people may, or what people may of themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum May {
    All,
    Own,
    Nothing,
}

pub(super) fn may(visit: &Visit<'_>, person: &Json) -> Result<May> {
    let caller = visit.caller()?;
    Ok(if is_erased_address(&text(person, "EMAIL")) {
        May::Nothing
    } else if caller.may(Right::EditPeople) && may_edit(visit, person)? {
        May::All
    } else if caller.user_id.to_string() == text(person, "ID") {
        May::Own
    } else {
        May::Nothing
    })
}

/// Whether the visitor may change what is said of this person, if they may edit people.
fn may_edit(visit: &Visit<'_>, person: &Json) -> Result<bool> {
    let (caller, id) = (visit.caller()?, text(person, "ID").parse().unwrap_or_default());
    visit.app.db.read(|tx| right::may_edit(tx, caller, id))
}

/// Whether the visitor may do all that this person may.
pub(super) fn outranks(visit: &Visit<'_>, person: &Json) -> Result<bool> {
    let (caller, id) = (visit.caller()?, text(person, "ID").parse().unwrap_or_default());
    visit.app.db.read(|tx| right::outranks(tx, caller, id))
}

/// Whether the visitor may change this field of a person.
pub(super) fn may_change(visit: &Visit<'_>, person: &Json, name: &str) -> Result<bool> {
    Ok(match may(visit, person)? {
        May::All => true,
        May::Own => own_fields(visit)?.contains(&name),
        May::Nothing => false,
    })
}

/// The fields that people may change of themselves.
pub(super) fn own_fields(visit: &Visit<'_>) -> Result<Vec<&'static str>> {
    visit.app.db.read(right::own::fields)
}

/// The method that changes what may be changed, with the parameters that name whom.
pub(super) fn change(visit: &Visit<'_>, person: &Json, mut changes: Map<String, Json>) -> Result<()> {
    let caller = visit.caller()?;
    let is_own = caller.user_id.to_string() == text(person, "ID");
    let method = match may(visit, person)? {
        // What is hidden of others is not hidden of oneself.
        May::All if is_own && changes.keys().any(|it| !USER.shows(it, caller)) => "user.profile.update",
        May::All => "user.update",
        May::Own => "user.profile.update",
        May::Nothing => return Err(CORE.say("access_denied")),
    };
    if method == "user.update" {
        changes.insert("ID".to_owned(), text(person, "ID").into());
    }
    visit.call(method, Json::Object(changes)).map(drop)
}

impl Book<'_> {
    /// All sections. The one of this name is a form.
    pub(super) fn sections(&self, editing: &str) -> Result<Vec<Section>> {
        let may = may(self.visit, &self.person)?;
        let own = own_fields(self.visit)?;
        let mut sections = Vec::new();
        for (name, title, fields) in SECTIONS {
            let all = self.names(name, fields);
            let shown = all.iter().filter(|it| !AT_THE_TOP.contains(&it.as_str()));
            let lines: Vec<Line> = shown.filter_map(|it| self.line(it)).collect();
            let editable: Vec<&String> = all.iter().filter(|it| self.is_editable(it, may, &own)).collect();
            let may_edit = !editable.is_empty();
            let form = if may_edit && *name == editing {
                Some(Form::new(editable.into_iter().map(|it| self.input(it)).collect::<Result<_>>()?))
            } else {
                None
            };
            if may_edit || !lines.is_empty() {
                sections.push(Section { name, title, lines, may_edit, form });
            }
        }
        Ok(sections)
    }

    fn names(&self, section: &str, fields: &[&str]) -> Vec<String> {
        if section == "more" {
            return self.custom.iter().map(|it| it.name.clone()).collect();
        }
        fields.iter().map(|it| (*it).to_owned()).collect()
    }

    fn is_editable(&self, name: &str, may: May, own: &[&str]) -> bool {
        let custom = self.custom.iter().find(|it| it.name == name);
        let is_own = custom.map_or_else(|| own.contains(&name), |it| it.own);
        match may {
            May::Nothing => false,
            May::Own => is_own,
            May::All if name == "EMAIL" => self.visit.may("manage_people"),
            May::All => {
                let is_writable = custom.is_some() || USER.field(name).is_some_and(|it| it.writable);
                let (caller, id) = (&self.visit.who, text(&self.person, "ID"));
                is_writable
                    && caller.as_ref().is_some_and(|it| {
                        USER.shows(name, &it.caller) || (is_own && it.caller.user_id.to_string() == id)
                    })
            }
        }
    }
}

impl Form {
    fn new(inputs: Vec<Input>) -> Form {
        let has_files = inputs.iter().any(|it| matches!(it.kind, "file" | "picture"));
        Form { inputs, has_files, problem: String::new() }
    }

    /// Takes what was typed and answers what is to be changed. What cannot be meant is said beside its field.
    fn take(&mut self, book: &Book<'_>) -> Result<Map<String, Json>> {
        let params = &book.visit.params;
        let mut changes = Map::new();
        for input in &mut self.inputs {
            let Some(sent) = params.get(&input.name) else { continue };
            if matches!(input.kind, "file" | "picture") {
                let is_removed = params.get(&format!("REMOVE_{}", input.name)).is_some();
                if sent.is_array() || sent.is_object() {
                    changes.insert(input.name.clone(), sent.clone());
                } else if is_removed {
                    changes.insert(input.name.clone(), "".into());
                }
                continue;
            }
            let typed = |it: &Json| read_text(it).unwrap_or_default().trim().replace("\r\n", "\n");
            let typed: Vec<String> = params.list(&input.name).iter().map(typed).filter(|it| !it.is_empty()).collect();
            if typed == input.values {
                continue;
            }
            input.values = typed;
            let mut meant = Vec::new();
            for text in &input.values {
                match book.meant(input, text)? {
                    Ok(value) => meant.push(value),
                    Err(problem) => input.problem = problem,
                }
            }
            let value = if input.many { Json::Array(meant) } else { meant.pop().unwrap_or_else(|| "".into()) };
            changes.insert(input.name.clone(), value);
        }
        Ok(changes)
    }

    fn is_sound(&self) -> bool {
        self.inputs.iter().all(|it| it.problem.is_empty())
    }

    /// Says what is wrong, beside the field that it is about if it says which.
    fn say(&mut self, visit: &Visit<'_>, err: &Error) {
        let said = visit.said(err);
        let about = match err.argument.as_deref() {
            // What is wrong with an address does not say of which field it is.
            Some("") => "EMAIL",
            about => about.unwrap_or_default(),
        };
        match self.inputs.iter_mut().find(|it| it.name == about) {
            Some(input) => input.problem = said,
            None => self.problem = said,
        }
    }
}

/// Changes what is not as it was. What is wrong is said in the section, with what was typed.
pub(super) fn save(visit: &Visit<'_>) -> Result<Reply> {
    let person = profile::find(visit, "medium")?;
    let name = visit.path_text("section").to_owned();
    let address = format!("/company/personal/user/{}/", text(&person, "ID"));
    let book = Book::open(visit, person)?;
    let mut sections = book.sections(&name)?;
    let Some(form) = sections.iter_mut().find_map(|it| it.form.as_mut()) else {
        let is_known = SECTIONS.iter().any(|it| it.0 == name);
        return Err(if is_known { CORE.say("access_denied") } else { NOT_FOUND.error() });
    };
    let changes = form.take(&book)?;
    if form.is_sound() {
        if changes.is_empty() {
            return Ok(Reply::to(&address));
        }
        match change(visit, &book.person, changes) {
            Ok(()) => return Ok(Reply::to(&format!("{address}?done=saved"))),
            Err(err) if is_correctable(&err) => form.say(visit, &err),
            Err(err) => return Err(err),
        }
    }
    Ok(visit.page(&profile::page(&book, sections)?)?.with_status(422))
}

/// People whose names begin with what was typed, for whoever fills in a person.
pub(super) fn suggest(visit: &Visit<'_>) -> Result<Reply> {
    let typed = visit.text("Q");
    let found =
        if typed.is_empty() { Vec::new() } else { profile::faces(visit, &json!({ "FIND": typed, "ACTIVE": true }))? };
    let names: Vec<String> = found.iter().take(12).map(|it| typed::written(it.id, &it.name)).collect();
    Ok(Reply::json(&names.into()))
}

#[cfg(test)]
mod tests {
    use super::SECTIONS;
    use muster_modules::user::USER;

    /// Fields that are shown elsewhere on the page: as its heading, as tags, as the face.
    const ELSEWHERE: &[&str] = &["ACTIVE", "IS_ONLINE", "PERSONAL_PHOTO", "UF_DEPARTMENT", "USER_TYPE"];

    #[test]
    fn every_field_of_a_person_is_on_the_profile() {
        let shown: Vec<&str> = SECTIONS.iter().flat_map(|it| it.2).copied().collect();
        for field in USER.fields.iter().filter(|it| it.is_shown()) {
            let places = shown.iter().filter(|it| **it == field.name).count();
            assert_eq!(places, usize::from(!ELSEWHERE.contains(&field.name)), "{}", field.name);
        }
    }
}
