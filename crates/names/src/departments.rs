//! A company's departments as a tree.

use crate::random::Random;
use crate::words::sections;

/// One department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Department {
    /// Its name, different from the name of every other department of the company.
    pub name: String,
    /// The place of the parent in the same list; none for the root.
    pub parent: Option<usize>,
}

/// A company's departments, parents before children, with exactly one root at the start.
///
/// There is about one department for 8 people in companies of up to 1000 people, but at least 12;
/// their number then doubles with every tenfold growth, up to 1000 for a million people.
pub fn departments(seed: u64, people: u64) -> Vec<Department> {
    let wanted = count(people);
    let mut random = Random::new(seed, 0, 1);
    let found = sections(include_str!("../data/departments.txt"));
    let lines = |name: &str| found.get(name).cloned().unwrap_or_default();
    let mut list = vec![Department { name: "Whole Company".to_owned(), parent: None }];

    // A small company has few divisions, so that there is something below them.
    let divisions: Vec<&str> = lines("divisions");
    let top = divisions.len().min((wanted / 3).max(5));
    for name in divisions.iter().take(top) {
        list.push(child((*name).to_owned(), 0));
    }

    let mut below: Vec<(usize, &str)> =
        (0..top).flat_map(|at| lines(divisions[at]).into_iter().map(move |name| (at + 1, name))).collect();
    random.shuffle(&mut below);
    let mut teams: Vec<usize> = Vec::with_capacity(below.len());
    for (parent, name) in below {
        teams.push(list.len());
        list.push(child(name.to_owned(), parent));
    }

    let mut sites = lines("sites");
    random.shuffle(&mut sites);
    for site in sites {
        if list.len() >= wanted {
            break;
        }
        for parent in &teams {
            let name = format!("{} {site}", list[*parent].name);
            list.push(child(name, *parent));
        }
    }
    list.truncate(wanted);
    list
}

fn child(name: String, parent: usize) -> Department {
    Department { name, parent: Some(parent) }
}

/// How many departments a company of so many people has.
fn count(people: u64) -> usize {
    let mut wanted = (people.min(1000) / 8).max(12);
    let mut size = 1000;
    while size < 1_000_000 && people > size {
        // Between two powers of ten the number grows in a straight line.
        let beyond = people.min(size * 10) - size;
        wanted += wanted * beyond / (size * 9);
        size *= 10;
    }
    usize::try_from(wanted.min(1000)).unwrap_or(1000)
}
