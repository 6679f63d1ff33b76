//! Photos and logos: decoded, encoded anew, copied in three sizes, served, and gone when they are replaced.

use crate::{
    app::{Client, EMPLOYEE, ROOT, Reply, Setup, TestApp},
    both::both,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, RgbaImage};
use muster_core::{Json, Settings, json};
use std::io::Cursor;

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// Red above, blue below, so that copies can be told from accidents.
fn picture(width: u32, height: u32) -> DynamicImage {
    let colour = |_, y| if y < height / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) };
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, colour))
}

fn sent(name: &str, bytes: &[u8]) -> Json {
    json!([name, STANDARD.encode(bytes)])
}

pub(crate) fn png(width: u32, height: u32) -> Json {
    sent("me.png", &encoded(&picture(width, height), ImageFormat::Png))
}

/// Fetches a picture by the address that an answer gave.
#[track_caller]
fn fetch(app: &TestApp, address: &Json) -> Reply {
    app.get(address.as_str().unwrap().strip_prefix("http://muster.test").unwrap())
}

#[track_caller]
fn size(app: &TestApp, address: &Json) -> (u32, u32) {
    let reply = fetch(app, address);
    assert_eq!(reply.status, 200, "{address}");
    let image = image::load_from_memory(&reply.bytes).unwrap();
    (image.width(), image.height())
}

fn photo(client: &Client<'_>, id: i64, params: Json) -> Json {
    let mut all = json!({ "ID": id });
    all.as_object_mut().unwrap().extend(params.as_object().unwrap().clone());
    client.ok("user.get", all)[0]["PERSONAL_PHOTO"].clone()
}

fn files(app: &TestApp) -> (i64, i64) {
    (app.count("select count(*) from files"), app.count("select count(*) from file_copies"))
}

