//! Drawn portraits.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use crate::canvas::{Canvas, Color, Point, SIZE, arc, circle, darker, ellipse, lighter, line, rounded, triangle};
use crate::hair::{self, Style};
use crate::person::Gender;
use crate::random::Random;

const SKINS: [Color; 8] = [
    [250.0, 219.0, 196.0],
    [246.0, 205.0, 176.0],
    [238.0, 190.0, 156.0],
    [225.0, 172.0, 132.0],
    [203.0, 146.0, 105.0],
    [172.0, 116.0, 80.0],
    [139.0, 90.0, 62.0],
    [108.0, 70.0, 50.0],
];
const SHIRTS: [Color; 12] = [
    [64.0, 98.0, 160.0],
    [194.0, 74.0, 70.0],
    [66.0, 136.0, 112.0],
    [240.0, 240.0, 244.0],
    [52.0, 60.0, 78.0],
    [224.0, 158.0, 64.0],
    [130.0, 92.0, 156.0],
    [98.0, 160.0, 190.0],
    [206.0, 116.0, 138.0],
    [120.0, 140.0, 84.0],
    [152.0, 104.0, 76.0],
    [40.0, 112.0, 128.0],
];
const BACKGROUNDS: [Color; 12] = [
    [186.0, 214.0, 234.0],
    [246.0, 214.0, 190.0],
    [204.0, 226.0, 202.0],
    [226.0, 210.0, 238.0],
    [248.0, 228.0, 176.0],
    [182.0, 222.0, 218.0],
    [242.0, 200.0, 204.0],
    [212.0, 216.0, 226.0],
    [228.0, 224.0, 206.0],
    [170.0, 196.0, 226.0],
    [214.0, 232.0, 178.0],
    [238.0, 206.0, 228.0],
];
const DARK: Color = [46.0, 36.0, 40.0];
const WHITE: Color = [252.0, 252.0, 252.0];

/// What a portrait looks like.
#[derive(Debug)]
pub(crate) struct Look {
    pub gender: Gender,
    pub skin: Color,
    pub hair: Color,
    pub style: Style,
    /// Half the width of the head.
    pub width: f32,
    shirt: Color,
    background: Color,
}

/// A friendly, drawn portrait of 512×512 pixels as JPEG bytes.
///
/// The same arguments give the same portrait; it does not depend on anything in [`crate::Person`]
/// but the gender.
pub fn portrait(seed: u64, index: u64, gender: Gender) -> Vec<u8> {
    let mut random = Random::new(seed, index, 2);
    let random = &mut random;
    let tone = random.index(SKINS.len());
    let look = Look {
        gender,
        skin: SKINS[tone],
        hair: hair::color(tone, random),
        style: hair::style(gender, random),
        width: 82.0 + random.below(13) as f32,
        shirt: SHIRTS[random.index(SHIRTS.len())],
        background: BACKGROUNDS[random.index(BACKGROUNDS.len())],
    };
    let mut canvas = Canvas::new(look.background);
    canvas.fill(lighter(look.background, 0.35), circle(256.0, 250.0, 212.0));
    hair::behind(&mut canvas, &look);
    body(&mut canvas, &look, random);
    head(&mut canvas, &look);
    face(&mut canvas, &look, random);
    hair::front(&mut canvas, &look);
    extras(&mut canvas, &look, random);
    jpeg(&canvas.into_rgb())
}

/// Encoding into memory cannot fail with these sizes; if it ever did, the answer is empty.
fn jpeg(rgb: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(40_000);
    let side = SIZE as u32;
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 88);
    let done = encoder.encode(rgb, side, side, ExtendedColorType::Rgb8);
    if done.is_err() {
        bytes.clear();
    }
    bytes
}

fn body(canvas: &mut Canvas, look: &Look, random: &mut Random) {
    let slim = if look.gender == Gender::Female { 0.88 } else { 1.0 };
    let neck = 40.0 * slim;
    let shoulders = ellipse(256.0, 570.0, 205.0 * slim, 180.0);
    let shade = darker(look.skin, 0.16);
    let kind = random.below(4);
    // A collar leaves less of the skin free than a pullover.
    let (margin, neckline) = if kind == 0 { (-2.0, 32.0) } else { (22.0, 40.0) };
    canvas.fill(look.shirt, shoulders);
    let scoop = ellipse(256.0, 392.0, neck + margin, neckline);
    canvas.fill(look.skin, move |p| scoop(p).max(shoulders(p)));
    canvas.fill(look.skin, rounded(256.0, 350.0, neck, 60.0, 20.0));
    // The chin throws a shadow on the neck.
    let chin = ellipse(256.0, 262.0, look.width, 114.0);
    let throat = rounded(256.0, 350.0, neck, 60.0, 20.0);
    canvas.fill(shade, move |p| chin(p).max(throat(p)));
    match kind {
        0 => collar(canvas, look),
        1 => jacket(canvas, look, shoulders),
        2 => rim(canvas, look, neck, shoulders),
        _ => {}
    }
}

/// The two halves of a shirt's collar and its buttons.
fn collar(canvas: &mut Canvas, look: &Look) {
    let color = lighter(look.shirt, 0.25);
    let edge = darker(look.shirt, 0.2);
    canvas.fill(edge, line((256.0, 424.0), (256.0, 512.0), 1.5));
    canvas.fill(color, triangle((206.0, 374.0), (258.0, 426.0), (214.0, 446.0)));
    canvas.fill(color, triangle((306.0, 374.0), (298.0, 446.0), (254.0, 426.0)));
    for y in [452.0, 492.0] {
        canvas.fill(edge, circle(256.0, y, 4.5));
    }
}

