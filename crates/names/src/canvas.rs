//! A picture made of flat shapes with smooth edges.
//!
//! A shape is a function that gives the distance of a point from its edge, negative inside. The
//! distance says how much of a pixel the shape covers, which gives smooth edges without drawing
//! everything at a multiple of the size; and shapes are combined with `min` and `max`.

/// Width and height of the picture.
pub(crate) const SIZE: usize = 512;

/// How much larger everything is drawn than its numbers say, from the middle of the lower edge:
/// a face that fills the picture can still be told from others in a list.
const ZOOM: f32 = 1.1;

/// Red, green and blue from 0 to 255.
pub(crate) type Color = [f32; 3];

/// A point of the drawing, which has about the size of the picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    pub x: f32,
    pub y: f32,
}

/// The picture while it is being drawn.
pub(crate) struct Canvas {
    pixels: Vec<Color>,
}

impl Canvas {
    /// A picture of one colour.
    pub(crate) fn new(background: Color) -> Self {
        Self { pixels: vec![background; SIZE * SIZE] }
    }

    /// Draws a shape.
    pub(crate) fn fill(&mut self, color: Color, shape: impl Fn(Point) -> f32) {
        self.tint(color, 1.0, shape);
    }

    /// Draws a shape that lets through what is below it, as far as `alpha` is less than one.
    pub(crate) fn tint(&mut self, color: Color, alpha: f32, shape: impl Fn(Point) -> f32) {
        for (y, line) in self.pixels.chunks_exact_mut(SIZE).enumerate() {
            for (x, pixel) in line.iter_mut().enumerate() {
                let point =
                    Point { x: 256.0 + (x as f32 + 0.5 - 256.0) / ZOOM, y: 512.0 + (y as f32 + 0.5 - 512.0) / ZOOM };
                let cover = (0.5 - shape(point) * ZOOM).clamp(0.0, 1.0) * alpha;
                if cover > 0.0 {
                    *pixel = blend(*pixel, color, cover);
                }
            }
        }
    }

    /// The picture as bytes, three for a pixel.
    pub(crate) fn into_rgb(self) -> Vec<u8> {
        // The conversion of floats saturates, so that rounding can never wrap around.
        self.pixels.into_iter().flatten().map(|value| value.round() as u8).collect()
    }
}

/// `share` of the second colour, the rest of the first.
pub(crate) fn blend(first: Color, second: Color, share: f32) -> Color {
    let mut mixed = first;
    for (value, other) in mixed.iter_mut().zip(second) {
        *value += (other - *value) * share;
    }
    mixed
}

/// The same colour with less light.
pub(crate) fn darker(color: Color, share: f32) -> Color {
    blend(color, [20.0, 10.0, 25.0], share)
}

/// The same colour with more light.
pub(crate) fn lighter(color: Color, share: f32) -> Color {
    blend(color, [255.0, 250.0, 240.0], share)
}

/// An ellipse around `(x, y)` with the radii `rx` and `ry`.
pub(crate) fn ellipse(x: f32, y: f32, rx: f32, ry: f32) -> impl Fn(Point) -> f32 + Copy {
    move |p| {
        let (dx, dy) = (p.x - x, p.y - y);
        let k0 = (dx / rx).hypot(dy / ry);
        let k1 = (dx / (rx * rx)).hypot(dy / (ry * ry));
        // In the very centre the quotient is undefined; any large negative distance will do.
        if k1 < 1e-6 { -rx.min(ry) } else { k0 * (k0 - 1.0) / k1 }
    }
}

/// A circle.
pub(crate) fn circle(x: f32, y: f32, radius: f32) -> impl Fn(Point) -> f32 + Copy {
    move |p| (p.x - x).hypot(p.y - y) - radius
}

/// A thick line with round ends.
pub(crate) fn line(from: (f32, f32), to: (f32, f32), radius: f32) -> impl Fn(Point) -> f32 + Copy {
    let (bx, by) = (to.0 - from.0, to.1 - from.1);
    let length = (bx * bx + by * by).max(1e-6);
    move |p| {
        let (px, py) = (p.x - from.0, p.y - from.1);
        let along = ((px * bx + py * by) / length).clamp(0.0, 1.0);
        (px - bx * along).hypot(py - by * along) - radius
    }
}

/// A rectangle with round corners, given by its centre and half its width and height.
pub(crate) fn rounded(x: f32, y: f32, hw: f32, hh: f32, radius: f32) -> impl Fn(Point) -> f32 + Copy {
    move |p| {
        let dx = (p.x - x).abs() - hw + radius;
        let dy = (p.y - y).abs() - hh + radius;
        dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius
    }
}

/// A triangle, its corners in clockwise order.
pub(crate) fn triangle(a: (f32, f32), b: (f32, f32), c: (f32, f32)) -> impl Fn(Point) -> f32 + Copy {
    move |p| side(a, b, p).max(side(b, c, p)).max(side(c, a, p))
}

/// The distance to the left of the line from `a` to `b`.
fn side(a: (f32, f32), b: (f32, f32), p: Point) -> f32 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    ((p.x - a.0) * dy - (p.y - a.1) * dx) / dx.hypot(dy).max(1e-6)
}

/// The lower part of a ring: a smile, or turned over with a negative `bend`, an eyebrow.
pub(crate) fn arc(x: f32, y: f32, half: f32, bend: f32, radius: f32) -> impl Fn(Point) -> f32 + Copy {
    move |p| {
        let along = ((p.x - x) / half).clamp(-1.0, 1.0);
        let curve = y + bend * (1.0 - along * along);
        // The slope makes the line equally thick everywhere.
        let slope = 2.0 * bend * along / half;
        let across = (p.y - curve) / (1.0 + slope * slope).sqrt();
        let beyond = ((p.x - x).abs() - half).max(0.0);
        across.hypot(beyond) - radius
    }
}
