//! Carrying out one method: the checks, the transaction, the accounting. Every door comes through here.

use crate::{App, operating::Usage, v3};
use muster_core::{
    Answer, Call, Caller, Chance, Error, Method, Params, Result,
    audit::{self, Entry, Origin},
    custom,
    error::{INTERNAL, OPERATION_LIMIT},
    method::{Access, Run},
    picture::Pictures,
};
use muster_db::{Reader, Tx};
use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

/// Who calls, by which door, and under which address.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) caller: Caller,
    pub(crate) base_url: String,
    pub(crate) is_v3: bool,
    /// Whence the call comes, for the audit log. What the caller tells by itself is not filled in.
    pub(crate) origin: Origin,
}

/// A method with its parameters, checked and ready to run.
pub(crate) struct Ready<'a> {
    pub(crate) method: &'static Method,
    params: Cow<'a, Params>,
    pictures: Pictures,
}

/// What came of a method.
pub(crate) struct Done {
    pub(crate) outcome: Result<Answer>,
    /// When it began, since 1970.
    pub(crate) start: Duration,
    /// When it ended, since 1970.
    pub(crate) finish: Duration,
    pub(crate) usage: Usage,
}

/// Checks scope, right and working time, and decodes pictures, before any transaction.
pub(crate) fn prepare<'a>(
    app: &App,
    context: &Context,
    method: &'static Method,
    params: &'a Params,
) -> Result<Ready<'a>> {
    method.check(&context.caller)?;
    if !app.operating.has_time_left(context.caller.via, method.name, app.clock.now()) {
        return Err(OPERATION_LIMIT.error());
    }
    let params = method.named(params);
    let pictures = method.decode_pictures(&params, &app.settings)?;
    Ok(Ready { method, params, pictures })
}

/// Runs a prepared method in a transaction that is already there.
pub(crate) fn run_in(tx: &mut Tx<'_>, app: &App, context: &Context, ready: &Ready<'_>) -> Result<Answer> {
    // The doors take batches apart before they come here.
    let Run::Method(run) = ready.method.run else { return Err(INTERNAL.error()) };
    let custom = match ready.method.entity.and_then(|entity| entity.custom) {
        Some(custom) => custom::load(tx, custom)?,
        None => Vec::new(),
    };
    let now = app.clock.seconds();
    let oneself = if ready.method.of_oneself { context.caller.of_oneself() } else { None };
    let answer = run(&mut Call {
        caller: oneself.as_ref().unwrap_or(&context.caller),
        params: &ready.params,
        pictures: &ready.pictures,
        tx: &mut *tx,
        now,
        chance: Chance::from_system(),
        settings: &app.settings,
        registry: &app.registry,
        base_url: &context.base_url,
        custom: &custom,
        indexes: &app.indexes,
    })?;
    if ready.method.is_audited {
        let sent = (&*ready.params, custom.as_slice());
        let entry = Entry::of_call(&app.registry, ready.method, sent, &answer, context.caller.app());
        audit::write(tx, &origin(context, ready.method), &entry, now)?;
    }
    Ok(if context.is_v3 { answer } else { ready.method.dress(answer) })
}

/// Whence a call comes, with what its caller tells by itself.
fn origin(context: &Context, method: &Method) -> Origin {
    let Origin { address, agent, request, .. } = context.origin.clone();
    let folder = if context.is_v3 { "/rest/api/" } else { "/rest/" };
    let request = if request.is_empty() { format!("{folder}{}", method.name) } else { request };
    Origin { user_id: Some(context.caller.user_id), via: context.caller.via.name(), address, agent, request }
}

/// Carries out one method in a transaction of its own and accounts for it.
pub(crate) fn execute(app: &App, context: &Context, method: &'static Method, params: &Params) -> Done {
    execute_with(&mut app.db.reader(), app, context, method, params)
}

/// The same on a connection that is kept from one method to the next, as long as they only read.
pub(crate) fn execute_with(
    reader: &mut Reader<'_>,
    app: &App,
    context: &Context,
    method: &'static Method,
    params: &Params,
) -> Done {
    measured(app, context, method, || {
        let ready = prepare(app, context, method, params)?;
        match method.access {
            Access::Read => reader.read(|tx| run_in(tx, app, context, &ready)),
            Access::Write => {
                // Whoever held one connection while waiting for another could wait for ever.
                reader.let_go();
                app.db.write(|tx| run_in(tx, app, context, &ready))
            }
        }
    })
}

/// Accounts for what `work` does in the name of a method, and logs why it failed.
pub(crate) fn measured(
    app: &App,
    context: &Context,
    method: &'static Method,
    work: impl FnOnce() -> Result<Answer>,
) -> Done {
    let start = app.clock.now();
    let began = Instant::now();
    let outcome = work();
    account(app, context, method, outcome, (start, began.elapsed()))
}

/// Accounts for what a method came to, and when it began and how long it took.
pub(crate) fn account(
    app: &App,
    context: &Context,
    method: &'static Method,
    mut outcome: Result<Answer>,
    (start, took): (Duration, Duration),
) -> Done {
    let finish = start + took;
    let status = match &outcome {
        Ok(_) => 200,
        Err(err) if context.is_v3 => v3::status(err),
        Err(err) => err.code.status,
    };
    app.metrics.count(Some(method.name), status, took);
    // A batch of REST 3.0 has committed only now.
    if status == 200 && (method.access == Access::Write || matches!(method.run, Run::Batch)) {
        app.changed.notify_one();
    }
    if let Err(err) = &mut outcome {
        log_cause(err);
        err.cause = None;
    }
    // A batch works by its commands, and those are accounted for themselves.
    let worked = if let Run::Batch = method.run { Duration::ZERO } else { took };
    Done { outcome, start, finish, usage: app.operating.usage(context.caller.via, method.name, finish, worked) }
}

/// Writes what only the log may know of an error.
pub(crate) fn log_cause(err: &Error) {
    if let Some(cause) = &err.cause {
        tracing::error!(code = err.code.name, cause = cause.as_ref() as &dyn std::error::Error, "call failed");
    }
}
