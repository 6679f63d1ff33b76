//! The explorer: what can be called, from the registry, with a form to call it as oneself.

mod start;

pub use start::{HOOK, Snippet, snippets};

use super::{MenuItem, Reply, Route, Subject, Visit, get, post, visit::NOT_FOUND};
use crate::{envelope, v3};
use askama::Template;
use muster_core::{
    Answer, Json, Map, Method, Result,
    call::Right,
    field::Kind,
    json,
    method::{Access, Run, Versions},
};

pub(super) static SUBJECT: Subject = Subject {
    routes: ROUTES,
    menu: &[MenuItem { path: "/developers/", label: "developers-title", icon: "code", right: Right::Anyone }],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: include_str!("explorer.css"),
    js: "",
};

const ROUTES: &[Route] = &[
    get("/developers/", overview),
    get("/developers/start/", start::show),
    get("/developers/openapi.json", openapi),
    get("/developers/methods/{name}/", method),
    post("/developers/methods/{name}/", try_it),
];

/// The most characters of an answer that are shown.
const MOST: usize = 200_000;

#[derive(Template)]
#[template(path = "pages/explorer/overview.html")]
struct Overview<'a> {
    visit: &'a Visit<'a>,
    query: String,
    count: usize,
    groups: Vec<Group>,
}

/// The methods of a module.
struct Group {
    name: &'static str,
    methods: Vec<&'static Method>,
}

fn overview(visit: &Visit<'_>) -> Result<Reply> {
    let query = visit.text("Q");
    let words: Vec<String> = query.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let fits = |method: &&'static Method| {
        let text = format!("{} {}", method.name, method.about).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let groups = visit.app.registry.modules().iter().map(|module| {
        let mut methods: Vec<&'static Method> = module.methods.iter().filter(fits).collect();
        methods.sort_by_key(|it| it.name.to_lowercase());
        Group { name: module.name, methods }
    });
    let groups: Vec<Group> = groups.filter(|it| !it.methods.is_empty()).collect();
    let count = groups.iter().map(|it| it.methods.len()).sum();
    visit.page(&Overview { visit, query, count, groups })
}

/// The OpenAPI description, to save.
fn openapi(visit: &Visit<'_>) -> Result<Reply> {
    let document = visit.call("documentation", json!({}))?.result;
    Ok(Reply::file("application/json", "muster-openapi.json", pretty(&document).into_bytes()))
}

#[derive(Template)]
#[template(path = "pages/explorer/method.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    method: &'static Method,
    params: Vec<Line>,
    errors: Vec<Failure>,
    scopes: String,
    right: String,
    is_for_apps: bool,
    /// Whether it can be tried here: a batch and what is for apps cannot.
    can_be_tried: bool,
    writes: bool,
    only_v3: bool,
    address: String,
    /// What is in the form.
    sent: String,
    problem: String,
    /// What came of it.
    answer: Option<String>,
}

/// A parameter.
struct Line {
    name: &'static str,
    kind: &'static str,
    about: String,
    required: bool,
}

/// An error of the method's own.
struct Failure {
    code: &'static str,
    status: u16,
    text: &'static str,
}

impl<'a> Page<'a> {
    fn new(visit: &'a Visit<'a>) -> Result<Page<'a>> {
        let (name, is_v3) = (visit.path_text("name"), visit.text("REST") == "3");
        let registry = &visit.app.registry;
        let method = registry.find(name, is_v3).or_else(|| registry.find(name, true));
        let method = method.ok_or_else(|| NOT_FOUND.error())?;
        let mut codes: Vec<_> = method.errors.to_vec();
        if method.right != Right::Anyone && !codes.contains(&method.refusal.code) {
            codes.push(method.refusal.code);
        }
        let error = |it: &'static muster_core::Code| Failure { code: it.name, status: it.status, text: it.text };
        Ok(Page {
            visit,
            method,
            params: params(method),
            errors: codes.into_iter().map(error).collect(),
            scopes: method.scopes.join(", "),
            right: right(visit, method.right),
            is_for_apps: method.app_only.is_some(),
            can_be_tried: method.app_only.is_none() && matches!(method.run, Run::Method(_)),
            writes: method.access == Access::Write,
            only_v3: method.versions == Versions::Three,
            address: visit.app.door.own_url(),
            sent: pretty(&example(method)),
            problem: String::new(),
            answer: None,
        })
    }
}

