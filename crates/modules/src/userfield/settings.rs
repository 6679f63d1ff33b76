//! The settings of a custom field, which each type has its own of.

use muster_core::{
    Json, Map, Result,
    custom::CustomKind,
    error::ARGUMENT,
    json,
    params::{read_int, read_text},
};

/// The IDs of the options that are set by default. Kept beside the settings and shown with the options instead.
pub(super) const DEFAULT_OPTIONS: &str = "DEFAULT_OPTIONS";

/// Every setting of a type with its default.
fn defaults(kind: CustomKind) -> Json {
    match kind {
        CustomKind::Text => json!({ "DEFAULT_VALUE": "", "ROWS": 1 }),
        CustomKind::Double => json!({ "DEFAULT_VALUE": "", "PRECISION": 2 }),
        CustomKind::Boolean => json!({ "DEFAULT_VALUE": 0, "DISPLAY": "CHECKBOX" }),
        CustomKind::Date | CustomKind::DateTime => json!({ "DEFAULT_VALUE": { "VALUE": "", "TYPE": "NONE" } }),
        CustomKind::Enumeration => {
            json!({ "DISPLAY": "LIST", "LIST_HEIGHT": 1, "CAPTION_NO_VALUE": "", "SHOW_NO_VALUE": "Y" })
        }
        CustomKind::File => json!({ "EXTENSIONS": {}, "MAX_ALLOWED_SIZE": 0 }),
        CustomKind::Integer | CustomKind::Url | CustomKind::Address | CustomKind::Money | CustomKind::Employee => {
            json!({ "DEFAULT_VALUE": "" })
        }
    }
}

/// What may be chosen for a setting.
const CHOICES: &[(CustomKind, &[&str])] = &[
    (CustomKind::Boolean, &["CHECKBOX", "RADIO", "DROPDOWN"]),
    (CustomKind::Enumeration, &["LIST", "UI", "CHECKBOX", "DIALOG"]),
];

/// Reads the settings that were sent over those that are known. Settings that the type does not have are left out.
pub(super) fn read(kind: CustomKind, sent: Option<&Json>, known: &Json) -> Result<Json> {
    let Json::Object(mut settings) = defaults(kind) else { return Ok(json!({})) };
    for (name, value) in known.as_object().into_iter().flatten() {
        settings.insert(name.clone(), value.clone());
    }
    for (name, value) in sent.and_then(Json::as_object).into_iter().flatten() {
        let name = name.to_uppercase();
        if settings.contains_key(&name) && name != DEFAULT_OPTIONS {
            let value = read_one(kind, &name, value)?;
            settings.insert(name, value);
        }
    }
    Ok(Json::Object(settings))
}

fn read_one(kind: CustomKind, name: &str, value: &Json) -> Result<Json> {
    let wrong = || ARGUMENT.say(format!("SETTINGS[{name}] has a wrong value")).about(name.to_owned());
    Ok(match (name, kind) {
        ("ROWS" | "LIST_HEIGHT", _) => read_int(value).filter(|it| *it > 0).ok_or_else(wrong)?.into(),
        ("PRECISION", _) => read_int(value).filter(|it| (0..=12).contains(it)).ok_or_else(wrong)?.into(),
        ("DISPLAY", _) => {
            let text = read_text(value).ok_or_else(wrong)?;
            let choices = CHOICES.iter().find(|(it, _)| *it == kind).map_or(&[][..], |(_, choices)| choices);
            choices.iter().find(|it| it.eq_ignore_ascii_case(&text)).copied().ok_or_else(wrong)?.into()
        }
        ("DEFAULT_VALUE", CustomKind::Boolean) => i64::from(read_int(value).ok_or_else(wrong)? >= 1).into(),
        _ => value.clone(),
    })
}

/// The settings as clients see them.
pub(super) fn shown(settings: &Json) -> Json {
    let shown = settings.as_object().into_iter().flatten().filter(|(name, _)| *name != DEFAULT_OPTIONS);
    Json::Object(shown.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}