/// A jacket over the shirt.
fn jacket(canvas: &mut Canvas, look: &Look, shoulders: impl Fn(Point) -> f32 + Copy) {
    let color = darker(look.shirt, 0.45);
    let opening = triangle((196.0, 380.0), (316.0, 380.0), (256.0, 540.0));
    canvas.fill(color, move |p| shoulders(p).max(-opening(p)));
    let lapel = darker(look.shirt, 0.58);
    let left = triangle((196.0, 388.0), (250.0, 514.0), (172.0, 436.0));
    let right = triangle((316.0, 388.0), (340.0, 436.0), (262.0, 514.0));
    canvas.fill(lapel, move |p| left(p).min(right(p)).max(shoulders(p)));
}

/// The knitted edge of a pullover.
fn rim(canvas: &mut Canvas, look: &Look, neck: f32, shoulders: impl Fn(Point) -> f32) {
    let inner = ellipse(256.0, 392.0, neck + 22.0, 40.0);
    canvas.fill(darker(look.shirt, 0.14), move |p| ((inner(p) - 6.0).abs() - 6.0).max(shoulders(p)));
}

fn head(canvas: &mut Canvas, look: &Look) {
    let ear = darker(look.skin, 0.06);
    for side in [-1.0, 1.0] {
        canvas.fill(ear, ellipse(256.0 + side * look.width, 246.0, 17.0, 24.0));
        canvas.fill(darker(look.skin, 0.18), ellipse(256.0 + side * (look.width + 2.0), 247.0, 8.0, 13.0));
    }
    canvas.fill(look.skin, skull(look.width));
}

/// The outline of the face: an ellipse with a slightly broader jaw.
pub(crate) fn skull(width: f32) -> impl Fn(Point) -> f32 + Copy {
    let upper = ellipse(256.0, 224.0, width, 100.0);
    let jaw = ellipse(256.0, 262.0, width - 7.0, 88.0);
    move |p| upper(p).min(jaw(p))
}

fn face(canvas: &mut Canvas, look: &Look, random: &mut Random) {
    let gap = 34.0 + random.below(7) as f32;
    let brow = darker(look.hair, 0.35);
    let thick = if look.gender == Gender::Female { 3.2 } else { 4.8 };
    let lift = random.below(6) as f32;
    let blush: Color = [232.0, 110.0, 100.0];
    for side in [-1.0, 1.0] {
        let x = 256.0 + side * gap;
        canvas.tint(blush, 0.16, ellipse(x + side * 16.0, 290.0, 18.0, 13.0));
        canvas.fill(brow, arc(x, 214.0 - lift, 18.0, -7.0, thick));
        canvas.fill(WHITE, ellipse(x, 246.0, 14.5, 11.5));
        canvas.fill(DARK, circle(x, 246.0, 9.5));
        canvas.fill(WHITE, circle(x + 3.5, 242.0, 3.0));
        if look.gender == Gender::Female {
            canvas.fill(DARK, arc(x, 244.0, 15.0, -10.0, 2.2));
            canvas.fill(DARK, line((x + side * 14.0, 242.0), (x + side * 20.0, 237.0), 2.0));
        } else {
            canvas.fill(darker(look.skin, 0.4), arc(x, 243.0, 14.5, -9.5, 1.6));
        }
    }
    let nose = 8.0 + random.below(6) as f32;
    canvas.fill(darker(look.skin, 0.2), arc(256.0, 280.0, nose, 7.0, 3.0));
    if look.gender == Gender::Male {
        hair::beard(canvas, look, random);
    }
    mouth(canvas, look, random);
}

fn mouth(canvas: &mut Canvas, look: &Look, random: &mut Random) {
    let lips = if look.gender == Gender::Female { [190.0, 66.0, 76.0] } else { darker(look.skin, 0.45) };
    let half = 24.0 + random.below(9) as f32;
    if random.percent(45) {
        let lower = ellipse(256.0, 304.0, half + 4.0, 25.0);
        let open = move |p: Point| lower(p).max(305.0 - p.y);
        canvas.fill([134.0, 44.0, 52.0], open);
        canvas.fill(WHITE, move |p| (open(p) + 2.5).max(p.y - 316.0));
        canvas.fill(lips, arc(256.0, 305.0, half + 4.0, 0.0, 2.4));
    } else {
        canvas.fill(lips, arc(256.0, 306.0, half, 12.0, 4.0));
    }
}

/// Glasses and earrings.
fn extras(canvas: &mut Canvas, look: &Look, random: &mut Random) {
    if random.percent(28) {
        let frame = [DARK, [120.0, 74.0, 48.0], [70.0, 80.0, 110.0]][random.index(3)];
        let corner = if random.percent(50) { 25.0 } else { 13.0 };
        for side in [-1.0, 1.0] {
            let x = 256.0 + side * 38.0;
            let lens = rounded(x, 247.0, 31.0, 26.0, corner);
            canvas.tint(WHITE, 0.18, lens);
            canvas.fill(frame, move |p| lens(p).abs() - 2.8);
            let temple = 256.0 + side * (look.width + 2.0);
            canvas.fill(frame, line((x + side * 31.0, 241.0), (temple, 238.0), 2.6));
        }
        canvas.fill(frame, arc(256.0, 243.0, 7.0, -4.0, 2.8));
    }
    if look.gender == Gender::Female && random.percent(40) && look.style.shows_ears() {
        let metal = [[228.0, 186.0, 76.0], [214.0, 218.0, 226.0]][random.index(2)];
        for side in [-1.0, 1.0] {
            canvas.fill(metal, circle(256.0 + side * (look.width + 4.0), 275.0, 7.0));
        }
    }
}
