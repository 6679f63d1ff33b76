//! Hair and beards of the portraits.

use crate::canvas::{Canvas, Color, Point, blend, circle, darker, ellipse, lighter, line, rounded};
use crate::person::Gender;
use crate::portrait::{Look, skull};
use crate::random::Random;

const COLORS: [Color; 9] = [
    [38.0, 32.0, 36.0],
    [62.0, 44.0, 38.0],
    [92.0, 62.0, 44.0],
    [130.0, 88.0, 56.0],
    [176.0, 128.0, 76.0],
    [222.0, 180.0, 108.0],
    [176.0, 84.0, 48.0],
    [158.0, 154.0, 156.0],
    [214.0, 212.0, 210.0],
];

/// How the hair is worn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Short,
    Parted,
    Curls,
    Bald,
    Receding,
    Quiff,
    Long,
    Bob,
    Bun,
    Cloud,
    Ponytail,
    Fringe,
}

impl Style {
    /// Whether earrings would be visible.
    pub(crate) fn shows_ears(self) -> bool {
        !matches!(self, Self::Long | Self::Bob | Self::Fringe | Self::Cloud)
    }
}

/// A colour that is common with this tone of skin, counted from the lightest.
pub(crate) fn color(tone: usize, random: &mut Random) -> Color {
    let grey = random.percent(14);
    let at = if grey {
        7 + random.index(2)
    } else if tone < 3 {
        random.index(7)
    } else if tone < 5 {
        random.index(4)
    } else {
        random.index(2)
    };
    COLORS[at.min(COLORS.len() - 1)]
}

/// A way to wear the hair.
pub(crate) fn style(gender: Gender, random: &mut Random) -> Style {
    const MALE: [Style; 8] = [
        Style::Short,
        Style::Parted,
        Style::Curls,
        Style::Bald,
        Style::Receding,
        Style::Quiff,
        Style::Short,
        Style::Quiff,
    ];
    const FEMALE: [Style; 9] = [
        Style::Long,
        Style::Bob,
        Style::Bun,
        Style::Cloud,
        Style::Ponytail,
        Style::Fringe,
        Style::Parted,
        Style::Long,
        Style::Bob,
    ];
    match gender {
        Gender::Male => MALE[random.index(MALE.len())],
        Gender::Female => FEMALE[random.index(FEMALE.len())],
    }
}

/// The hair that is seen behind head and shoulders.
pub(crate) fn behind(canvas: &mut Canvas, look: &Look) {
    let wide = look.width;
    let color = darker(look.hair, 0.18);
    match look.style {
        Style::Long | Style::Fringe => {
            let crown = ellipse(256.0, 226.0, wide + 24.0, 122.0);
            let fall = rounded(256.0, 330.0, wide + 26.0, 130.0, 46.0);
            canvas.fill(color, move |p| crown(p).min(fall(p)));
        }
        Style::Bob => {
            let crown = ellipse(256.0, 226.0, wide + 24.0, 120.0);
            let fall = rounded(256.0, 280.0, wide + 28.0, 76.0, 40.0);
            canvas.fill(color, move |p| crown(p).min(fall(p)));
        }
        Style::Bun => canvas.fill(look.hair, circle(256.0, 96.0, 44.0)),
        Style::Cloud => canvas.fill(color, cloud(wide)),
        Style::Ponytail => {
            let root = line((320.0, 160.0), (366.0, 214.0), 28.0);
            let tail = ellipse(378.0, 292.0, 33.0, 100.0);
            canvas.fill(color, move |p| root(p).min(tail(p)));
        }
        _ => {}
    }
}

/// A large round head of curls.
fn cloud(wide: f32) -> impl Fn(Point) -> f32 {
    let crown = ellipse(256.0, 226.0, wide + 42.0, 136.0);
    let locks: Vec<(f32, f32)> = (0..18)
        .map(|step| {
            let angle = step as f32 * std::f32::consts::TAU / 18.0;
            (256.0 + (wide + 40.0) * angle.cos(), 226.0 + 130.0 * angle.sin())
        })
        .collect();
    move |p| locks.iter().map(|(x, y)| circle(*x, *y, 27.0)(p)).fold(crown(p), f32::min)
}

