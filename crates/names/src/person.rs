//! One invented person, put together from the other modules.

use crate::random::Random;
use crate::{contacts, cultures, first_names, latin, positions, surnames};

/// Decides which first names, which form of the surname and which portrait a person gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gender {
    /// A man.
    Male,
    /// A woman.
    Female,
}

/// One invented person.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// First name, in the person's own script.
    pub first: String,
    /// Surname, in the form for the person's gender.
    pub last: String,
    /// Patronymic or middle name where the culture has it.
    pub middle: Option<String>,
    /// The gender that first name and surname agree with.
    pub gender: Gender,
    /// Job title, in the language of the person or in English.
    pub position: &'static str,
    /// The name in ASCII, such as `anna.mueller`; not unique, and at most 50 bytes long.
    pub email_local: String,
    /// City of the office, spelt as people there spell it.
    pub city: &'static str,
    /// State or region, spelt as people there spell it.
    pub state: &'static str,
    /// Country, in English.
    pub country: &'static str,
    /// Street and house number.
    pub street: String,
    /// Postal code.
    pub zip: String,
    /// Telephone number of the office, not meant to reach anybody.
    pub phone: String,
    /// Mobile number, not meant to reach anybody.
    pub mobile: String,
    /// Internal extension of four digits.
    pub extension: String,
    /// Year, month and day; 20 to 65 years before the year asked for.
    pub birthday: (i32, u8, u8),
    /// Year, month and day of joining; after the 18th birthday, before the year asked for.
    pub hired: (i32, u8, u8),
    /// IANA name of the time zone, such as `Europe/Berlin`.
    pub time_zone: &'static str,
    /// Comma-separated, sometimes empty.
    pub skills: String,
    /// Comma-separated, sometimes empty.
    pub interests: String,
}

/// Person number `index` of the company with this seed: the same arguments give the same person,
/// in any order and on any thread.
///
/// `year` is the current year; ages and years at the company are counted from it.
///
/// ```
/// let anna = muster_names::person(7, 42, 2026);
/// assert_eq!(anna, muster_names::person(7, 42, 2026));
/// assert!(anna.first.chars().count() <= muster_names::MAX_NAME_CHARS);
/// ```
pub fn person(seed: u64, index: u64, year: i32) -> Person {
    let mut random = Random::new(seed, index, 0);
    let random = &mut random;
    let gender = if random.percent(50) { Gender::Female } else { Gender::Male };
    let Some(culture) = cultures::draw(random) else {
        return nobody(gender, year);
    };
    let Some(place) = random.pick(&culture.places) else {
        return nobody(gender, year);
    };
    let first = first_names::first(culture, gender, random);
    let middle = first_names::middle(culture, gender, &first, random);
    let last = surnames::surname(culture, gender, random);
    let email_local = latin::email_local(culture.language, &first, &last);
    let birthday = contacts::birthday(year, random);
    Person {
        first: first.native,
        last: last.native,
        middle,
        gender,
        position: positions::draw(&culture.positions, index, gender, random),
        email_local,
        city: place.city,
        state: place.state,
        country: place.country,
        street: random
            .pick(&culture.streets)
            .map(|street| street.native)
            .map(|street| contacts::street(street, random))
            .unwrap_or_default(),
        zip: contacts::digits(place.zip, random),
        phone: contacts::digits(place.phone, random),
        mobile: contacts::digits(place.mobile, random),
        extension: contacts::digits("####", random),
        birthday,
        hired: contacts::hired(birthday.0, year, random),
        time_zone: place.time_zone,
        skills: contacts::skills(random),
        interests: contacts::interests(random),
    }
}

/// Stands in when a culture has no data at all; a test makes sure that this never happens.
fn nobody(gender: Gender, year: i32) -> Person {
    Person {
        first: "Alex".to_owned(),
        last: "Nobody".to_owned(),
        middle: None,
        gender,
        position: "Employee",
        email_local: "alex.nobody".to_owned(),
        city: "Berlin",
        state: "Berlin",
        country: "Germany",
        street: String::new(),
        zip: String::new(),
        phone: String::new(),
        mobile: String::new(),
        extension: String::new(),
        birthday: (year.saturating_sub(40), 1, 1),
        hired: (year.saturating_sub(1), 1, 1),
        time_zone: "Europe/Berlin",
        skills: String::new(),
        interests: String::new(),
    }
}
