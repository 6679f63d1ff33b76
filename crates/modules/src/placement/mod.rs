//! Widgets: what apps put where in the pages of Muster.
//!
//! Modules declare the places; the general ones are here. What is shown to whom is asked of [`shown`].

mod bind;
pub mod slow;

use crate::app::{self, App};
use muster_core::{
    Answer, Call, Json, Map, Module, Registry, Result,
    access::Person,
    call::Right,
    error::{ACCESS_DENIED, ARGUMENT, Code, code},
    json,
    method::{Method, Param, Shape, param, read, write},
    module::{Placement, Scope, placement},
    params::read_text,
    personal::personal,
};
use muster_db::{Migration, Row, Sql, Tx};

/// The module.
pub const MODULE: Module = Module {
    scopes: &[Scope { name: "placement", title: "Widgets in the pages of Muster" }],
    methods: METHODS,
    migrations: &[
        Migration { name: "placement/0001", sql: include_str!("0001_placements.sql") },
        Migration { name: "placement/0002", sql: include_str!("0002_slow.sql") },
    ],
    placements: &[
        placement("LEFT_MENU", None, "An item of the main menu"),
        Placement {
            single: true,
            personal: true,
            required_option: Some(("errorHandlerUrl", &NO_ERROR_HANDLER)),
            options: Some(&["errorHandlerUrl"]),
            ..placement("PAGE_BACKGROUND_WORKER", None, "A hidden frame on every page")
        },
        Placement { single: true, options: Some(&[]), ..placement("REST_APP_URI", None, "The app, opened by a link") },
    ],
    personal: &[
        personal("placements", "user_id", "Widgets for the person alone").exported(&["app_id", "placement", "title"]),
        personal("placement_slow", "user_id", "Background workers that were slow in the person's browser"),
    ],
    ..Module::new("placement")
};

/// The place holds one widget of an app, and there is one.
static MAX_COUNT: Code = code("ERROR_PLACEMENT_MAX_COUNT", 400, "Placement max count");
/// The place shows its widgets to everyone.
static USER_MODE: Code = code("ERROR_PLACEMENT_USER_MODE", 400, "User mode is not available");
/// A background worker has to say where its errors go.
static NO_ERROR_HANDLER: Code = code("EMPTY_ERROR_HANDLER_URL", 400, "Parameter errorHandlerUrl is empty");
/// There is no such place, or the app's scopes do not open it.
static NOT_FOUND: Code = code("ERROR_PLACEMENT_NOT_FOUND", 400, "Placement not found");

const SCOPE: &[&str] = &["placement"];
const PLACEMENT: Param = param("PLACEMENT", "string", "The code of the place").required();
const USER_ID: Param = param("USER_ID", "integer", "For whom, where a place has widgets for one person");

static METHODS: &[Method] = &[
    write("placement.bind", bind::bind)
        .changes("placement", "PLACEMENT")
        .about("Puts a widget of the app in a place of Muster's pages.")
        .scopes(SCOPE)
        .in_app()
        .right(Right::ManageApps, &ACCESS_DENIED, "Access denied!")
        .params(&[
            PLACEMENT,
            param("HANDLER", "string", "The address of the page that is shown there").required(),
            param("TITLE", "string", "What the widget is called"),
            param("DESCRIPTION", "string", "What it is for"),
            param("GROUP_NAME", "string", "Under what several widgets stand together"),
            param("LANG_ALL", "object", "TITLE, DESCRIPTION and GROUP_NAME by language"),
            param("OPTIONS", "object", "What the place needs to know"),
            USER_ID,
        ])
        .shape(Shape::Flag)
        .errors(&[&ARGUMENT, &MAX_COUNT, &USER_MODE, &NO_ERROR_HANDLER, &NOT_FOUND]),
    write("placement.unbind", bind::unbind)
        .changes("placement", "PLACEMENT")
        .about("Takes widgets of the app out of a place and answers how many.")
        .scopes(SCOPE)
        .in_app()
        .right(Right::ManageApps, &ACCESS_DENIED, "Access denied!")
        .params(&[PLACEMENT, param("HANDLER", "string", "Only the one with this address"), USER_ID])
        .errors(&[&ARGUMENT, &NOT_FOUND]),
    read("placement.get", get).about("Lists the app's widgets.").scopes(SCOPE).in_app().right(
        Right::ManageApps,
        &ACCESS_DENIED,
        "Access denied!",
    ),
    read("placement.list", list)
        .about("Lists the places that are open to the app.")
        .scopes(SCOPE)
        .in_app()
        .params(&[param("SCOPE", "string", "Only those of this scope"), param("FULL", "boolean", "All there are")]),
];