/// The hair above the face.
pub(crate) fn front(canvas: &mut Canvas, look: &Look) {
    let wide = look.width;
    let scalp = ellipse(256.0, 226.0, wide + 9.0, 114.0);
    // What is left free of hair, and down to where the hair reaches at the temples.
    let (x, y, rx, ry, temples) = match look.style {
        Style::Short | Style::Curls => (256.0, 268.0, wide - 6.0, 92.0, 232.0),
        Style::Parted => (282.0, 270.0, wide + 6.0, 98.0, 236.0),
        Style::Quiff => (256.0, 270.0, wide - 4.0, 98.0, 226.0),
        Style::Receding => (256.0, 258.0, wide - 4.0, 116.0, 236.0),
        Style::Long | Style::Bob => (256.0, 282.0, wide - 10.0, 118.0, 330.0),
        Style::Bun | Style::Ponytail => (256.0, 276.0, wide - 2.0, 108.0, 236.0),
        Style::Cloud => (256.0, 276.0, wide - 8.0, 100.0, 280.0),
        Style::Fringe => (256.0, 288.0, wide - 8.0, 86.0, 330.0),
        Style::Bald => {
            stubble(canvas, look);
            return;
        }
    };
    let forehead = ellipse(x, y, rx, ry);
    // Whatever the parting, some hair stays on both sides.
    let sides = ellipse(256.0, 250.0, wide - 5.0, 140.0);
    let free = move |p: Point| forehead(p).max(sides(p));
    let cap = move |p: Point| scalp(p).max(-free(p)).max(p.y - temples);
    canvas.fill(look.hair, cap);
    match look.style {
        Style::Curls => curls(canvas, look),
        Style::Quiff => quiff(canvas, look),
        Style::Long | Style::Bob => {
            let shade = darker(look.hair, 0.25);
            canvas.fill(shade, line((256.0, 116.0), (256.0, 160.0), 2.0));
        }
        Style::Bun | Style::Ponytail => {
            let band = blend(look.hair, [220.0, 90.0, 110.0], 0.7);
            if look.style == Style::Bun {
                canvas.fill(band, rounded(256.0, 119.0, 27.0, 6.0, 6.0));
            }
        }
        _ => {}
    }
    if !matches!(look.style, Style::Cloud | Style::Curls) {
        // A broad, soft streak of light makes the flat shape look like hair.
        let streak = ellipse(216.0, 140.0, 46.0, 11.0);
        let light = lighter(look.hair, 0.5);
        canvas.tint(light, 0.22, move |p| streak(p).max(cap(p) + 4.0));
    }
}

fn curls(canvas: &mut Canvas, look: &Look) {
    for step in 0..9 {
        let angle = std::f32::consts::PI * (1.0 + step as f32 / 8.0);
        let x = 256.0 + (look.width - 2.0) * angle.cos();
        let y = 206.0 + 92.0 * angle.sin();
        canvas.fill(look.hair, circle(x, y, 29.0));
    }
}

fn quiff(canvas: &mut Canvas, look: &Look) {
    let top = ellipse(252.0, 150.0, look.width + 3.0, 42.0);
    let wave = ellipse(294.0, 140.0, 50.0, 38.0);
    canvas.fill(look.hair, move |p| top(p).min(wave(p)));
}

/// Very short hair around a bald head.
fn stubble(canvas: &mut Canvas, look: &Look) {
    let outline = skull(look.width);
    let free = ellipse(256.0, 230.0, look.width - 5.0, 122.0);
    canvas.tint(look.hair, 0.45, move |p| outline(p).max(-free(p)).max(p.y - 236.0));
    let shine = ellipse(222.0, 156.0, 22.0, 10.0);
    canvas.tint(lighter(look.skin, 0.9), 0.35, shine);
}

/// A beard, for some.
pub(crate) fn beard(canvas: &mut Canvas, look: &Look, random: &mut Random) {
    let kind = random.below(100);
    let outline = skull(look.width);
    if kind < 16 {
        // A full beard.
        let grown = move |p: Point| outline(p) - 5.0;
        let cheeks = ellipse(256.0, 238.0, look.width - 12.0, 62.0);
        let lips = ellipse(256.0, 312.0, 34.0, 17.0);
        canvas.fill(look.hair, move |p| grown(p).max(-cheeks(p)).max(250.0 - p.y).max(-lips(p)));
    } else if kind < 30 {
        // A beard of three days.
        let cheeks = ellipse(256.0, 232.0, look.width - 8.0, 66.0);
        canvas.tint(look.hair, 0.28, move |p| outline(p).max(-cheeks(p)).max(256.0 - p.y));
    } else if kind < 37 {
        let left = line((252.0, 294.0), (228.0, 299.0), 6.5);
        let right = line((260.0, 294.0), (284.0, 299.0), 6.5);
        canvas.fill(look.hair, move |p| left(p).min(right(p)));
    }
}