fn method(visit: &Visit<'_>) -> Result<Reply> {
    visit.page(&Page::new(visit)?)
}

/// Calls the method as whoever is signed in, and shows what a client would be answered: at `/rest/`, or at `/rest/api/` by
/// what only REST 3.0 has.
fn try_it(visit: &Visit<'_>) -> Result<Reply> {
    let mut page = Page::new(visit)?;
    if !page.can_be_tried {
        return Err(NOT_FOUND.error());
    }
    page.sent = visit.text("PARAMS");
    let sent = if page.sent.is_empty() { Ok(json!({})) } else { page.sent.parse::<Json>() };
    let Ok(sent) = sent else {
        page.problem = visit.t("method-no-json");
        return Ok(visit.page(&page)?.with_status(422));
    };
    let answer = match visit.run(page.method, sent) {
        Ok(answer) if page.only_v3 => json!({ "result": v3::uniform(page.method, answer) }),
        Ok(Answer { result, total, next, .. }) => {
            let mut shown = Map::new();
            shown.insert("result".to_owned(), result);
            shown.extend(total.map(|it| ("total".to_owned(), it.into())));
            shown.extend(next.map(|it| ("next".to_owned(), it.into())));
            Json::Object(shown)
        }
        Err(err) if err.code.status >= 500 => return Err(err),
        Err(err) if page.only_v3 => v3::failure(&err).1,
        Err(err) => envelope::failure(&err),
    };
    let mut text = pretty(&answer);
    if let Some((end, _)) = text.char_indices().nth(MOST) {
        text.truncate(end);
        text.push_str("\n…");
    }
    page.answer = Some(text);
    visit.page(&page)
}

/// The parameters of a method: its own, and the fields of what it writes.
fn params(method: &'static Method) -> Vec<Line> {
    let own = method.params.iter().map(|it| Line {
        name: it.name,
        kind: it.kind,
        about: it.about.to_owned(),
        required: it.required,
    });
    let mut lines: Vec<Line> = own.collect();
    let Some(entity) = method.entity.filter(|_| method.takes_fields) else { return lines };
    for field in entity.fields.iter().filter(|it| it.writable) {
        if lines.iter().any(|it| it.name == field.name) {
            continue;
        }
        let about = match field.kind {
            Kind::OneOf(choices) => format!("{}: {}", field.title, choices.join(", ")),
            _ => field.title.to_owned(),
        };
        lines.push(Line { name: field.name, kind: kind(field.kind), about, required: false });
    }
    lines
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Int | Kind::User => "integer",
        Kind::Real => "number",
        Kind::Bool | Kind::YesNo | Kind::ZeroOne => "boolean",
        Kind::Image | Kind::File => "array",
        _ => "string",
    }
}

/// What the form begins with: the parameters that the method cannot do without.
fn example(method: &Method) -> Json {
    let required = method.params.iter().filter(|it| it.required);
    let value = |kind: &str| match kind {
        "integer" => json!(1),
        "boolean" => json!(true),
        "array" => json!([]),
        "object" => json!({}),
        _ => json!(""),
    };
    Json::Object(required.map(|it| (it.name.to_owned(), value(it.kind))).collect())
}

/// Who may call, by the right that it needs.
fn right(visit: &Visit<'_>, right: Right) -> String {
    match right {
        Right::Anyone | Right::Administer => visit.t(&format!("right-{}", right.name())),
        _ => visit.t1("right-needed", "right", visit.t(&format!("rights-{}", right.name().replace('_', "-")))),
    }
}

fn pretty(value: &Json) -> String {
    format!("{value:#}")
}
