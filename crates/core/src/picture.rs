//! Pictures: really decoded, within bounds, before they may be stored.
//!
//! What a client sent is never stored as it came: the pixels are encoded anew, which leaves behind everything that is no
//! picture (metadata, positions, trailing data). This happens before the call's transaction, since it takes long.

use crate::{
    Error, Json, Params, Result, Settings,
    error::ARGUMENT,
    field::{Entity, Kind},
    params::{read_int, read_text},
};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use image::{
    DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, codecs::jpeg::JpegEncoder, imageops::FilterType,
};
use std::{collections::HashMap, io::Cursor};

/// Base64 with or without the `=` at its end, as PHP reads it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The copies that are kept beside the original, each a square of at most so many pixels a side.
pub const COPIES: &[(&str, u32)] = &[("small", 150), ("medium", 300), ("large", 1000)];

/// The pictures of one call, by field. `None` means that the field shall be emptied.
pub type Pictures = HashMap<&'static str, Option<Picture>>;

/// A decoded picture.
#[derive(Debug, Clone)]
pub struct Picture {
    /// A file name that is safe in an address.
    pub name: String,
    /// Its content type.
    pub content_type: &'static str,
    /// `original` and each of [`COPIES`], encoded.
    pub copies: Vec<(&'static str, Vec<u8>)>,
}

/// Decodes the pictures among the parameters of a method that takes this entity's fields.
pub fn decode_all(entity: &Entity, params: &Params, settings: &Settings) -> Result<Pictures> {
    let mut pictures = Pictures::new();
    for field in entity.fields.iter().filter(|it| it.kind == Kind::Image && it.writable) {
        match params.get(field.name) {
            None => {}
            Some(Json::Null) => {
                pictures.insert(field.name, None);
            }
            Some(Json::String(text)) if text.is_empty() => {
                pictures.insert(field.name, None);
            }
            Some(sent) => {
                let picture = read(sent, settings).map_err(|why| refuse(field.name, &why))?;
                pictures.insert(field.name, Some(picture));
            }
        }
    }
    Ok(pictures)
}

fn refuse(name: &'static str, why: &str) -> Error {
    ARGUMENT.say(format!("{name}: {why}")).about(name)
}

/// Reads `[name, base64]`, or the same two under the key `fileData`, with `crop` beside it for a part of the picture.
fn read(sent: &Json, settings: &Settings) -> Result<Picture, String> {
    let crop = match sent.get("crop") {
        None | Some(Json::Null) => None,
        Some(crop) => Some(Crop::read(crop).ok_or("the crop must be the left, the top and the side of a square")?),
    };
    let pair = match sent {
        Json::Object(map) => map.get("fileData").unwrap_or(sent),
        other => other,
    };
    let Json::Array(pair) = pair else {
        return Err("must be an array of a file name and its Base64 content".to_owned());
    };
    let [name, content] = pair.as_slice() else {
        return Err("must be an array of a file name and its Base64 content".to_owned());
    };
    let (Some(name), Some(content)) = (read_text(name), read_text(content)) else {
        return Err("must be an array of a file name and its Base64 content".to_owned());
    };
    if content.len() / 4 * 3 > settings.picture_bytes + 3 {
        return Err(format!("is larger than {} bytes", settings.picture_bytes));
    }
    let content: String = content.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = BASE64.decode(content).map_err(|_| "is not valid Base64".to_owned())?;
    decode_part(&name, &bytes, settings.picture_pixels, crop)
}

/// A square part of a picture, in pixels of the picture as it stands upright. What is beyond it is not kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crop {
    left: u32,
    top: u32,
    side: u32,
}

impl Crop {
    /// Reads `[left, top, side]`.
    fn read(sent: &Json) -> Option<Crop> {
        let [left, top, side] = sent.as_array()?.as_slice() else { return None };
        // What is not within a picture is brought into it later.
        let pixels = |it: &Json| read_int(it).and_then(|it| u32::try_from(it.clamp(0, i64::from(u32::MAX))).ok());
        Some(Crop { left: pixels(left)?, top: pixels(top)?, side: pixels(side)? })
    }

    /// Cuts the part out, as far as it is within the picture.
    fn cut(self, image: &DynamicImage) -> DynamicImage {
        let side = self.side.clamp(1, image.width().min(image.height()));
        let (left, top) = (self.left.min(image.width() - side), self.top.min(image.height() - side));
        image.crop_imm(left, top, side, side)
    }
}

