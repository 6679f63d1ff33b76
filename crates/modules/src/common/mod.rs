//! What every recognized caller may ask: who they are, what there is, what time it is.

use crate::{access::KINDS, user::USER};
use muster_core::{
    Answer, Call, Json, Method, Module, Result,
    access::{self, Person},
    error::{Code, code},
    field::Field,
    json, list,
    method::{Param, Shape, batch, param, read},
    openapi,
    params::read_text,
    personal::{Erased, delete_copies, personal},
    time::{Style, write_instant},
};
use muster_db::{Migration, Sql, Tx};

/// The module.
pub const MODULE: Module = Module {
    methods: METHODS,
    migrations: &[Migration { name: "common/0001", sql: include_str!("0001_common.sql") }],
    access: KINDS,
    personal: &[
        personal("idempotency", "", "Answers of REST 3.0, kept for a day").erased_by(erase_answers),
        personal("outbox", "", "Messages that are no events").erased_by(erase_messages),
    ],
    ..Module::new("common")
};

fn erase_answers(tx: &mut Tx<'_>, person: &Erased) -> Result<()> {
    let own = format!("%:{}", person.id);
    tx.run(&Sql::with("delete from idempotency where caller like $1", [own.into()]))?;
    delete_copies(tx, ("idempotency", "answer"), person)
}

fn erase_messages(tx: &mut Tx<'_>, person: &Erased) -> Result<()> {
    delete_copies(tx, ("outbox", "payload"), person)
}

static CODE_EMPTY: Code = code("CODE_EMPTY", 400, "CODE can't be empty");

const ACCESS: &[Param] = &[param("ACCESS", "array", "Access codes such as U1, D5, DR5, SG3_K, G2, AU")];
const FULL: Param = param("FULL", "boolean", "Everything there is, not only what the caller may use");

static METHODS: &[Method] = &[
    read("profile", profile)
        .about("Answers the basics about the person on whose behalf the call is made.")
        .shape(Shape::Record),
    read("user.admin", admin).about("Tells whether the person administers this Muster.").shape(Shape::Flag),
    read("user.access", user_access)
        .about("Tells whether the person is in at least one of the sets of people that the access codes name.")
        .params(ACCESS)
        .shape(Shape::Flag),
    read("access.name", access_name).about("Answers the names of access codes.").params(ACCESS),
    read("methods", methods)
        .about("Lists the names of methods.")
        .params(&[FULL, param("SCOPE", "string", "Only methods of this scope; empty for those that need none")]),
    read("method.get", method_get)
        .about("Tells whether a method exists and whether the caller may call it.")
        .params(&[param("NAME", "string", "The method's name")]),
    read("scope", scope).about("Lists the caller's scopes.").params(&[FULL]),
    read("server.time", server_time).about("Answers the server's time."),
    read("feature.get", feature)
        .about("Tells whether this Muster has a feature.")
        .params(&[param("CODE", "string", "rest_offline_extended or rest_auth_connector").required()])
        .errors(&[&CODE_EMPTY]),
    batch("batch").about("Carries out up to 50 calls, each of which may use the results of those before it.").params(
        &[
            param("CMD", "object", "The calls, as texts such as user.get?ID=1, by keys of the client's choice")
                .required(),
            param("HALT", "boolean", "Stop at the first error"),
        ],
    ),
    read("rest.scope.list", scope_list).about("Lists the methods with the scopes they need.").only_v3(),
    read("documentation", documentation)
        .about("Answers the OpenAPI description of everything that exists.")
        .shape(Shape::Document)
        .only_v3(),
    read("rest.documentation.openapi", documentation)
        .about("Answers the OpenAPI description of everything that exists.")
        .shape(Shape::Document)
        .only_v3(),
];

