//! Telling subscribers what happened: takes what is due from the database, sends it, and keeps what came of it.
//!
//! Any number of processes may do so on one database. What a process had in its hands when it ended is sent by another, or
//! by its successor, once its time is over.

use crate::App;
use muster_core::{Chance, Error, Result, error::INTERNAL};
use muster_modules::{
    audit,
    event::delivery::{self, Delivery},
    mail::SCHEME,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::watch,
    task::{JoinSet, spawn_blocking},
    time::sleep,
};

/// The most deliveries at the same time.
const MOST: usize = 64;
/// How long to wait before looking again, if nothing happens: what another process wrote is found then.
const PAUSE: Duration = Duration::from_millis(500);
/// How long after a change to look: changes come in swarms.
const SWARM: Duration = Duration::from_millis(10);
/// How often to forget what is of no use any more, in rounds that found nothing.
const SWEEP_ROUNDS: u32 = 7200;

/// Delivers until it is told to stop; then takes nothing more, and ends what is under way.
pub(crate) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut courier = Courier::new(Arc::clone(&app));
    let mut idle: u32 = 0;
    while !*stop.borrow() {
        match courier.take().await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(err) => log(&err, "what is due could not be read"),
        }
        if idle.is_multiple_of(SWEEP_ROUNDS) {
            sweep(&app).await;
        }
        idle = idle.wrapping_add(1);
        tokio::select! {
            () = app.changed.notified() => sleep(SWARM).await,
            () = sleep(PAUSE) => {}
            // Whoever was busy may have more to be told.
            Some(_) = courier.tasks.join_next() => {}
            _ = stop.changed() => {}
        }
    }
    while courier.tasks.join_next().await.is_some() {}
}

async fn sweep(app: &Arc<App>) {
    let app = Arc::clone(app);
    let swept = spawn_blocking(move || {
        let now = app.clock.seconds();
        app.db.write(|tx| {
            if let Some(days) = app.door.audit_days {
                audit::sweep(tx, days, now)?;
            }
            delivery::sweep(tx, now)
        })
    });
    let swept = swept.await;
    if let Ok(Err(err)) = swept {
        log(&err, "what is of no use any more could not be forgotten");
    }
}

fn log(err: &Error, what: &str) {
    let cause = err.cause.as_deref().map(|it| it as &(dyn std::error::Error + 'static));
    tracing::error!(code = err.code.name, cause, "{what}");
}

type Busy = Arc<Mutex<HashMap<String, usize>>>;

/// Deliveries that are under way.
pub struct Courier {
    app: Arc<App>,
    tasks: JoinSet<()>,
    /// How many are under way to each subscriber, so that one that is slow does not hold up the others.
    busy: Busy,
}

impl Courier {
    /// One that has nothing to do yet.
    pub fn new(app: Arc<App>) -> Courier {
        Courier { app, tasks: JoinSet::new(), busy: Arc::default() }
    }

    /// Takes what is due and begins to send it. Answers how much that was.
    pub async fn take(&mut self) -> Result<usize> {
        while self.tasks.try_join_next().is_some() {}
        let room = MOST.saturating_sub(self.tasks.len());
        if room == 0 {
            self.tasks.join_next().await;
            return Ok(1);
        }
        let app = Arc::clone(&self.app);
        let busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let taken = spawn_blocking(move || {
            // Looking is cheap and taking writes, so there is nothing to take before something is due.
            if !app.db.read(|tx| delivery::is_due(tx, app.clock.seconds()))? {
                return Ok(Vec::new());
            }
            // What cannot be written at all must not hold the others up, so it is looked for one by one.
            take(&app, (&busy, room, None)).or_else(|err| {
                log(&err, "what is due could not be written");
                take_singly(&app, &busy, room)
            })
        });
        let taken = taken.await.map_err(|err| INTERNAL.error().because(err))??;
        let count = taken.len();
        for delivery in taken {
            let under_way = UnderWay::new(&self.busy, &delivery.subscriber);
            self.tasks.spawn(send(Arc::clone(&self.app), under_way, delivery));
        }
        Ok(count)
    }

    /// Sends what is due until nothing is under way. For tests.
    pub async fn settle(&mut self) -> Result<()> {
        loop {
            let taken = self.take().await?;
            if self.tasks.join_next().await.is_none() && taken == 0 {
                return Ok(());
            }
        }
    }
}

fn take(app: &App, what: (&HashMap<String, usize>, usize, Option<i64>)) -> Result<Vec<Delivery>> {
    app.db.write(|tx| {
        let chance = &mut Chance::from_system();
        delivery::take(tx, &app.registry, &app.door.own_url(), what, (chance, app.clock.seconds()))
    })
}

/// Takes what is due, each in a transaction of its own. What cannot be written counts as a try that failed.
fn take_singly(app: &App, busy: &HashMap<String, usize>, room: usize) -> Result<Vec<Delivery>> {
    let (mut taken, mut busy) = (Vec::new(), busy.clone());
    for id in app.db.read(|tx| delivery::due_ids(tx, (&busy, room), app.clock.seconds()))? {
        match take(app, (&busy, room, Some(id))) {
            Ok(one) => {
                for it in &one {
                    *busy.entry(it.subscriber.clone()).or_default() += 1;
                }
                taken.extend(one);
            }
            Err(err) => {
                tracing::error!(delivery = id, code = err.code.name, "a delivery cannot be written");
                let problem = "it could not be written; the log says why";
                app.db.write(|tx| delivery::unwritable(tx, id, problem, app.clock.seconds()))?;
            }
        }
    }
    Ok(taken)
}

/// One delivery among those to a subscriber, counted until it is dropped, even by a panic.
struct UnderWay {
    busy: Busy,
    subscriber: String,
}

impl UnderWay {
    fn new(busy: &Busy, subscriber: &str) -> UnderWay {
        *busy.lock().unwrap_or_else(PoisonError::into_inner).entry(subscriber.to_owned()).or_default() += 1;
        UnderWay { busy: Arc::clone(busy), subscriber: subscriber.to_owned() }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = busy.get_mut(&self.subscriber) {
            *count -= 1;
            if *count == 0 {
                busy.remove(&self.subscriber);
            }
        }
    }
}

async fn send(app: Arc<App>, _under_way: UnderWay, delivery: Delivery) {
    let start = app.clock.now();
    let outcome = if delivery.url.starts_with(SCHEME) {
        app.mailer.send(&delivery.body, &app.door.own_url()).await
    } else {
        app.outbound.post(&delivery.url, &delivery.body).await
    };
    let took = app.clock.now().saturating_sub(start);
    let handler_id = delivery.handler_id;
    tracing::info!(
        event = delivery.event,
        handler = handler_id,
        delivery = delivery.id,
        attempt = delivery.attempt,
        problem = outcome.as_ref().err().map_or("", String::as_str),
        duration_ms = format!("{:.3}", took.as_secs_f64() * 1e3),
        "delivery"
    );
    let kept = spawn_blocking(move || {
        app.db.write(|tx| match &outcome {
            Ok(()) => delivery::arrived(tx, &delivery, app.clock.seconds()).map(|()| false),
            Err(problem) => delivery::failed(tx, (delivery.id, delivery.attempt), problem, app.clock.seconds()),
        })
    });
    match kept.await {
        Ok(Ok(true)) => tracing::warn!(handler = handler_id, "a delivery was given up; see: muster event list"),
        Ok(Ok(false)) => {}
        // It is sent again once its time is over: twice is better than never.
        Ok(Err(err)) => log(&err, "what came of a delivery could not be kept"),
        Err(_) => {}
    }
}
