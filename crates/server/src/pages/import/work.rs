//! What an import does when no one waits for it: checking every line, and adding all of its people or none.

use super::{
    read::{Row, parse},
    rows::{Problem, Reader},
    targets::Target,
};
use crate::{
    App,
    execute::{Context, Ready, log_cause, prepare, run_in},
    jobs::Job,
    pages::{Language, people::Asker},
};
use muster_core::{
    Caller, Error, Json, Map, Params, Result, audit::Origin, call::Right, error::ACCESS_DENIED, json, params::read_text,
};
use muster_modules::{
    directory::imports::{self, Import, OVERTAKEN},
    right,
    user::{CHECK_ADD, store},
};
use std::{cell::Cell, collections::HashMap};

/// How many lines are checked in one transaction.
const AT_ONCE: usize = 100;

/// An attempt at an import, with all that it needs once its visit is over.
pub(super) struct Attempt {
    pub(super) import: Import,
    pub(super) caller: Caller,
    pub(super) language: Language,
    pub(super) targets: Vec<Target>,
    pub(super) job: Job,
    /// Whether the people are to be added, and not only looked at.
    pub(super) is_real: bool,
    /// Whence it was asked for.
    pub(super) origin: Origin,
}

/// What was chosen for an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choices {
    /// The field that each column is; empty for none.
    pub(super) map: Vec<String>,
    /// The department of whoever has none in the file.
    pub(super) department: String,
    /// Whether everyone gets an invitation by mail.
    pub(super) invites: bool,
}

impl Choices {
    pub(super) fn read(kept: &Json) -> Choices {
        let text = |it: Option<&Json>| it.and_then(read_text).unwrap_or_default();
        let map = kept.get("map").and_then(Json::as_array).into_iter().flatten();
        Choices {
            map: map.map(|it| text(Some(it))).collect(),
            department: text(kept.get("department")),
            invites: kept.get("invites").and_then(Json::as_bool).unwrap_or(false),
        }
    }

    pub(super) fn write(&self) -> Json {
        json!({ "map": self.map, "department": self.department, "invites": self.invites })
    }
}

impl Attempt {
    /// Does the work and writes down what it came to. Whatever goes wrong is written down too.
    pub(super) fn run(&self, app: &App) -> Result<()> {
        let outcome = self.work(app);
        let now = app.clock.seconds();
        let (id, attempt) = (self.import.id, self.import.attempt);
        let (state, report) = match outcome {
            // Adding people has written its own end, together with them.
            Ok(None) => return Ok(()),
            Ok(Some(report)) => ("checked", report),
            Err(err) if err.code == &OVERTAKEN => return Ok(()),
            Err(err) => {
                log_cause(&err);
                ("failed", json!({ "failed": err.said }))
            }
        };
        app.db.write(|tx| imports::conclude(tx, id, attempt, (state, &report), now))
    }

    fn work(&self, app: &App) -> Result<Option<Json>> {
        let choices = Choices::read(&self.import.choices);
        let target = |name: &String| self.targets.iter().find(|it| it.name == *name).cloned();
        let columns = choices.map.iter().map(target).collect();
        let asker = Asker { app, caller: &self.caller };
        let mut reader = Reader::new((asker, self.language), columns, choices.department.clone())?;
        // It was read when it came, so it can be read.
        let table = parse(&self.import.content)
            .map_err(|problem| muster_core::error::ARGUMENT.say(self.language.text(problem, &[])))?;
        // Whoever may import people may add those of a file, whether or not they may invite others.
        let rights = self.caller.rights.with(Right::InvitePeople);
        let (caller, origin) = (Caller { rights, ..self.caller.clone() }, self.origin.clone());
        let context = Context { caller, base_url: String::new(), is_v3: false, origin };
        if self.is_real {
            self.add(app, &context, (&mut reader, &choices), &table.rows)
        } else {
            self.check(app, &context, (&mut reader, &choices), &table.rows).map(Some)
        }
    }

