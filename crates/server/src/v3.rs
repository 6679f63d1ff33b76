//! REST 3.0 at `/rest/api/`: another envelope around the same methods, and answers that can be asked for again.

use crate::{
    App,
    batch::MOST,
    execute::{Context, Done, Ready, measured, prepare, run_in},
};
use muster_core::{
    Answer, Error, Json, Map, Method, Params, Result,
    clock::hash_of,
    error::{BATCH_LENGTH, BATCH_NOT_ALLOWED},
    error_v3::{INVALID_SELECT, KEY_INVALID, KEY_REUSED, VALIDATION, translate},
    json,
    method::{Access, Run, Shape},
    params::read_text,
    reference::resolve,
};
use muster_db::{Sql, Tx};

/// How long an answer can be asked for again.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// What a call at this door came to.
pub(crate) struct Outcome {
    pub(crate) done: Done,
    /// Whether the answer is one that was given before.
    pub(crate) replayed: bool,
}

/// Carries out a call. `repeat` is its `Idempotency-Key` and the bytes of its body; it counts for what changes something.
pub(crate) fn run(
    app: &App,
    context: &Context,
    method: &'static Method,
    params: &Params,
    repeat: Option<(&str, &[u8])>,
) -> Outcome {
    let mut replayed = false;
    let done = measured(app, context, method, || {
        let work = Work::read(app, context, method, params)?;
        if !work.writes() {
            return Ok(app.db.read(|tx| work.run(tx, app, context))?.into());
        }
        let claim = repeat.map(|(key, body)| Claim::new(context, method, key, body)).transpose()?;
        app.db.write(|tx| {
            let run = |tx: &mut Tx<'_>| work.run(tx, app, context);
            let (answer, again) = match &claim {
                Some(claim) => once(tx, app.clock.seconds(), claim, run)?,
                None => (run(tx)?, false),
            };
            replayed = again;
            Ok(answer.into())
        })
    });
    Outcome { done, replayed }
}

/// What is to be done in one transaction.
enum Work<'a> {
    /// One call.
    One(Ready<'a>),
    /// The calls of a batch: all of them happen or none does.
    Many(Vec<(&'static Method, Json)>),
}

impl<'a> Work<'a> {
    fn read(app: &App, context: &Context, method: &'static Method, params: &'a Params) -> Result<Work<'a>> {
        Ok(match method.run {
            Run::Batch => Work::Many(read_calls(app, params)?),
            Run::Method(_) => Work::One(prepare(app, context, method, params)?),
        })
    }

    fn writes(&self) -> bool {
        match self {
            Work::One(ready) => ready.method.access == Access::Write,
            Work::Many(calls) => calls.iter().any(|(method, _)| method.access == Access::Write),
        }
    }

    fn run(&self, tx: &mut Tx<'_>, app: &App, context: &Context) -> Result<Json> {
        let calls = match self {
            Work::One(ready) => return Ok(uniform(ready.method, run_in(tx, app, context, ready)?)),
            Work::Many(calls) => calls,
        };
        let mut results = Map::new();
        for (index, (method, query)) in calls.iter().enumerate() {
            let params = Params::new(resolve(query.clone(), &results)?)?;
            let done = measured(app, context, method, || {
                let ready = prepare(app, context, method, &params)?;
                run_in(tx, app, context, &ready)
            });
            results.insert(index.to_string(), uniform(method, done.outcome?));
        }
        Ok(Json::Array(results.into_iter().map(|(_, result)| result).collect()))
    }
}

/// What a repeated call is recognized by.
struct Claim {
    caller: String,
    method: &'static Method,
    key: String,
    body_hash: String,
}

impl Claim {
    fn new(context: &Context, method: &'static Method, key: &str, body: &[u8]) -> Result<Claim> {
        if key.is_empty() || key.len() > 255 || !key.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(KEY_INVALID.error());
        }
        Ok(Claim {
            caller: format!("{:?}:{}", context.caller.via, context.caller.user_id),
            method,
            key: key.to_owned(),
            body_hash: hash_of(&String::from_utf8_lossy(body)),
        })
    }
}

