//! Cities with their state, country, time zone and patterns of telephone numbers.

/// A city people work in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub city: &'static str,
    pub state: &'static str,
    pub country: &'static str,
    pub time_zone: &'static str,
    /// Patterns in which every `#` stands for a digit.
    pub zip: &'static str,
    pub phone: &'static str,
    pub mobile: &'static str,
}

const TEXT: &str = include_str!("../data/places.txt");

/// The cities of a culture. Lines that start with `@` name the country of the lines below them.
pub(crate) fn of(culture: &str) -> Vec<Place> {
    let mut found = Vec::new();
    let mut country = None;
    for line in TEXT.lines() {
        if let Some(heading) = line.strip_prefix('@') {
            country = fields::<4>(heading).filter(|fields| fields[0] == culture);
        } else if let (Some([_, country, time_zone, mobile]), Some([city, state, zip, phone])) =
            (country, fields::<4>(line))
        {
            found.push(Place { city, state, country, time_zone, zip, phone, mobile });
        }
    }
    found
}

/// The `|`-separated fields of a line, if there are exactly so many.
fn fields<const N: usize>(line: &'static str) -> Option<[&'static str; N]> {
    let parts: Vec<&str> = line.split('|').collect();
    parts.try_into().ok()
}