fn profile(call: &mut Call<'_, '_>) -> Result<Answer> {
    let fields = ["ID", "NAME", "LAST_NAME", "PERSONAL_GENDER", "TIME_ZONE", "PERSONAL_PHOTO"];
    let fields: Vec<&'static Field> = fields.iter().filter_map(|name| USER.field(name)).collect();
    let found = list::records(call, &USER, &[call.caller.user_id], &fields, "")?;
    let Some(Json::Object(mut person)) = found.into_iter().next() else { return Ok(json!({}).into()) };
    if person.get("PERSONAL_PHOTO").and_then(Json::as_str) == Some("") {
        person.shift_remove("PERSONAL_PHOTO");
    }
    person.shift_insert(1, "ADMIN".to_owned(), call.caller.admin.into());
    Ok(Json::Object(person).into())
}

fn admin(call: &mut Call<'_, '_>) -> Result<Answer> {
    Ok(call.caller.admin.into())
}

fn user_access(call: &mut Call<'_, '_>) -> Result<Answer> {
    // Whoever administers this Muster has every access.
    let has = call.caller.admin || access::matches(call.tx, call.registry, &Person::of(call.caller), &codes(call))?;
    Ok(has.into())
}

fn access_name(call: &mut Call<'_, '_>) -> Result<Answer> {
    let codes = codes(call);
    if codes.is_empty() {
        return Ok(false.into());
    }
    Ok(Json::Object(access::describe(call.tx, call.registry, call.caller, &codes)?).into())
}

fn codes(call: &Call<'_, '_>) -> Vec<String> {
    call.params.list("ACCESS").iter().filter_map(read_text).filter(|it| !it.is_empty()).collect()
}

fn methods(call: &mut Call<'_, '_>) -> Result<Answer> {
    let of_scope = match call.params.get("SCOPE") {
        None | Some(Json::Null) => None,
        Some(scope) => Some(read_text(scope).unwrap_or_default()),
    };
    let full = call.params.flag("FULL")?;
    let names = call.registry.methods().filter(|it| it.versions.answers(false)).filter(|method| match &of_scope {
        Some(scope) if scope.is_empty() => method.scopes.is_empty(),
        Some(scope) => method.scopes.contains(&scope.as_str()),
        None => full || method.is_open_to(call.caller),
    });
    Ok(names.map(|it| it.name).collect::<Vec<_>>().into())
}

fn method_get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let name = call.params.text("NAME")?.unwrap_or_default();
    // What only REST 3.0 has is in no list of methods either.
    let method = call.registry.find(&name, false);
    let available = method.is_some_and(|it| it.is_open_to(call.caller));
    Ok(json!({ "isExisting": method.is_some(), "isAvailable": available }).into())
}

fn scope(call: &mut Call<'_, '_>) -> Result<Answer> {
    if call.params.flag("FULL")? {
        return Ok(call.registry.scopes().map(|it| it.name).collect::<Vec<_>>().into());
    }
    Ok(call.caller.scopes.clone().into())
}

fn server_time(call: &mut Call<'_, '_>) -> Result<Answer> {
    Ok(write_instant(call.now, Style::Iso, &call.settings.time_zone).into())
}

/// Features that the documentation names. A code that is unknown is a feature that is missing.
fn feature(call: &mut Call<'_, '_>) -> Result<Answer> {
    let code = call.params.text("CODE")?.ok_or_else(|| CODE_EMPTY.error())?;
    let has = ["rest_offline_extended", "rest_auth_connector"].contains(&code.as_str());
    Ok(json!({ "value": if has { "Y" } else { "N" } }).into())
}

fn scope_list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let methods = call.registry.methods().filter(|it| it.versions.answers(true));
    let items = methods.map(|it| json!({ "method": it.name, "scopes": it.scopes }));
    Ok(json!({ "items": items.collect::<Vec<_>>() }).into())
}

fn documentation(call: &mut Call<'_, '_>) -> Result<Answer> {
    Ok(openapi::document(call.registry, call.base_url).into())
}
