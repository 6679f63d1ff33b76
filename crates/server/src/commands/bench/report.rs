//! The results as a table and as a plot.

use super::load::Times;
use std::fmt::Write as _;

/// What came of one operation at one size with one number of connections.
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) users: u64,
    pub(super) connections: usize,
    /// Calls a second, and what they are held against.
    pub(super) rate: f64,
    pub(super) floor_rate: f64,
    /// Microseconds within which half and 99 of 100 answers came, and the same of the floor.
    pub(super) median: f64,
    pub(super) p99: f64,
    pub(super) floor_median: f64,
    pub(super) floor_p99: f64,
    /// The median of the first calls after the start.
    pub(super) cold: Option<f64>,
    pub(super) bytes: usize,
}

impl Line {
    pub(super) fn new((name, users, connections): (&'static str, u64, usize), mine: &Times, floor: &Times) -> Line {
        Line {
            name,
            users,
            connections,
            rate: mine.rate(),
            floor_rate: floor.rate(),
            median: mine.at(500),
            p99: mine.at(990),
            floor_median: floor.at(500),
            floor_p99: floor.at(990),
            cold: None,
            bytes: 0,
        }
    }

    fn ratio(&self) -> f64 {
        self.rate / self.floor_rate.max(1e-9)
    }
}

/// What is known of a database of one size.
pub(super) struct Size {
    pub(super) users: u64,
    pub(super) seeded: f64,
    pub(super) ready: f64,
    pub(super) index: f64,
    pub(super) disk: u64,
    pub(super) memory_empty: u64,
    pub(super) memory_started: u64,
    pub(super) memory_most: u64,
}

/// The table, in Markdown.
pub(super) fn table(lines: &[Line], sizes: &[Size]) -> String {
    let mut text = String::new();
    text.push_str(
        "| people | seeding | ready | index | disk | memory empty | after start | at most |\n\
         |---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for it in sizes {
        writeln!(
            text,
            "| {} | {:.0} s | {:.2} s | {:.1} s | {} MiB | {} MiB | {} MiB | {} MiB |",
            it.users, it.seeded, it.ready, it.index, it.disk, it.memory_empty, it.memory_started, it.memory_most
        )
        .ok();
    }
    text.push_str(
        "\n| operation | people | connections | calls/s | of the floor | p50 | p99 | p50 / floor | p99 / floor | cold p50 | \
         bytes |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for it in lines {
        let over =
            |mine: f64, floor: f64| if floor > 0.0 { format!("{:.1}×", mine / floor) } else { "–".to_owned() };
        let cold = it.cold.map_or("–".to_owned(), |it| format!("{it:.0} µs"));
        writeln!(
            text,
            "| {} | {} | {} | {:.0} | {:.2} | {:.0} µs | {:.0} µs | {} | {} | {} | {} |",
            it.name,
            it.users,
            it.connections,
            it.rate,
            it.ratio(),
            it.median,
            it.p99,
            over(it.median, it.floor_median),
            over(it.p99, it.floor_p99),
            cold,
            it.bytes
        )
        .ok();
    }
    text
}

const LEFT: f64 = 260.0;
const WIDE: f64 = 420.0;
const COLORS: [&str; 3] = ["#7fb3d5", "#2e86c1", "#1b4f72"];

/// The plot: for each operation a bar for each size, as long as its share of the floor's throughput.
pub(super) fn plot(lines: &[Line]) -> String {
    let connections = lines.iter().map(|it| it.connections).max().unwrap_or(1);
    let lines: Vec<&Line> = lines.iter().filter(|it| it.connections == connections).collect();
    let mut sizes: Vec<u64> = lines.iter().map(|it| it.users).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let mut names: Vec<&str> = Vec::new();
    for it in &lines {
        if !names.contains(&it.name) {
            names.push(it.name);
        }
    }
    let most = lines.iter().map(|it| it.ratio()).fold(1.0, f64::max);
    let mut body = String::new();
    let mut y = 60.0;
    for name in names {
        let bars: Vec<&&Line> = lines.iter().filter(|it| it.name == name).collect();
        writeln!(body, r#"<text x="{}" y="{}" text-anchor="end">{name}</text>"#, LEFT - 8.0, y + 14.0).ok();
        for it in bars {
            let color =
                sizes.iter().position(|size| *size == it.users).and_then(|at| COLORS.get(at)).unwrap_or(&"#555");
            let width = WIDE * it.ratio() / most;
            writeln!(
                body,
                r##"<rect x="{LEFT}" y="{y}" width="{width:.1}" height="11" fill="{color}"/><text x="{:.1}" y="{:.1}" font-size="10">{:.2} · p99 {:.0} µs</text>"##,
                LEFT + width + 4.0, y + 9.5, it.ratio(), it.p99
            )
            .ok();
            y += 13.0;
        }
        y += 8.0;
    }
    let mut legend = String::new();
    for (at, size) in sizes.iter().enumerate() {
        let (x, color) = (LEFT + 130.0 * f64::from(u8::try_from(at).unwrap_or(0)), COLORS.get(at).unwrap_or(&"#555"));
        writeln!(
            legend,
            r##"<rect x="{x}" y="36" width="11" height="11" fill="{color}"/><text x="{}" y="46">{size} people</text>"##,
            x + 16.0
        )
        .ok();
    }
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="860" height="{}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
<text x="{LEFT}" y="22" font-size="14">Calls a second as a share of the floor, {connections} connections</text>
{legend}{body}</svg>
"##,
        y + 10.0
    )
}
