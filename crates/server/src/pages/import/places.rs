//! Departments as files name them: by name, by path or by ID.

use crate::pages::people::{Asker, all_departments};
use muster_core::{Json, Result, params::read_text, text::search_key};
use std::collections::HashMap;

/// All departments, each with its path from the root.
pub(super) struct Departments(Vec<(String, Vec<String>)>);

/// Why a name is none of a department: the name of a message.
pub(super) type Unknown = &'static str;

fn key(name: &str) -> String {
    search_key(&name.split_whitespace().collect::<Vec<_>>().join(" "))
}

impl Departments {
    pub(super) fn all(asker: &Asker<'_>) -> Result<Departments> {
        Ok(Departments::of(&all_departments(asker)?))
    }

    fn of(found: &[Json]) -> Departments {
        let text = |it: &Json, name: &str| it.get(name).and_then(read_text).unwrap_or_default();
        let known: HashMap<String, (String, String)> =
            found.iter().map(|it| (text(it, "ID"), (key(&text(it, "NAME")), text(it, "PARENT")))).collect();
        let path = |id: &String| {
            let (mut path, mut at) = (Vec::new(), id.clone());
            // A tree is never deeper than it has departments.
            while let Some((name, parent)) = known.get(&at).filter(|_| path.len() <= known.len()) {
                path.push(name.clone());
                at.clone_from(parent);
            }
            path.reverse();
            path
        };
        Departments(known.keys().map(|id| (id.clone(), path(id))).collect())
    }

    /// The ID of a department, whichever.
    pub(super) fn any(&self) -> Option<&str> {
        self.0.first().map(|it| it.0.as_str())
    }

    /// The ID of the department that is meant by `Sales`, `Sales / South` or `17`. A path from the root is always one; the
    /// end of a path is, if no other department's ends so.
    pub(super) fn find(&self, text: &str) -> Result<&str, Unknown> {
        let whole = vec![key(text)];
        let parts: Vec<String> = text.split(['/', '\\', '>']).map(key).filter(|it| !it.is_empty()).collect();
        // A department may have a slash in its name.
        for wanted in [whole, parts] {
            if let Some((id, _)) = self.0.iter().find(|it| it.1.len() > 1 && it.1 == wanted) {
                return Ok(id);
            }
            let ends: Vec<&str> = self.0.iter().filter(|it| it.1.ends_with(&wanted)).map(|it| it.0.as_str()).collect();
            match ends.as_slice() {
                [] => {}
                [one] => return Ok(one),
                _ => return Err("import-two-departments"),
            }
        }
        self.0.iter().find(|it| it.0 == text).map(|it| it.0.as_str()).ok_or("import-no-department")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_core::json;

    #[test]
    fn departments_are_named_in_every_way() {
        let department = |id: &str, name: &str, parent: &str| json!({ "ID": id, "NAME": name, "PARENT": parent });
        let departments = Departments::of(&[
            department("1", "Company", ""),
            department("2", "Sales", "1"),
            department("3", "South", "2"),
            department("4", "Support", "1"),
            department("5", "South", "4"),
            department("6", "R/D", "1"),
            department("7", "7", "6"),
            department("8", "Support", "3"),
        ]);
        for (text, expected) in [
            ("Sales", Ok("2")),
            ("  sales ", Ok("2")),
            ("SALES / South", Ok("3")),
            ("Sales/South", Ok("3")),
            ("Company > Support > South", Ok("5")),
            ("company\\sales", Ok("2")),
            ("South", Err("import-two-departments")),
            ("Company / Support", Ok("4")),
            ("R/D", Ok("6")),
            ("3", Ok("3")),
            ("7", Ok("7")),
            ("Company", Ok("1")),
            ("North", Err("import-no-department")),
            ("99", Err("import-no-department")),
            ("Sales / North", Err("import-no-department")),
        ] {
            assert_eq!(departments.find(text), expected, "{text}");
        }
    }
}
