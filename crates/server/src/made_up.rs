//! A company that is made up: `muster seed`, `muster demo` and the benchmark fill a database with it.

use anyhow::{Result, anyhow};
use jiff::{Timestamp, civil, tz::TimeZone};
use muster_core::Chance;
use muster_db::{Db, Tx};
use muster_modules::{
    department,
    user::bulk::{self, BulkPerson, Prepared, prepare},
};
use muster_names::{Gender, Person, departments, person};
use std::sync::mpsc::sync_channel;

/// How many people are written in one transaction.
const CHUNK: u64 = 20_000;

/// Which company.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Company {
    /// Another number gives other people.
    pub(crate) seed: u64,
    /// How many people.
    pub(crate) users: u64,
    /// The present, in seconds.
    pub(crate) now: i64,
}

/// Writes the company's structure and its people. `progress` is told how many more people are written.
///
/// People are made up on one thread while another one writes.
pub(crate) fn write(db: &Db, company: &Company, progress: impl Fn(u64)) -> Result<()> {
    let departments = db.write(|tx| write_departments(tx, company))?;
    let (sender, receiver) = sync_channel::<Vec<Prepared>>(2);
    std::thread::scope(|scope| {
        let departments = &departments;
        scope.spawn(move || {
            let mut first = 0;
            while first < company.users {
                let until = (first + CHUNK).min(company.users);
                let chunk = (first..until).map(|index| prepare(one(company, index, departments))).collect();
                if sender.send(chunk).is_err() {
                    break;
                }
                first = until;
            }
        });
        for chunk in receiver {
            db.write(|tx| bulk::insert(tx, &chunk)).map_err(|err| anyhow!("{err}: {:?}", err.cause))?;
            progress(chunk.len() as u64);
        }
        Ok(())
    })
}

/// Writes the departments below the root, which takes the name of the company's own, and answers their IDs.
pub(crate) fn write_departments(tx: &mut Tx<'_>, company: &Company) -> muster_core::Result<Vec<i64>> {
    let mut ids: Vec<i64> = Vec::new();
    for it in departments(company.seed, company.users) {
        let parent = it.parent.and_then(|parent| ids.get(parent)).copied();
        let id = match parent {
            None => department::rename_root(tx, &it.name, company.now)?,
            Some(parent) => {
                let new = department::NewDepartment { name: &it.name, sort: 500, parent: Some(parent), head: None };
                department::insert(tx, &new, company.now)?
            }
        };
        ids.push(id);
    }
    Ok(ids)
}

/// Person number `index`. Nearly everyone has accepted the invitation, a few have left.
pub(crate) fn one(company: &Company, index: u64, departments: &[i64]) -> BulkPerson {
    let year = Timestamp::from_second(company.now).map_or(2026, |it| it.to_zoned_datetime(TimeZone::UTC).year().into());
    let made = person(company.seed, index, year);
    let mut chance = Chance::seeded(company.seed ^ (index << 20) ^ 0x6d75_7374);
    let registered_at = midnight(made.hired);
    let accepted = index == 0 || chance.below(50) > 0;
    let active = index == 0 || !accepted || chance.below(30) > 0;
    let activity = (accepted && active).then(|| {
        let last = company.now - i64::try_from(chance.below(14 * 86_400)).unwrap_or(0);
        (last.max(registered_at), (last - 1800).max(registered_at))
    });
    let department = if index == 0 { 0 } else { 1 + chance.below(departments.len().saturating_sub(1) as u64) };
    let email = format!("{}.{}@example.com", made.email_local, index + 1);
    BulkPerson {
        active,
        admin: index == 0,
        email,
        accepted_at: accepted.then_some(registered_at),
        registered_at,
        activity,
        department: usize::try_from(department).ok().and_then(|at| departments.get(at)).copied().unwrap_or(1),
        more: more(&made),
        name: made.first,
        last_name: made.last,
        second_name: made.middle.unwrap_or_default(),
        position: made.position.to_owned(),
        ..BulkPerson::default()
    }
}

fn more(made: &Person) -> Vec<(&'static str, String)> {
    let date = |(year, month, day): (i32, u8, u8)| format!("{year:04}-{month:02}-{day:02}");
    let gender = match made.gender {
        Gender::Male => "M",
        Gender::Female => "F",
    };
    vec![
        ("personal_gender", gender.to_owned()),
        ("personal_birthday", date(made.birthday)),
        ("personal_city", made.city.to_owned()),
        ("personal_state", made.state.to_owned()),
        ("personal_country", made.country.to_owned()),
        ("personal_street", made.street.clone()),
        ("personal_zip", made.zip.clone()),
        ("personal_mobile", made.mobile.clone()),
        ("work_phone", made.phone.clone()),
        ("work_city", made.city.to_owned()),
        ("work_country", made.country.to_owned()),
        ("time_zone", made.time_zone.to_owned()),
        ("uf_employment_date", date(made.hired)),
        ("uf_phone_inner", made.extension.clone()),
        ("uf_skills", made.skills.clone()),
        ("uf_interests", made.interests.clone()),
    ]
}

fn midnight((year, month, day): (i32, u8, u8)) -> i64 {
    let date = i16::try_from(year)
        .ok()
        .and_then(|year| civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok());
    let at = date.and_then(|date| date.to_zoned_datetime(TimeZone::UTC).ok());
    at.map_or(0, |it| it.timestamp().as_second())
}