/// Does the work unless the same call was answered before. The claim and the change are one transaction, so there is no
/// moment at which a call is done but not remembered; of two at the same time, one waits for the other.
fn once(
    tx: &mut Tx<'_>,
    now: i64,
    claim: &Claim,
    work: impl FnOnce(&mut Tx<'_>) -> Result<Json>,
) -> Result<(Json, bool)> {
    tx.run(&Sql::with("delete from idempotency where created_at <= $1", [(now - KEPT_SECONDS).into()]))?;
    let names = || [claim.caller.as_str().into(), claim.method.name.into(), claim.key.as_str().into()];
    let mut claiming = Sql::with(
        "insert into idempotency (caller, method, given_key, body_hash, answer, created_at) values ($1, $2, $3, ",
        names(),
    );
    claiming.bind(claim.body_hash.as_str()).push(", '', ").bind(now).push(") on conflict do nothing");
    if tx.run(&claiming)? == 0 {
        let known = "select body_hash, answer from idempotency where caller = $1 and method = $2 and given_key = $3";
        let row = tx.row(&Sql::with(known, names()))?.ok_or_else(|| KEY_REUSED.error())?;
        if row.text(0) != claim.body_hash {
            return Err(KEY_REUSED.error());
        }
        return Ok((serde_json::from_str(row.text(1)).unwrap_or_default(), true));
    }
    let answer = work(tx)?;
    let mut keep = Sql::new("update idempotency set answer = ");
    keep.bind(answer.to_string()).push(" where caller = ").bind(claim.caller.as_str());
    keep.push(" and method = ").bind(claim.method.name).push(" and given_key = ").bind(claim.key.as_str());
    tx.run(&keep)?;
    Ok((answer, false))
}

/// A result in the uniform shape of REST 3.0.
pub(crate) fn uniform(method: &Method, answer: Answer) -> Json {
    let answer = answer.parsed();
    match method.shape {
        Shape::Record => json!({ "item": answer.result }),
        Shape::Id => json!({ "id": answer.result }),
        Shape::Flag => json!({ "result": answer.result }),
        Shape::List => paged(Map::from_iter([("items".to_owned(), answer.result)]), answer.total, answer.next),
        Shape::Value | Shape::Address | Shape::Document => match answer.result {
            Json::Object(members) => paged(members, answer.total, answer.next),
            result => result,
        },
    }
}

/// A result with what else is known of its page.
fn paged(mut members: Map<String, Json>, total: Option<i64>, next: Option<i64>) -> Json {
    members.extend(total.map(|it| ("total".to_owned(), it.into())));
    members.extend(next.map(|it| ("next".to_owned(), it.into())));
    Json::Object(members)
}

/// The calls of a batch: an array, or an object with the keys 0, 1, 2, ... and perhaps others such as `auth`.
fn read_calls(app: &App, params: &Params) -> Result<Vec<(&'static Method, Json)>> {
    let mut calls = Vec::new();
    for (key, call) in params.iter() {
        if key.parse::<usize>().is_err() {
            return Err(INVALID_SELECT.error());
        }
        let name = call.get("method").and_then(read_text).ok_or_else(|| INVALID_SELECT.error())?;
        let method = app.registry.get(&name, true)?;
        if let Run::Batch = method.run {
            return Err(BATCH_NOT_ALLOWED.error());
        }
        calls.push((method, call.get("query").cloned().unwrap_or_else(|| json!({}))));
    }
    if calls.len() > MOST {
        return Err(BATCH_LENGTH.error());
    }
    Ok(calls)
}

/// A failure in the envelope of REST 3.0, with its status.
pub(crate) fn failure(err: &Error) -> (u16, Json) {
    let code = translate(err);
    let mut error = Map::new();
    error.insert("code".to_owned(), code.name.into());
    error.insert("message".to_owned(), err.said.as_ref().into());
    if code == &VALIDATION {
        let field = err.argument.as_deref().unwrap_or_default();
        error.insert("validation".to_owned(), json!([{ "field": field, "message": err.said }]));
    }
    (code.status, json!({ "error": error }))
}

/// The status that a failure has here.
pub(crate) fn status(err: &Error) -> u16 {
    translate(err).status
}
