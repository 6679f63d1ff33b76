//! What the crate promises about a whole company, checked on a part of one.

use std::collections::{HashMap, HashSet};

use muster_names::{Gender, MAX_NAME_CHARS, departments, person, portrait};

const YEAR: i32 = 2026;

#[test]
fn the_same_arguments_give_the_same_person() {
    let forward: Vec<_> = (0..500).map(|index| person(3, index, YEAR)).collect();
    let backward: Vec<_> = (0..500).rev().map(|index| person(3, index, YEAR)).collect();
    assert!(forward.iter().eq(backward.iter().rev()));
    let other: Vec<_> = (0..500).map(|index| person(4, index, YEAR)).collect();
    assert_ne!(forward, other);
    assert_eq!(portrait(3, 9, Gender::Male), portrait(3, 9, Gender::Male));
    assert_eq!(departments(3, 5000), departments(3, 5000));
}

/// Invented data is compared from year to year, so that it must not change by accident.
#[test]
fn a_known_person_stays_the_same() {
    let known = person(1, 102, YEAR);
    assert_eq!((known.first.as_str(), known.last.as_str()), ("Clara", "Charpentier"));
    assert_eq!(known.email_local, "clara.charpentier");
    assert_eq!(known.country, "France");
}

#[test]
fn names_are_short_varied_and_spelt_in_ascii_for_email() {
    const PEOPLE: u64 = 100_000;
    let mut first_names = HashSet::new();
    let mut surnames = HashSet::new();
    let mut positions = HashSet::new();
    let mut full_names: HashMap<String, u64> = HashMap::new();
    for index in 0..PEOPLE {
        let who = person(1, index, YEAR);
        for name in [&who.first, &who.last] {
            assert!((1..=MAX_NAME_CHARS).contains(&name.chars().count()), "{name}");
            assert_eq!(name.trim(), name);
        }
        assert_ne!(who.last, "Nobody");
        assert!(is_email_local(&who.email_local), "{who:?}");
        *full_names.entry(format!("{} {}", who.first, who.last)).or_default() += 1;
        first_names.insert(who.first);
        surnames.insert(who.last);
        positions.insert(who.position);
    }
    // In a million people there are 152,000 surnames and 10,700 first names; these are the counts
    // to be reached already by a tenth of them.
    assert!(surnames.len() >= 30_000, "{} surnames", surnames.len());
    assert!(first_names.len() >= 5_000, "{} first names", first_names.len());
    assert!(positions.len() >= 150, "{} positions", positions.len());
    assert!(full_names.values().all(|count| count * 200 <= PEOPLE));
}

/// A first and a last part of lower-case letters and digits, so that a number can be appended.
fn is_email_local(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let parts: Vec<&str> = text.split(['.', '-']).collect();
    parts.len() >= 2
        && text.len() <= 50
        && text.matches('.').count() == 1
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(allowed))
}

#[test]
fn people_are_grown_up_when_they_join() {
    for index in 0..20_000 {
        let who = person(2, index, YEAR);
        let (born, month, day) = who.birthday;
        assert!((20..=65).contains(&(YEAR - born)));
        assert!((1..=12).contains(&month) && (1..=31).contains(&day));
        assert!(who.hired > (born + 18, month, day), "{who:?}");
        assert!(who.hired.0 <= YEAR);
        assert!(who.time_zone.contains('/'));
        for filled in [&who.street, &who.zip, &who.phone, &who.mobile, &who.extension] {
            assert!(!filled.is_empty() && !filled.contains(['#', '_']), "{who:?}");
        }
    }
    // No year is so far away that the arithmetic fails.
    for year in [i32::MIN, 0, i32::MAX] {
        assert_eq!(person(2, u64::MAX, year).gender, person(2, u64::MAX, YEAR).gender);
    }
}

#[test]
fn departments_are_one_tree_of_the_promised_size() {
    let sizes = [(0, 12), (200, 25), (1000, 125), (10_000, 250), (1_000_000, 1000), (u64::MAX, 1000)];
    for (people, expected) in sizes {
        let list = departments(5, people);
        assert_eq!(list.len(), expected);
        for (at, department) in list.iter().enumerate() {
            match department.parent {
                None => assert_eq!(at, 0),
                Some(parent) => assert!(parent < at),
            }
        }
        let names: HashSet<_> = list.iter().map(|department| &department.name).collect();
        assert_eq!(names.len(), list.len());
    }
}

#[test]
fn portraits_are_pictures_that_differ() {
    let mut seen = HashSet::new();
    for index in 0..6 {
        let gender = if index % 2 == 0 { Gender::Female } else { Gender::Male };
        let bytes = portrait(1, index, gender);
        assert!(bytes.starts_with(&[0xFF, 0xD8]));
        let picture = image::load_from_memory(&bytes).expect("a JPEG");
        assert_eq!((picture.width(), picture.height()), (512, 512));
        assert!(seen.insert(bytes));
    }
}
