//! The leaky bucket: how many requests a caller may make.

use muster_core::Via;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// More buckets than this are swept for empty ones.
const MANY: usize = 10_000;

/// Counts requests for each caller, in this process. Limits exist so that integrations can be tested against them; they
/// protect no data, so each node may count for itself.
#[derive(Debug)]
pub struct Limiter {
    rate: Option<(f64, f64)>,
    buckets: Mutex<HashMap<Via, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: f64,
    at: Duration,
}

impl Limiter {
    /// `rate` is the bucket's size and how much of it runs out in a second; `None` limits nothing.
    pub fn new(rate: Option<(f64, f64)>) -> Limiter {
        Limiter { rate, buckets: Mutex::default() }
    }

    /// Whether anything is limited.
    pub fn is_on(&self) -> bool {
        self.rate.is_some()
    }

    /// Counts a request and tells whether it may go on.
    pub fn admit(&self, caller: Via, now: Duration) -> bool {
        let Some((size, flow)) = self.rate else { return true };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MANY {
            buckets.retain(|_, bucket| bucket.level_at(now, flow) > 0.0);
        }
        let bucket = buckets.entry(caller).or_insert(Bucket { level: 0.0, at: now });
        bucket.level = bucket.level_at(now, flow);
        bucket.at = now;
        if bucket.level + 1.0 > size {
            return false;
        }
        bucket.level += 1.0;
        true
    }
}

impl Bucket {
    fn level_at(&self, now: Duration, flow: f64) -> f64 {
        (self.level - now.saturating_sub(self.at).as_secs_f64() * flow).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_bucket_lets_in_what_runs_out() {
        let limiter = Limiter::new(Some((50.0, 2.0)));
        let caller = Via::Webhook(1);
        let at = |millis: u64| Duration::from_millis(1_000_000 + millis);
        assert_eq!((0..60).filter(|_| limiter.admit(caller, at(0))).count(), 50);
        assert!(limiter.admit(Via::Webhook(2), at(0)), "another caller has a bucket of its own");
        assert!(!limiter.admit(caller, at(400)));
        assert_eq!((0..9).filter(|_| limiter.admit(caller, at(2400))).count(), 4);
    }
}