/// Lists the places that are open to the app.
fn list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let of_scope = call.params.get("SCOPE").and_then(read_text).filter(|it| !it.is_empty());
    let full = call.params.flag("FULL")?;
    let names = call.registry.placements().filter(|place| match &of_scope {
        Some(scope) => place.scope.unwrap_or("placement") == scope,
        None => full || place.scope.is_none_or(|scope| call.caller.holds(scope)),
    });
    Ok(names.map(|it| it.name).collect::<Vec<_>>().into())
}

/// Lists the app's widgets.
fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let mut sql = Sql::new(COLUMNS);
    sql.push("where app_id = ").bind(app::calling(call)?).push(" order by id");
    let rows = call.tx.rows(&sql)?;
    let shown = rows.iter().map(|row| {
        let widget = Widget::read(row)?;
        Ok(json!({
            "placement": widget.placement,
            "userId": widget.user_id,
            "handler": widget.handler,
            "options": or_empty_list(widget.options),
            "title": widget.title,
            "description": widget.description,
            "langAll": or_empty_list(widget.lang_all),
        }))
    });
    Ok(Json::Array(shown.collect::<Result<_>>()?).into())
}

/// Nothing is an empty list, as in PHP.
fn or_empty_list(map: Map<String, Json>) -> Json {
    if map.is_empty() { json!([]) } else { Json::Object(map) }
}

const COLUMNS: &str =
    "select id, app_id, placement, user_id, handler, title, description, group_name, lang_all, options
                       from placements ";

/// A widget of an app.
#[derive(Debug, Clone, PartialEq)]
pub struct Widget {
    /// Its ID.
    pub id: i64,
    /// Whose it is.
    pub app_id: i64,
    /// Where it is.
    pub placement: String,
    /// For whom; 0 is everyone.
    pub user_id: i64,
    /// The address of its page.
    pub handler: String,
    /// What it is called, what for, and under what, where no language says otherwise.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Under what several widgets stand together.
    pub group_name: String,
    /// The three texts by language.
    pub lang_all: Map<String, Json>,
    /// What the place needs to know.
    pub options: Map<String, Json>,
}

impl Widget {
    fn read(row: &Row) -> Result<Widget> {
        let map = |column| match row.text(column).parse() {
            Ok(Json::Object(map)) => map,
            _ => Map::new(),
        };
        Ok(Widget {
            id: row.int(0)?,
            app_id: row.int(1)?,
            placement: row.text(2).to_owned(),
            user_id: row.int(3)?,
            handler: row.text(4).to_owned(),
            title: row.text(5).to_owned(),
            description: row.text(6).to_owned(),
            group_name: row.text(7).to_owned(),
            lang_all: map(8),
            options: map(9),
        })
    }

    /// One of its texts, such as `TITLE`, in this language: the widget's text for it, or the one for every language.
    pub fn text(&self, name: &str, language: &str) -> &str {
        let plain = match name {
            "TITLE" => &self.title,
            "DESCRIPTION" => &self.description,
            _ => &self.group_name,
        };
        let own = self.lang_all.get(language).and_then(|it| it.get(name)).and_then(Json::as_str);
        own.filter(|it| !it.is_empty()).unwrap_or(plain)
    }
}

/// The widgets that a person is shown in a place, with their apps: of apps that are installed and that they may use.
pub fn shown(tx: &mut Tx<'_>, registry: &Registry, person: &Person, place: &str) -> Result<Vec<(Widget, App)>> {
    let mut sql = Sql::new(COLUMNS);
    sql.push("where placement = ").bind(place).push(" and user_id in (0, ").bind(person.id).push(") order by id");
    let mut widgets = Vec::new();
    for row in tx.rows(&sql)? {
        let widget = Widget::read(&row)?;
        let Some(app) = app::load(tx, widget.app_id)?.filter(|app| app.installed) else { continue };
        if app::admits(tx, registry, person, &app.allowed)? {
            widgets.push((widget, app));
        }
    }
    Ok(widgets)
}
