//! What a custom field is called, by language.

use muster_core::{Json, Map, params::read_text};

/// The labels of a custom field. `LABEL` stands in for those that are not given.
const LABELS: &[&str] = &["EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL", "ERROR_MESSAGE", "HELP_MESSAGE"];

/// For all languages, where one text was given for them.
const ANY: &str = "*";

/// Reads the labels that were sent over those that are known.
pub(crate) fn read(fields: &Map<String, Json>, known: &Json) -> Json {
    let mut labels = known.as_object().cloned().unwrap_or_default();
    for name in LABELS {
        let given = fields.get(*name).or_else(|| fields.get("LABEL").filter(|_| !labels.contains_key(*name)));
        match given {
            Some(Json::Object(by_language)) => {
                let texts = by_language
                    .iter()
                    .filter_map(|(language, text)| Some((language.to_ascii_lowercase(), read_text(text)?.into())));
                let mut all: Map<String, Json> =
                    labels.get(*name).and_then(Json::as_object).cloned().unwrap_or_default();
                all.extend(texts);
                labels.insert((*name).to_owned(), Json::Object(all));
            }
            Some(text) => {
                let text = read_text(text).unwrap_or_default();
                labels.insert((*name).to_owned(), Json::Object(Map::from_iter([(ANY.to_owned(), text.into())])));
            }
            None => {}
        }
    }
    Json::Object(labels)
}

/// The labels in one language, or what was given for all.
pub(crate) fn shown(labels: &Json, language: &str) -> Map<String, Json> {
    let language = language.to_ascii_lowercase();
    let text = |name: &str| {
        let texts = labels.get(name)?;
        texts.get(&language).or_else(|| texts.get(ANY)).cloned()
    };
    LABELS.iter().map(|name| ((*name).to_owned(), text(name).unwrap_or_default())).collect()
}

/// The labels in all languages that they are given in, or in one, with the languages themselves. What was given for all
/// languages stands under the language of whoever asks for none: English.
pub(crate) fn by_language(labels: &Json, language: Option<&str>) -> Map<String, Json> {
    let known = || LABELS.iter().filter_map(|name| labels.get(*name)?.as_object());
    let mut languages: Vec<String> = match language {
        Some(language) => vec![language.to_ascii_lowercase()],
        None => known().flat_map(Map::keys).map(|it| if it == ANY { "en" } else { it }.to_owned()).collect(),
    };
    languages.sort_unstable();
    languages.dedup();
    if languages.is_empty() {
        languages.push("en".to_owned());
    }
    let texts: Vec<(&String, Map<String, Json>)> = languages.iter().map(|it| (it, shown(labels, it))).collect();
    let mut all = Map::new();
    all.insert("LANGUAGE_ID".to_owned(), languages.iter().map(|it| (it.clone(), Json::from(it.as_str()))).collect());
    for name in LABELS {
        let label =
            texts.iter().map(|(language, texts)| ((*language).clone(), texts.get(*name).cloned().unwrap_or_default()));
        let label: Map<String, Json> = label.collect();
        // In one language, a label that is not given is nothing at all.
        let is_nothing = language.is_some() && label.values().all(Json::is_null);
        all.insert((*name).to_owned(), if is_nothing { Json::Null } else { Json::Object(label) });
    }
    all
}
