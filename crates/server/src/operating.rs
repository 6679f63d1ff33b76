//! How long each method has worked for each caller in the last ten minutes, in ten baskets of a minute.

use muster_core::Via;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How long a basket counts, from its first call on.
const KEPT: Duration = Duration::from_secs(600);
const MINUTE: u64 = 60;
/// More entries than this are swept for those that count no more.
const MANY: usize = 10_000;

/// Working times by caller and method, in this process.
#[derive(Debug)]
pub struct Operating {
    limit: Option<f64>,
    baskets: Mutex<HashMap<(Via, &'static str), VecDeque<Basket>>>,
}

#[derive(Debug)]
struct Basket {
    minute: u64,
    first: Duration,
    worked: Duration,
}

/// What an answer's `time` block tells about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    /// Seconds worked.
    pub operating: f64,
    /// When the oldest basket stops counting, in seconds since 1970.
    pub reset_at: u64,
}

impl Operating {
    /// `limit` is how many seconds a method may work for a caller in ten minutes; `None` limits nothing.
    pub fn new(limit: Option<f64>) -> Operating {
        Operating { limit, baskets: Mutex::default() }
    }

    /// Whether a method has time left for this caller. The call that goes over the limit is still carried out.
    pub fn has_time_left(&self, caller: Via, method: &'static str, now: Duration) -> bool {
        let Some(limit) = self.limit else { return true };
        self.usage(caller, method, now, Duration::ZERO).operating <= limit
    }

    /// Adds the time of a call and tells the sum.
    pub fn usage(&self, caller: Via, method: &'static str, now: Duration, worked: Duration) -> Usage {
        let mut all = self.baskets.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() > MANY {
            all.retain(|_, baskets| baskets.back().is_some_and(|it| it.counts(now)));
        }
        let baskets = all.entry((caller, method)).or_default();
        while baskets.front().is_some_and(|it| !it.counts(now)) {
            baskets.pop_front();
        }
        if !worked.is_zero() {
            let minute = now.as_secs() / MINUTE;
            match baskets.back_mut().filter(|it| it.minute == minute) {
                Some(basket) => basket.worked += worked,
                None => baskets.push_back(Basket { minute, first: now, worked }),
            }
        }
        let operating = baskets.iter().map(|it| it.worked).sum::<Duration>().as_secs_f64();
        let oldest = baskets.front().map_or(now, |it| it.first);
        Usage { operating, reset_at: (oldest + KEPT).as_secs() }
    }
}

impl Basket {
    fn counts(&self, now: Duration) -> bool {
        now < self.first + KEPT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baskets_leave_one_by_one() {
        let operating = Operating::new(Some(480.0));
        let caller = Via::Webhook(1);
        let at = |seconds: u64| Duration::from_secs(1_200_000 + seconds);
        let add = |seconds, worked| operating.usage(caller, "a", at(seconds), Duration::from_secs(worked));
        assert_eq!(add(20, 40).operating, 40.0);
        assert_eq!(add(70, 440), Usage { operating: 480.0, reset_at: 1_200_620 });
        assert!(operating.has_time_left(caller, "a", at(71)), "exactly the limit is not over it");
        assert_eq!(add(72, 1).operating, 481.0);
        assert!(!operating.has_time_left(caller, "a", at(73)));
        assert!(operating.has_time_left(caller, "b", at(73)), "another method goes on");
        assert!(operating.has_time_left(caller, "a", at(620)), "the first basket is gone");
        assert_eq!(add(621, 0), Usage { operating: 441.0, reset_at: 1_200_670 });
    }
}