/// Decodes a picture and makes its copies.
pub fn decode(name: &str, bytes: &[u8], most_pixels: u64) -> Result<Picture, String> {
    decode_part(name, bytes, most_pixels, None)
}

/// The same for a part of it.
fn decode_part(name: &str, bytes: &[u8], most_pixels: u64, crop: Option<Crop>) -> Result<Picture, String> {
    let no_picture = |_| "is not a picture (JPEG, PNG, GIF or WebP)".to_owned();
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|err| err.to_string())?;
    let mut decoder = reader.into_decoder().map_err(no_picture)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err("has no pixels".to_owned());
    }
    if u64::from(width) * u64::from(height) > most_pixels {
        return Err(format!("has {width} × {height} pixels; at most {most_pixels} are accepted"));
    }
    let orientation = decoder.orientation().map_err(no_picture)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(no_picture)?;
    image.apply_orientation(orientation);
    if let Some(crop) = crop {
        image = crop.cut(&image);
    }

    let opaque = !image.color().has_alpha();
    let mut copies = vec![("original", encode(&image, opaque)?)];
    for (copy, side) in COPIES {
        let side = (*side).min(image.width().min(image.height()));
        let square = image.resize_to_fill(side, side, FilterType::Triangle);
        copies.push((*copy, encode(&square, opaque)?));
    }
    let (content_type, extension) = if opaque { ("image/jpeg", "jpg") } else { ("image/png", "png") };
    Ok(Picture { name: format!("{}.{extension}", safe_stem(name)), content_type, copies })
}

fn encode(image: &DynamicImage, opaque: bool) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let done = if opaque {
        image.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 88))
    } else {
        image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
    };
    done.map_err(|err| err.to_string())?;
    Ok(bytes)
}

/// The file's name without its ending, with only what needs no escaping in an address.
fn safe_stem(name: &str) -> String {
    let stem = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let safe: String = stem.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(60).collect();
    if safe.is_empty() { "picture".to_owned() } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        DynamicImage::new_rgb8(width, height).write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn a_picture_gets_its_copies() {
        let picture = decode("../me & you.PNG", &png(1200, 1500), 40_000_000).unwrap();
        assert_eq!(picture.name, "meyou.jpg");
        let sizes: Vec<_> = picture
            .copies
            .iter()
            .map(|(copy, bytes)| {
                let image = image::load_from_memory(bytes).unwrap();
                (*copy, image.width(), image.height())
            })
            .collect();
        assert_eq!(sizes, [("original", 1200, 1500), ("small", 150, 150), ("medium", 300, 300), ("large", 1000, 1000)]);
    }

    /// A part is a square within the picture, whatever was asked for.
    #[test]
    fn a_part_is_cut_out() {
        for (crop, side) in [([10, 20, 300], 300), ([0, 0, 9000], 400), ([-5, 9000, 100], 100), ([600, 400, 0], 1)] {
            let crop = Crop::read(&crate::json!(crop));
            let picture = decode_part("x.png", &png(600, 400), 1_000_000, crop).unwrap();
            for (copy, bytes) in &picture.copies {
                let image = image::load_from_memory(bytes).unwrap();
                assert_eq!((image.width(), image.width()), (image.height(), side.min(copied(copy))), "{crop:?} {copy}");
            }
        }
        for wrong in [crate::json!([1, 2]), crate::json!("x"), crate::json!([1, 2, "x"])] {
            assert_eq!(Crop::read(&wrong), None, "{wrong}");
        }
    }

    fn copied(copy: &str) -> u32 {
        COPIES.iter().find(|it| it.0 == copy).map_or(u32::MAX, |it| it.1)
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_refused() {
        assert!(decode("x.png", b"GIF89", 1000).unwrap_err().contains("not a picture"));
        assert!(decode("x.png", &png(40, 40), 1000).unwrap_err().contains("pixels"));
        assert!(decode("x.gif", b"GIF89a\0\0\0\0\0\0\0;", 1000).is_err());
        let mut cut = png(40, 40);
        cut.truncate(50);
        assert!(decode("x.png", &cut, 40_000).is_err());
    }
}