    /// What is wrong with which line, and how many people there are.
    fn check(
        &self,
        app: &App,
        context: &Context,
        (reader, choices): (&mut Reader<'_>, &Choices),
        rows: &[Row],
    ) -> Result<Json> {
        let mut problems: Vec<(u64, Problem)> = Vec::new();
        let mut lines: HashMap<String, u64> = HashMap::new();
        for (chunk, some) in rows.chunks(AT_ONCE).enumerate() {
            let mut readable = Vec::new();
            for row in some {
                let (params, wrong) = reader.read(row)?;
                if let Some(email) = params.get("EMAIL").and_then(read_text) {
                    if let Some(line) = lines.get(&store::email_key(&email)) {
                        let said = self.language.text("import-twice", &[("line", line.to_string().into())]);
                        problems.push((row.line, (String::new(), said)));
                    }
                    lines.entry(store::email_key(&email)).or_insert(row.line);
                }
                // The rest of a line is looked at too, so that all is told at once.
                if let Some(params) = reader.rest(params) {
                    readable.push((row.line, Params::new(sent(params, choices, self.language))?));
                }
                problems.extend(wrong.into_iter().map(|it| (row.line, it)));
            }
            let mut ready = Vec::new();
            for (line, params) in &readable {
                ready.push((*line, prepare(app, context, &CHECK_ADD, params)?));
            }
            let refused = app.db.read(|tx| {
                let tried = ready.iter().map(|(line, ready)| (*line, run_in(tx, app, context, ready).err()));
                Ok::<_, Error>(tried.collect::<Vec<_>>())
            })?;
            problems.extend(refused.into_iter().filter_map(|(line, err)| Some((line, reader.refusal(&err?)))));
            self.job.is_at(chunk * AT_ONCE + some.len(), rows.len());
        }
        problems.sort_by_key(|it| it.0);
        let left = app.db.read(|tx| store::places_left(tx, &app.settings))?;
        let is_too_many = left.is_some_and(|left| (rows.len() as u64) > left);
        let listed: Vec<Json> = problems.into_iter().map(|(line, (about, why))| json!([line, about, why])).collect();
        Ok(json!({ "rows": rows.len(), "problems": listed, "left": left.filter(|_| is_too_many) }))
    }

    /// Adds all people in one transaction, which also says that it is done.
    fn add(
        &self,
        app: &App,
        context: &Context,
        (reader, choices): (&mut Reader<'_>, &Choices),
        rows: &[Row],
    ) -> Result<Option<Json>> {
        let method = app.registry.get("user.add", false)?;
        let mut people = Vec::with_capacity(rows.len());
        for row in rows {
            let (params, wrong) = reader.read(row)?;
            if let Some((about, why)) = wrong.into_iter().next() {
                return Ok(Some(json!({ "rows": rows.len(), "problems": [[row.line, about, why]], "stopped": true })));
            }
            people.push((row.line, Params::new(sent(params, choices, self.language))?));
        }
        let ready: Vec<(u64, Ready<'_>)> = people
            .iter()
            .map(|(line, params)| Ok((*line, prepare(app, context, method, params)?)))
            .collect::<Result<_>>()?;
        let (id, attempt, now) = (self.import.id, self.import.attempt, app.clock.seconds());
        let report = json!({ "rows": ready.len(), "invites": choices.invites });
        let refused = Cell::new(0);
        let done = app.db.write_long(|tx| {
            // It was begun by someone who may, and may have waited.
            if !right::has(tx, self.caller.user_id, Right::ImportPeople)? {
                return Err(ACCESS_DENIED.error());
            }
            for (number, (line, ready)) in ready.iter().enumerate() {
                refused.set(*line);
                run_in(tx, app, context, ready)?;
                self.job.is_at(number + 1, people.len());
            }
            refused.set(0);
            imports::conclude(tx, id, attempt, ("done", &report), now)
        });
        match done {
            Ok(()) => {
                app.changed.notify_one();
                Ok(None)
            }
            // What was right when it was checked may not be any more.
            Err(err) if refused.get() > 0 && err.code.status < 500 => {
                let (about, why) = reader.refusal(&err);
                Ok(Some(json!({ "rows": rows.len(), "problems": [[refused.get(), about, why]], "stopped": true })))
            }
            Err(err) => Err(err),
        }
    }
}

/// What `user.add` is sent of someone.
fn sent(mut params: Map<String, Json>, choices: &Choices, language: Language) -> Json {
    params.insert("SEND_INVITATION".to_owned(), choices.invites.into());
    params.insert("INVITATION_LANGUAGE".to_owned(), language.code().into());
    Json::Object(params)
}
