//! The photo of a person: chosen, cut to a square, removed.

use super::{face, is_correctable, profile, section, text};
use crate::pages::{Reply, Visit, shell::Face};
use askama::Template;
use muster_core::{Json, Map, Result, error::CORE, json};

#[derive(Template)]
#[template(path = "pages/people/photo.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    face: Face,
    /// The most bytes, in words.
    most: String,
    problem: String,
}

fn page<'a>(visit: &'a Visit<'a>, person: &Json, problem: String) -> Result<Page<'a>> {
    if !section::may_change(visit, person, "PERSONAL_PHOTO")? {
        return Err(CORE.say("access_denied"));
    }
    let most = format!("{} MB", visit.app.settings.picture_bytes >> 20);
    Ok(Page { visit, face: face(person), most, problem })
}

pub(super) fn form(visit: &Visit<'_>) -> Result<Reply> {
    visit.page(&page(visit, &profile::find(visit, "medium")?, String::new())?)
}

/// Stores what was chosen: the square that was cut out in the browser, or without a script the middle.
pub(super) fn save(visit: &Visit<'_>) -> Result<Reply> {
    let sent = visit.params.get("PHOTO").filter(|it| it.is_array()).cloned();
    let crop: Vec<i64> = ["CROP_LEFT", "CROP_TOP", "CROP_SIDE"]
        .iter()
        .filter_map(|name| visit.params.int(name).ok().flatten())
        .collect();
    let crop = if crop.len() == 3 { json!(crop) } else { Json::Null };
    // Without a picture there is nothing to read, and the same is said as of what is none.
    set(visit, json!({ "fileData": sent.unwrap_or_else(|| json!(["", ""])), "crop": crop }))
}

pub(super) fn remove(visit: &Visit<'_>) -> Result<Reply> {
    set(visit, "".into())
}

fn set(visit: &Visit<'_>, photo: Json) -> Result<Reply> {
    let person = profile::find(visit, "medium")?;
    let changes = Map::from_iter([("PERSONAL_PHOTO".to_owned(), photo)]);
    match section::change(visit, &person, changes) {
        Ok(()) => Ok(Reply::to(&format!("/company/personal/user/{}/?done=saved", text(&person, "ID")))),
        Err(err) if is_correctable(&err) => {
            let page = page(visit, &person, visit.t("photo-wrong"))?;
            Ok(visit.page(&page)?.with_status(422))
        }
        Err(err) => Err(err),
    }
}