both! {
    /// `IMAGE_RESIZE` chooses among the original and three squares, in every method that shows people.
    fn a_photo_is_served_in_four_sizes(app) {
        let admin = app.admin();
        let id = admin.add_user(json!({ "PERSONAL_PHOTO": png(1200, 1500), "WORK_LOGO": png(80, 40) }));
        for (params, expected) in [
            (json!({}), (1200, 1500)), (json!({ "IMAGE_RESIZE": "small" }), (150, 150)),
            (json!({ "image_resize": "Medium" }), (300, 300)), (json!({ "IMAGE_RESIZE": "large" }), (1000, 1000)),
            (json!({ "IMAGE_RESIZE": "" }), (1200, 1500)),
        ] {
            assert_eq!(size(app, &photo(&admin, id, params.clone())), expected, "{params}");
        }
        admin.call("user.get", json!({ "IMAGE_RESIZE": "huge" })).fails(400, "ERROR_ARGUMENT");
        assert_eq!(size(app, &admin.ok("user.search", json!({ "ID": id, "IMAGE_RESIZE": "small" }))[0]["PERSONAL_PHOTO"]), (150, 150));
        assert_eq!(size(app, &admin.user(id)["WORK_LOGO"]), (80, 40));
        assert_eq!(files(app), (2, 8));
    }

    /// The formats that people have, with and without transparency; what is served says what it is.
    fn the_usual_formats_are_read(app) {
        let admin = app.admin();
        let clear = DynamicImage::ImageRgba8(RgbaImage::new(30, 20));
        for (bytes, kind) in [
            (encoded(&picture(30, 20), ImageFormat::Png), "image/jpeg"),
            (encoded(&picture(30, 20), ImageFormat::Jpeg), "image/jpeg"),
            (encoded(&picture(30, 20), ImageFormat::WebP), "image/jpeg"),
            (encoded(&clear, ImageFormat::Png), "image/png"),
            (encoded(&clear, ImageFormat::Gif), "image/png"),
        ] {
            let id = admin.add_user(json!({ "PERSONAL_PHOTO": sent("x", &bytes) }));
            let reply = fetch(app, &admin.user(id)["PERSONAL_PHOTO"]);
            assert_eq!((reply.status.as_u16(), reply.headers["content-type"].to_str().unwrap()), (200, kind));
            assert!(image::load_from_memory(&reply.bytes).is_ok());
        }
    }

    /// Base64 as clients write it: with line breaks, without padding, under `fileData`.
    fn every_way_of_sending_is_read(app) {
        let admin = app.admin();
        let text = STANDARD.encode(encoded(&picture(30, 21), ImageFormat::Png));
        let lines: Vec<_> = text.as_bytes().chunks(60).map(|it| std::str::from_utf8(it).unwrap()).collect();
        for photo in [
            json!(["me.png", text]), json!(["me.png", lines.join("\r\n")]), json!(["me.png", text.trim_end_matches('=')]),
            json!({ "fileData": ["me.png", text] }), json!({ "0": "me.png", "1": text }),
        ] {
            let id = admin.add_user(json!({ "PERSONAL_PHOTO": photo }));
            assert_eq!(size(app, &admin.user(id)["PERSONAL_PHOTO"]), (30, 21));
        }
    }

    /// The pixels are kept, everything else is not: neither metadata nor what hides behind the picture.
    fn only_pixels_are_kept(app) {
        let admin = app.admin();
        let mut bytes = encoded(&picture(40, 40), ImageFormat::Jpeg);
        bytes.extend_from_slice(b"<script>alert(1)</script>");
        let id = admin.add_user(json!({ "PERSONAL_PHOTO": sent("../../<b>é \".php", &bytes) }));
        let address = admin.user(id)["PERSONAL_PHOTO"].clone();
        let name = address.as_str().unwrap().rsplit('/').next().unwrap();
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) && name.ends_with(".jpg"), "{name}");
        let reply = fetch(app, &address);
        assert!(!reply.bytes.windows(7).any(|it| it == b"<script"));
        let image = image::load_from_memory(&reply.bytes).unwrap().to_rgb8();
        assert!(image.get_pixel(20, 5)[0] > 180 && image.get_pixel(20, 35)[2] > 180);
    }

    /// The address cannot be guessed from another one.
    fn addresses_are_unguessable(app) {
        let admin = app.admin();
        let ids = [(); 2].map(|()| admin.add_user(json!({ "PERSONAL_PHOTO": png(20, 20) })));
        let keys = ids.map(|id| admin.user(id)["PERSONAL_PHOTO"].as_str().unwrap().split('/').nth(4).unwrap().to_owned());
        assert_ne!(keys[0], keys[1]);
        assert!(keys.iter().all(|key| key.len() >= 32), "{keys:?}");
        assert_eq!(app.get("/files/nokey/original/me.jpg").status, 404);
    }

    /// What is no picture is refused with words, and nothing is stored.
    fn what_is_no_picture_is_refused(app) {
        let mut cut = encoded(&picture(60, 60), ImageFormat::Png);
        cut.truncate(80);
        for (photo, words) in [
            (json!("me.png"), "must be an array of a file name and its Base64 content"),
            (json!(["me.png"]), "must be an array of a file name and its Base64 content"),
            (json!(["me.png", []]), "must be an array of a file name and its Base64 content"),
            (json!(["me.png", "§§§"]), "is not valid Base64"),
            (json!(["me.png", ""]), "is not a picture (JPEG, PNG, GIF or WebP)"),
            (sent("me.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "is not a picture (JPEG, PNG, GIF or WebP)"),
            (sent("me.png", b"GIF89a"), "is not a picture (JPEG, PNG, GIF or WebP)"),
            (sent("me.png", &cut), "is not a picture (JPEG, PNG, GIF or WebP)"),
        ] {
            for (method, field) in [("user.add", "PERSONAL_PHOTO"), ("user.update", "WORK_LOGO")] {
                let mut all = json!({ "ID": EMPLOYEE, "EMAIL": "x@example.com", "UF_DEPARTMENT": [ROOT], "NAME": "Never" });
                all[field] = photo.clone();
                let said = app.admin().call(method, all).fails(400, "ERROR_ARGUMENT");
                assert_eq!(said, format!("{field}: {words}"), "{photo}");
            }
        }
        assert_eq!((files(app), app.count("select count(*) from users")), ((0, 0), 2));
        assert_eq!(app.admin().user(EMPLOYEE)["NAME"], "Emil");
    }

    /// Bytes and pixels are bounded before anything is decoded.
    fn pictures_are_bounded(app) {
        let settings = Settings { picture_bytes: 2_000, picture_pixels: 10_000, ..Settings::default() };
        let strict = app.another(Setup { settings, ..Setup::default() });
        let admin = strict.admin();
        let say = |photo: Json| {
            let params = json!({ "EMAIL": "x@example.com", "UF_DEPARTMENT": [ROOT], "PERSONAL_PHOTO": photo });
            admin.call("user.add", params).fails(400, "ERROR_ARGUMENT")
        };
        assert!(say(png(101, 100)).contains("101 × 100 pixels"));
        assert!(say(sent("x.png", &[0; 2_100])).contains("larger than 2000 bytes"));
        assert_eq!(files(app), (0, 0));
        admin.add_user(json!({ "PERSONAL_PHOTO": png(100, 100) }));
    }

    /// A new photo takes the place of the old one, and an empty text or null removes it; no row is left over.
    fn a_replaced_photo_is_gone(app) {
        let admin = app.admin();
        let id = admin.add_user(json!({ "PERSONAL_PHOTO": png(20, 20), "WORK_LOGO": png(10, 10) }));
        let old = admin.user(id)["PERSONAL_PHOTO"].clone();
        admin.ok("user.update", json!({ "ID": id, "PERSONAL_PHOTO": png(30, 30) }));
        let new = admin.user(id)["PERSONAL_PHOTO"].clone();
        assert_eq!((fetch(app, &old).status.as_u16(), size(app, &new)), (404, (30, 30)));
        assert_eq!(files(app), (2, 8));
        admin.ok("user.update", json!({ "ID": id, "NAME": "Anna" }));
        assert_eq!(admin.user(id)["PERSONAL_PHOTO"], new, "what is not sent stays");
        admin.call("user.update", json!({ "ID": id, "PERSONAL_PHOTO": "x" })).fails(400, "ERROR_ARGUMENT");
        assert_eq!(size(app, &new), (30, 30));

        admin.ok("user.update", json!({ "ID": id, "PERSONAL_PHOTO": "" }));
        assert_eq!((admin.user(id)["PERSONAL_PHOTO"].clone(), fetch(app, &new).status.as_u16()), (json!(""), 404));
        admin.ok("user.update", json!({ "ID": id, "WORK_LOGO": null }));
        assert_eq!(files(app), (0, 0));
        assert_eq!(admin.ids("user.get", json!({ "!PERSONAL_PHOTO": "" })), Vec::<i64>::new());
    }

    /// Two photos for one person at the same moment leave one.
    fn photos_sent_at_once_leave_one(app) {
        let other = app.another(Setup::default());
        std::thread::scope(|scope| {
            for number in 0..6 {
                let node = if number % 2 == 0 { app } else { &other };
                scope.spawn(move || node.admin().ok("user.update", json!({ "ID": EMPLOYEE, "PERSONAL_PHOTO": png(20, 20) })));
            }
        });
        assert_eq!(files(app), (1, 4));
        assert_eq!(size(app, &app.admin().user(EMPLOYEE)["PERSONAL_PHOTO"]), (20, 20));
    }
}
