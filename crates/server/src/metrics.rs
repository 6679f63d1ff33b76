//! What `/metrics` tells, in Prometheus' text format.

use muster_core::index::{Indexes, Status};
use muster_db::Gauges;
use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// Upper ends of the duration buckets, in seconds.
const BUCKETS: [f64; 8] = [0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, f64::INFINITY];

/// Counters of this process.
#[derive(Debug, Default)]
pub struct Metrics {
    calls: Mutex<BTreeMap<(&'static str, u16), u64>>,
    durations: Mutex<BTreeMap<&'static str, Durations>>,
    in_flight: AtomicI64,
}

/// What the database says for the page. Each is -1 if it did not say.
#[derive(Debug, Clone, Copy)]
pub struct Stored {
    /// The size of the database.
    pub bytes: i64,
    /// How many events wait to be delivered.
    pub waiting: i64,
    /// How many were given up.
    pub given_up: i64,
}

impl Default for Stored {
    fn default() -> Self {
        Stored { bytes: -1, waiting: -1, given_up: -1 }
    }
}

#[derive(Debug, Default, Clone)]
struct Durations {
    counts: [u64; BUCKETS.len()],
    sum: f64,
}

impl Metrics {
    /// Counts a call. Methods that do not exist are counted together: names that clients invent are no labels.
    pub fn count(&self, method: Option<&'static str>, status: u16, took: Duration) {
        let method = method.unwrap_or("unknown");
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry((method, status)).or_default() += 1;
        drop(calls);
        let seconds = took.as_secs_f64();
        let mut durations = self.durations.lock().unwrap_or_else(PoisonError::into_inner);
        let durations = durations.entry(method).or_default();
        durations.sum += seconds;
        for (end, count) in BUCKETS.iter().zip(&mut durations.counts) {
            if seconds <= *end {
                *count += 1;
            }
        }
    }

    /// Counts a request as in flight until the answer is dropped.
    pub fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self)
    }

    /// The page.
    pub fn page(&self, pool: Gauges, indexes: &Indexes, stored: Stored) -> String {
        let mut page = String::new();
        self.write(&mut page, pool, indexes, stored).expect("writing to a String cannot fail");
        page
    }

    fn write(&self, page: &mut String, pool: Gauges, indexes: &Indexes, stored: Stored) -> fmt::Result {
        writeln!(page, "# HELP muster_calls_total Calls by method and status.\n# TYPE muster_calls_total counter")?;
        for ((method, status), count) in &*self.calls.lock().unwrap_or_else(PoisonError::into_inner) {
            writeln!(page, "muster_calls_total{{method=\"{method}\",status=\"{status}\"}} {count}")?;
        }
        writeln!(page, "# HELP muster_call_seconds How long calls took.\n# TYPE muster_call_seconds histogram")?;
        for (method, durations) in &*self.durations.lock().unwrap_or_else(PoisonError::into_inner) {
            for (end, count) in BUCKETS.iter().zip(durations.counts) {
                let end = if end.is_infinite() { "+Inf".to_owned() } else { end.to_string() };
                writeln!(page, "muster_call_seconds_bucket{{method=\"{method}\",le=\"{end}\"}} {count}")?;
            }
            writeln!(page, "muster_call_seconds_sum{{method=\"{method}\"}} {}", durations.sum)?;
            let count = durations.counts.last().copied().unwrap_or_default();
            writeln!(page, "muster_call_seconds_count{{method=\"{method}\"}} {count}")?;
        }
        write_indexes(page, indexes)?;
        for (name, help, value) in [
            ("muster_requests_in_flight", "Requests being answered.", self.in_flight.load(Ordering::Relaxed)),
            ("muster_pool_open", "Database connections open.", i64::try_from(pool.open).unwrap_or(-1)),
            ("muster_pool_idle", "Database connections open and unused.", i64::try_from(pool.idle).unwrap_or(-1)),
            ("muster_pool_limit", "Database connections at most.", i64::try_from(pool.limit).unwrap_or(-1)),
            ("muster_database_bytes", "Size of the database.", stored.bytes),
            ("muster_deliveries_waiting", "Events that wait to be delivered.", stored.waiting),
            ("muster_deliveries_given_up", "Events that were given up.", stored.given_up),
        ] {
            writeln!(page, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}")?;
        }
        Ok(())
    }
}

/// A number that an index tells of itself: its name, what it is, and how it is got.
type Gauge = (&'static str, &'static str, fn(Status) -> i64);

/// What each index holds, by the kind of its records.
fn write_indexes(page: &mut String, indexes: &Indexes) -> fmt::Result {
    let gauges: [Gauge; 5] = [
        ("muster_index_ready", "Whether the index of these records answers.", |it| {
            i64::from(matches!(it, Status::Ready { .. }))
        }),
        ("muster_index_records", "Records in the index.", |it| match it {
            Status::Ready { records, .. } => i64::try_from(records).unwrap_or(-1),
            _ => 0,
        }),
        ("muster_index_values", "Different values of fields in the index.", |it| match it {
            Status::Ready { values, .. } => number(values),
            _ => 0,
        }),
        ("muster_index_ready_bytes", "Bytes of records that are ready.", |it| match it {
            Status::Ready { ready_bytes, .. } => number(ready_bytes),
            _ => 0,
        }),
        ("muster_index_found_bytes", "Bytes of what costly tests have found and is remembered.", |it| match it {
            Status::Ready { found_bytes, .. } => number(found_bytes),
            _ => 0,
        }),
    ];
    for (name, help, value) in gauges {
        writeln!(page, "# HELP {name} {help}\n# TYPE {name} gauge")?;
        for index in indexes.iter() {
            writeln!(page, "{name}{{kind=\"{}\"}} {}", index.spec().entity.name, value(index.status()))?;
        }
    }
    Ok(())
}

fn number(it: usize) -> i64 {
    i64::try_from(it).unwrap_or(-1)
}

/// A request in flight.
#[derive(Debug)]
pub struct InFlight<'a>(&'a Metrics);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
