//! The lists of texts that a task has: its tags, and what of the CRM it is about.

use muster_core::{
    Json, Params, Result,
    params::{read_text, wrong},
};

/// The most tags or objects of one task.
const MOST: usize = 100;
/// The most characters of a tag.
const LONGEST: usize = 100;

/// `TAGS`, if they were sent: a list, or texts with commas between them.
pub(super) fn read_tags(fields: &Params) -> Result<Option<Vec<String>>> {
    let wrong = || wrong("TAGS", "a list of at most 100 tags of at most 100 characters");
    let Some(texts) = read_texts(fields, "TAGS", wrong)? else { return Ok(None) };
    let mut tags: Vec<String> = Vec::new();
    for tag in texts.iter().flat_map(|it| it.split(',')).map(str::trim).filter(|it| !it.is_empty()) {
        if !tags.iter().any(|it| it == tag) {
            tags.push(tag.to_owned());
        }
    }
    if tags.len() > MOST || tags.iter().any(|it| it.chars().count() > LONGEST) {
        return Err(wrong());
    }
    Ok(Some(tags))
}

/// `UF_CRM_TASK`, if it was sent: codes such as `D_10`. There is no CRM yet, so whether there is such an object cannot be
/// asked.
pub(super) fn read_crm_items(fields: &Params) -> Result<Option<Vec<String>>> {
    let wrong = || wrong("UF_CRM_TASK", "a list of at most 100 codes such as D_10");
    let Some(texts) = read_texts(fields, "UF_CRM_TASK", wrong)? else { return Ok(None) };
    let mut items: Vec<String> = Vec::new();
    for text in texts.iter().map(|it| it.trim().to_uppercase()).filter(|it| !it.is_empty()) {
        let is_code = text.split_once('_').is_some_and(|(kind, id)| {
            let digits = |it: &str| !it.is_empty() && it.len() <= 18 && it.bytes().all(|b| b.is_ascii_digit());
            (matches!(kind, "L" | "D" | "C" | "CO" | "SI") || kind.strip_prefix('T').is_some_and(digits_or_letters))
                && digits(id)
        });
        if !is_code {
            return Err(wrong());
        }
        if !items.contains(&text) {
            items.push(text);
        }
    }
    if items.len() > MOST { Err(wrong()) } else { Ok(Some(items)) }
}

/// The number of a smart process, which is written in hexadecimal digits.
fn digits_or_letters(text: &str) -> bool {
    !text.is_empty() && text.len() <= 8 && text.bytes().all(|it| it.is_ascii_hexdigit())
}

fn read_texts(
    fields: &Params,
    name: &'static str,
    wrong: impl Fn() -> muster_core::Error,
) -> Result<Option<Vec<String>>> {
    if fields.get(name).is_none() {
        return Ok(None);
    }
    let mut texts = Vec::new();
    for item in fields.list(name).iter().filter(|it| !matches!(it, Json::Null | Json::Bool(false))) {
        texts.push(read_text(item).ok_or_else(&wrong)?);
    }
    Ok(Some(texts))
}
