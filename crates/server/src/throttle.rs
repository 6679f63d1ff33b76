//! How often someone may try a password: counted for each account and for each address that tries come from.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

/// How long tries count together.
const WINDOW_SECONDS: i64 = 15 * 60;
/// Tries at one account in that time.
const ACCOUNT_TRIES: u32 = 10;
/// Tries from one address in that time. Many people may share one.
const ADDRESS_TRIES: u32 = 100;
/// Passkeys that are asked for from one address in that time: none can be guessed, but each is kept until it is over.
const PASSKEY_TRIES: u32 = 300;
/// More counts than this are swept for those that are over,
const MANY: usize = 10_000;
/// but no more often than this: going through all of them with each try would be work for whoever guesses to cause.
const SWEEP_SECONDS: i64 = 10;

/// Counts tries, in this process: several nodes give a guesser several times as many, which is still few.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    tries: HashMap<Key, Tries>,
    swept_at: i64,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Address(IpAddr),
    Passkey(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Tries {
    since: i64,
    count: u32,
}

impl Throttle {
    /// Counts a try before it is made, so that tries at the same time count too, and tells whether it may be made.
    pub fn admit(&self, account: &str, address: IpAddr, now: i64) -> bool {
        // An address that has used up its tries must not use up an account's.
        self.count(Key::Address(network(address)), ADDRESS_TRIES, now)
            && self.count(Key::Account(account.to_owned()), ACCOUNT_TRIES, now)
    }

    /// The same for someone who signs in with a passkey, who names no account.
    pub fn admit_passkey(&self, address: IpAddr, now: i64) -> bool {
        self.count(Key::Passkey(network(address)), PASSKEY_TRIES, now)
    }

    fn count(&self, key: Key, most: u32, now: i64) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.tries.len() > MANY && now - all.swept_at >= SWEEP_SECONDS {
            all.tries.retain(|_, it| !it.is_over(now));
            all.swept_at = now;
        }
        let tries = all.tries.entry(key).or_insert(Tries { since: now, count: 0 });
        if tries.is_over(now) {
            *tries = Tries { since: now, count: 0 };
        }
        tries.count = tries.count.saturating_add(1);
        tries.count <= most
    }

    /// Forgets the tries at an account that was signed in to.
    pub fn forget(&self, account: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.tries.remove(&Key::Account(account.to_owned()));
    }
}

impl Tries {
    fn is_over(self, now: i64) -> bool {
        now - self.since >= WINDOW_SECONDS
    }
}

/// Whoever has one address of IPv6 has a whole network of them.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(it) => IpAddr::V6(Ipv6Addr::from_bits(it.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_counted_for_accounts_and_networks() {
        let throttle = Throttle::default();
        let at = |text: &str| text.parse::<IpAddr>().unwrap();
        for _ in 0..ACCOUNT_TRIES {
            assert!(throttle.admit("a", at("10.0.0.1"), 0));
        }
        assert!(!throttle.admit("a", at("10.0.0.2"), 0));
        assert!(throttle.admit("b", at("10.0.0.1"), 0));
        throttle.forget("a");
        assert!(throttle.admit("a", at("10.0.0.2"), 0));
        for number in 0..ADDRESS_TRIES {
            assert!(throttle.admit(&number.to_string(), at("2001:db8::1"), 0));
        }
        assert!(!throttle.admit("c", at("2001:db8::2"), 0));
        assert!(throttle.admit("c", at("2001:db8:0:1::2"), 0));
        assert!(throttle.admit("c", at("2001:db8::2"), WINDOW_SECONDS));
        for _ in 0..PASSKEY_TRIES {
            assert!(throttle.admit_passkey(at("10.0.0.9"), 0));
        }
        assert!(!throttle.admit_passkey(at("10.0.0.9"), 0) && throttle.admit("a", at("10.0.0.9"), WINDOW_SECONDS));
        assert!(throttle.admit_passkey(at("10.0.0.9"), WINDOW_SECONDS));
    }
}
