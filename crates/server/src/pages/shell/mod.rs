//! What surrounds every page: the document, the menus, the look, the page for what went wrong.

use super::{
    SUBJECTS, Subject, Visit,
    assets::{Assets, assets},
    reply::Reply,
};
use askama::Template;
use muster_core::{Error, call::Right};
use muster_modules::{registration, session::SignedIn};

pub(super) static SUBJECT: Subject = Subject {
    routes: &[],
    menu: &[],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: concat!(include_str!("tokens.css"), include_str!("base.css"), include_str!("frame.css")),
    js: concat!(include_str!("shell.js"), include_str!("forms.js")),
};

/// The entry after which the pages of apps stand, and the most of them; the rest are behind that entry.
const APPS: &str = "/apps/";
const MOST_APP_PAGES: usize = 8;
/// The entry that tells how many people wait for being let in.
const INVITATIONS: &str = "/company/invitations/";

/// An entry of the menu on the left, as the page shows it.
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) label: String,
    pub(crate) icon: &'static str,
    pub(crate) is_current: bool,
    /// How many wait there for whoever sees this.
    pub(crate) waiting: i64,
}

impl Visit<'_> {
    /// The entries of the menu on the left that are for this visitor.
    pub(crate) fn menu(&self) -> Vec<Entry> {
        let Some(who) = &self.who else { return Vec::new() };
        let items = SUBJECTS.iter().flat_map(|it| it.menu).filter(|it| who.caller.may(it.right));
        let mut entries: Vec<Entry> = Vec::new();
        let mut labels = Vec::new();
        for it in items {
            // Several rights may lead to one entry.
            if labels.contains(&it.label) {
                continue;
            }
            labels.push(it.label);
            let is_theirs = it.path == INVITATIONS && who.caller.may(Right::ConfirmPeople);
            let waiting = if is_theirs { self.app.db.read(registration::waiting).unwrap_or(0) } else { 0 };
            let (path, label) = (it.path.to_owned(), self.t(it.label));
            entries.push(Entry { path, label, icon: it.icon, is_current: false, waiting });
            if it.path == APPS {
                let pages = self.app_pages().into_iter().take(MOST_APP_PAGES);
                entries.extend(pages.map(|it| Entry {
                    path: it.address,
                    label: it.title,
                    icon: "link",
                    is_current: false,
                    waiting: 0,
                }));
            }
        }
        // The longest path that fits is the one that the visitor is at.
        let fits = entries
            .iter_mut()
            .filter(|it| if it.path == "/" { self.address == "/" } else { self.address.starts_with(&it.path) });
        if let Some(current) = fits.max_by_key(|it| it.path.len()) {
            current.is_current = true;
        }
        entries
    }

    /// The address that the visitor signs in with.
    pub(crate) fn email(&self) -> &str {
        self.who.as_ref().map_or("", |it| &it.email)
    }

    /// The static files.
    pub(crate) fn assets(&self) -> &'static Assets {
        assets()
    }

    /// The theme that the visitor chose; empty for the one of their device.
    pub(crate) fn theme(&self) -> &str {
        self.who.as_ref().and_then(|it| it.theme.as_deref()).unwrap_or_default()
    }

    /// What has just been done, from the address that a form led to: `?done=saved` is the message `done-saved`.
    pub(crate) fn done(&self) -> Option<String> {
        let name = self.text("DONE");
        let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        if is_plain { self.language.find(&format!("done-{name}"), &[]) } else { None }
    }
}

/// A face in a page: a photo, or initials on one of eight colours.
pub(crate) struct Face {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// The address of the photo; empty if there is none.
    pub(crate) photo: String,
}

impl Face {
    /// The face of a person, by the fields of an answer.
    pub(crate) fn new(id: i64, first: &str, last: &str, email: &str, photo: &str) -> Face {
        let name = format!("{first} {last}").trim().to_owned();
        Face { id, name: if name.is_empty() { email.to_owned() } else { name }, photo: photo.to_owned() }
    }

    /// The first letters of the first and the last word.
    pub(crate) fn initials(&self) -> String {
        let mut words = self.name.split([' ', '-', '@', '.']).filter(|it| !it.is_empty());
        let first = words.next().and_then(|it| it.chars().next());
        let last = words.next().and_then(|it| it.chars().next());
        first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
    }

    /// Which of the eight colours.
    pub(crate) fn tone(&self) -> i64 {
        self.id.rem_euclid(8)
    }
}

/// The face of whoever is signed in.
pub(crate) fn own_face(who: &SignedIn) -> Face {
    let photo = who.photo.as_ref().and_then(|it| it.split_once('/'));
    let photo = photo.map_or_else(String::new, |(key, name)| format!("/files/{key}/small/{name}"));
    Face::new(who.caller.user_id, &who.name, &who.last_name, &who.email, &photo)
}

impl Visit<'_> {
    /// The face of whoever is signed in.
    pub(crate) fn face(&self) -> Option<Face> {
        self.who.as_ref().map(own_face)
    }
}

#[derive(Template)]
#[template(path = "pages/shell/problem.html")]
struct Problem<'a> {
    visit: &'a Visit<'a>,
    title: String,
    said: String,
    code: &'static str,
}

/// The page that tells what went wrong.
pub(super) fn problem(visit: &Visit<'_>, err: &Error) -> Reply {
    // A status of success would say that there is something to see.
    let status = err.code.status.max(400);
    let title = match status {
        _ if err.said == "access_denied" => visit.t("problem-refused"),
        401 | 403 => visit.t("problem-refused"),
        404 => visit.t("problem-not-found"),
        429 | 503 => visit.t("problem-busy"),
        500.. => visit.t("problem-broken"),
        _ => visit.t("problem-not-possible"),
    };
    let said = visit.said(err);
    let page = Problem { visit, title, said, code: err.code.name };
    visit.page(&page).unwrap_or_else(|err| Reply::html(err.said.into_owned())).with_status(status)
}

#[cfg(test)]
mod tests {
    use super::Face;

    #[test]
    fn faces_have_names_and_initials() {
        for (first, last, email, name, initials) in [
            ("Ada", "Lovelace", "", "Ada Lovelace", "AL"),
            ("Анна", "", "a@b.c", "Анна", "А"),
            ("", "", "ada.king@b.c", "ada.king@b.c", "AK"),
            ("", "", "", "", ""),
        ] {
            let face = Face::new(-1, first, last, email, "");
            assert_eq!((face.name.as_str(), face.initials().as_str(), face.tone()), (name, initials, 7));
        }
    }
}
