//! What someone asks the directory for: words, a department, a state, values of custom fields.

use super::names_found;
use crate::pages::Visit;
use muster_core::{Json, Result, custom::CustomKind, json, params::read_text};
use muster_modules::userfield::Described;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What was asked for.
pub(super) struct Asked {
    pub(super) query: String,
    pub(super) department: String,
    pub(super) state: String,
    pub(super) start: i64,
    /// The inputs for custom fields, with what was filled in.
    pub(super) inputs: Vec<Input>,
}

/// How a custom field is narrowed down.
pub(super) struct Input {
    /// The field's name.
    pub(super) name: &'static str,
    pub(super) title: String,
    /// `text`, `person`, `choice`, or that of an input for a range: `number` or `date`.
    pub(super) kind: &'static str,
    pub(super) value: String,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) options: Vec<(String, String)>,
}

impl Input {
    fn new(visit: &Visit<'_>, field: &Described) -> Option<Input> {
        let kind = match field.kind {
            CustomKind::Text | CustomKind::Url | CustomKind::Address | CustomKind::Money => "text",
            CustomKind::Integer | CustomKind::Double => "number",
            CustomKind::Date | CustomKind::DateTime => "date",
            CustomKind::Boolean | CustomKind::Enumeration => "choice",
            CustomKind::Employee => "person",
            // What is in a file is in no index.
            CustomKind::File => return None,
        };
        let sent = |beginning: &str| {
            let sent = visit.params.get(&format!("{beginning}{}", field.name)).and_then(read_text);
            sent.map_or_else(String::new, |it| it.trim().to_owned())
        };
        let yes_no = || ["1", "0"].into_iter().zip([visit.t("people-yes"), visit.t("people-no")]);
        let options = match field.kind {
            CustomKind::Boolean => yes_no().map(|(value, title)| (value.to_owned(), title)).collect(),
            _ => field.options.clone(),
        };
        let title = field.title(visit.language.code());
        let (value, from, until) = (sent(""), sent("FROM-"), sent("UNTIL-"));
        Some(Input { name: field.name, title, kind, value, from, until, options })
    }

    /// Whether something was filled in.
    fn is_asked(&self) -> bool {
        [&self.value, &self.from, &self.until].into_iter().any(|it| !it.is_empty())
    }

    fn narrow(&self, visit: &Visit<'_>, filter: &mut Json) -> Result<()> {
        let name = self.name;
        match self.kind {
            "number" | "date" => {
                for (prefix, value) in [(">=", &self.from), ("<=", &self.until)] {
                    if !value.is_empty() {
                        filter[format!("{prefix}{name}")] = value.as_str().into();
                    }
                }
            }
            _ if self.value.is_empty() => {}
            "person" => {
                let found: Vec<String> = names_found(visit, &self.value)?;
                // No one is found by a name that no one has.
                filter[name] = if found.is_empty() { "-1".into() } else { found.into() };
            }
            // Whoever has no value has not said yes.
            "choice" if self.value == "0" => filter[format!("!{name}")] = "1".into(),
            "choice" => filter[name] = self.value.as_str().into(),
            _ => filter[format!("%{name}")] = self.value.as_str().into(),
        }
        Ok(())
    }
}

impl Asked {
    pub(super) fn read(visit: &Visit<'_>, custom: &[Described]) -> Asked {
        let start = visit.text("START").parse().unwrap_or(0);
        Asked {
            query: visit.text("Q"),
            department: visit.text("DEPARTMENT"),
            state: visit.text("STATE"),
            start: i64::max(start, 0),
            inputs: custom.iter().filter_map(|it| Input::new(visit, it)).collect(),
        }
    }

    /// Whether a custom field was asked for.
    pub(super) fn is_narrowed(&self) -> bool {
        self.inputs.iter().any(Input::is_asked)
    }

    pub(super) fn filter(&self, visit: &Visit<'_>) -> Result<Json> {
        let mut filter = json!({});
        if !self.query.is_empty() {
            filter["FIND"] = self.query.as_str().into();
        }
        if !self.department.is_empty() {
            filter["UF_DEPARTMENT"] = self.department.as_str().into();
        }
        match self.state.as_str() {
            "dismissed" => filter["ACTIVE"] = false.into(),
            "outside" => {
                filter["ACTIVE"] = true.into();
                filter["USER_TYPE"] = "extranet".into();
            }
            "all" => {}
            _ => filter["ACTIVE"] = true.into(),
        }
        for input in &self.inputs {
            input.narrow(visit, &mut filter)?;
        }
        Ok(filter)
    }

    /// The address of what was asked for, from another place on.
    pub(super) fn address(&self, path: &str, start: Option<i64>) -> String {
        let mut pairs = vec![
            ("q".to_owned(), self.query.clone()),
            ("department".to_owned(), self.department.clone()),
            ("state".to_owned(), self.state.clone()),
        ];
        for input in self.inputs.iter().filter(|it| it.is_asked()) {
            let name = input.name.to_lowercase();
            let all = [("", &input.value), ("from-", &input.from), ("until-", &input.until)];
            let filled = all.into_iter().filter(|it| !it.1.is_empty());
            pairs.extend(filled.map(|(beginning, value)| (format!("{beginning}{name}"), value.clone())));
        }
        pairs.extend(start.map(|it| ("start".to_owned(), it.to_string())));
        let pairs =
            pairs.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
    }
}
