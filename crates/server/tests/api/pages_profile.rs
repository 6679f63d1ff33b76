//! A profile that people change where it stands: sections, custom fields, the photo; whom it names.

use crate::{
    app::{ADMIN, EMPLOYEE, ROOT, Reply, TestApp},
    both::both,
    browser::{Browser, leads_to, token},
};
use axum::{body::Body, http::Request};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use muster_core::{Json, json};
use std::io::Cursor;

const PROFILE: &str = "/company/personal/user/2/";
const PHOTO: &str = "/company/personal/user/2/photo/";

fn emil(app: &TestApp) -> Browser<'_> {
    Browser::signed_in(app, "emil@example.com")
}

/// Sends a section of the second person's profile.
fn save(browser: &Browser<'_>, section: &str, fields: &[(&str, &str)]) -> Reply {
    browser.submit("/settings/", &format!("{PROFILE}section/{section}/"), fields)
}

/// The part of a page between two texts.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    page.split_once(from).unwrap_or_else(|| panic!("no {from} in {page}")).1.split(to).next().unwrap()
}

/// Red on the left, green in the middle, blue on the right.
fn stripes(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| match x * 3 / width {
        0 => Rgb([220, 20, 20]),
        1 => Rgb([20, 220, 20]),
        _ => Rgb([20, 20, 220]),
    })
}

fn encoded(image: RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    DynamicImage::ImageRgb8(image).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// A JPEG that says of itself that it lies on its side: its left is the top of what is meant.
fn lying(image: RgbImage) -> Vec<u8> {
    let jpeg = encoded(image, ImageFormat::Jpeg);
    let tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let mut exif = vec![0xff, 0xd8, 0xff, 0xe1, 0, u8::try_from(2 + 6 + tiff.len()).unwrap()];
    exif.extend(b"Exif\0\0");
    exif.extend(tiff);
    exif.extend(&jpeg[2..]);
    exif
}

/// Sends a photo as a browser does.
fn send_photo(browser: &Browser<'_>, (name, content): (&str, &[u8]), crop: &[(&str, &str)]) -> Reply {
    let form = token(&browser.page("/settings/"));
    let mut body = Vec::new();
    for (field, value) in [("form", form.as_str())].iter().chain(crop) {
        let part = format!("--edge\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    let head = format!("--edge\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{name}\"\r\n\r\n");
    body.extend(head.into_bytes());
    body.extend(content);
    body.extend(b"\r\n--edge--\r\n");
    let request = Request::post(PHOTO).header("content-type", "multipart/form-data; boundary=edge");
    browser.send(request, Body::from(body))
}

/// The stored photo: its size, and the colour in the middle of its top.
fn stored(app: &TestApp) -> (u32, u32, char) {
    let address = app.admin().user(EMPLOYEE)["PERSONAL_PHOTO"].as_str().unwrap().to_owned();
    let bytes = app.get(address.strip_prefix("http://muster.test").unwrap()).bytes;
    let image = image::load_from_memory(&bytes).unwrap().to_rgb8();
    let Rgb([red, green, blue]) = *image.get_pixel(image.width() / 2, 2);
    let colour = if red > green && red > blue {
        'r'
    } else if green > blue {
        'g'
    } else {
        'b'
    };
    (image.width(), image.height(), colour)
}

both! {
    /// People change what they say of themselves, where it stands; what the company says of them is not in their forms and
    /// refused by name, as is everyone else.
    fn people_change_their_own_profile(app) {
        let browser = emil(app);
        let page = browser.page(PROFILE);
        assert!(page.contains("?edit=reach#reach") && !page.contains("/edit/") && page.contains("/settings/security/"), "{page}");
        let form = browser.page(&format!("{PROFILE}?edit=reach"));
        assert!(form.contains("name=\"PERSONAL_MOBILE\"") && !form.contains("name=\"EMAIL\""), "{form}");
        assert_eq!(form.matches("data-swap=\"#reach\"").count(), 2, "the form and the way out of it");
        let work = browser.page(&format!("{PROFILE}?edit=work"));
        assert!(work.contains("name=\"TIME_ZONE\"") && !work.contains("name=\"WORK_POSITION\""), "{work}");
        let reply = save(&browser, "reach", &[("PERSONAL_MOBILE", " +49 171 1 "), ("UF_SKYPE", "emil")]);
        assert_eq!(leads_to(&reply), format!("{PROFILE}?done=saved"));
        assert_eq!(leads_to(&save(&browser, "reach", &[("PERSONAL_MOBILE", "+49 171 1")])), PROFILE, "nothing to change");
        let person = app.admin().user(EMPLOYEE);
        assert_eq!((&person["PERSONAL_MOBILE"], &person["UF_SKYPE"]), (&json!("+49 171 1"), &json!("emil")));
        // What is no part of one's form is not taken from it either.
        assert_eq!(leads_to(&save(&browser, "work", &[("WORK_POSITION", "Boss"), ("EMAIL", "boss@example.com")])), PROFILE);
        assert_eq!(app.admin().user(EMPLOYEE)["WORK_POSITION"], "");
        for (section, status) in [("account", 400), ("more", 400), ("nothing", 404)] {
            assert_eq!(save(&browser, section, &[("ID", "1")]).status, status, "{section}");
        }
        let other = "/company/personal/user/1/";
        assert!(!browser.page(&format!("{other}?edit=reach")).contains("data-swap"));
        let refused = browser.submit("/settings/", &format!("{other}section/reach/"), &[("UF_SKYPE", "x")]);
        assert!(refused.status.is_client_error() && app.admin().user(ADMIN)["UF_SKYPE"] == "", "{}", refused.status);
        let history = app.admin().ok("user.history", json!({ "ID": EMPLOYEE }));
        assert_eq!((&history[0]["BY"], history.as_array().unwrap().len()), (&json!("2"), 1));
    }

    /// The method says which fields are not one's own, and leaves everything as it was.
    fn the_method_keeps_what_the_company_says(app) {
        let employee = app.employee();
        let admin = app.admin();
        admin.ok("user.userfield.add", json!({ "fields": { "FIELD_NAME": "MINE", "USER_TYPE_ID": "string" } }));
        admin.ok("user.userfield.add", json!({ "fields": { "FIELD_NAME": "THEIRS", "USER_TYPE_ID": "string", "EDIT_IN_LIST": "N" } }));
        employee.ok("user.profile.update", json!({ "NAME": "Emilio", "UF_USR_MINE": "x" }));
        for (field, value) in [
            ("EMAIL", json!("boss@example.com")), ("ACTIVE", json!("N")), ("UF_DEPARTMENT", json!([ROOT])), ("XML_ID", json!("1")),
            ("WORK_POSITION", json!("Boss")), ("UF_EMPLOYMENT_DATE", json!("2020-01-01")), ("uf_usr_theirs", json!("x")),
        ] {
            let said = employee.call("user.profile.update", json!({ "NAME": "Other", field: value })).fails(400, "ERROR_ARGUMENT");
            assert!(said.starts_with(&field.to_uppercase()), "{said}");
        }
        // It is about oneself, whatever ID is sent.
        employee.ok("user.profile.update", json!({ "ID": ADMIN, "SECOND_NAME": "E" }));
        let person = admin.user(EMPLOYEE);
        assert_eq!((&person["NAME"], &person["UF_USR_MINE"], &person["EMAIL"]), (&json!("Emilio"), &json!("x"), &json!("emil@example.com")));
        assert_eq!((&person["SECOND_NAME"], &admin.user(ADMIN)["SECOND_NAME"]), (&json!("E"), &json!("")));
        employee.call("user.update", json!({ "ID": EMPLOYEE, "NAME": "X" })).fails(400, "ERROR_CORE");
        let page = emil(app).page(&format!("{PROFILE}?edit=more"));
        assert!(page.contains("UF_USR_MINE") && !page.contains("name=\"UF_USR_THEIRS\""), "{page}");
    }

    /// What is wrong is said beside its field, with what was typed, and nothing is changed.
    fn what_is_wrong_is_said_beside_its_field(app) {
        let browser = emil(app);
        let long = "x".repeat(26);
        let reply = save(&browser, "person", &[("NAME", &long), ("PERSONAL_CITY", "Bonn"), ("PERSONAL_BIRTHDAY", "1990-01-02")]);
        assert_eq!(reply.status, 422);
        let section = between(reply.text(), "id=\"person\"", "</section>");
        let field = between(section, "name=\"NAME\"", "name=\"SECOND_NAME\"");
        assert!(field.contains("aria-invalid=\"true\" aria-describedby=\"about-NAME\"") && field.contains("role=\"alert\""), "{field}");
        assert!(section.contains(&long) && section.contains("Bonn") && section.contains("1990-01-02"), "{section}");
        assert_eq!(section.matches("aria-invalid").count(), 1);
        assert_eq!(app.admin().user(EMPLOYEE)["PERSONAL_CITY"], "");
        let admin = Browser::signed_in(app, "ada@example.com");
        let taken = save(&admin, "reach", &[("EMAIL", "ada@example.com")]);
        let field = between(taken.text(), "name=\"EMAIL\"", "name=\"WORK_PHONE\"");
        assert!(taken.status == 422 && field.contains("role=\"alert\"") && field.contains("ada@example.com"), "{field}");
    }

    /// Custom fields of every type are shown in words and changed by a control of their own.
    fn custom_fields_of_every_type_are_changed(app) {
        let admin = app.admin();
        let define = |fields: Json| admin.ok("user.userfield.add", json!({ "fields": fields }));
        for kind in ["string", "integer", "double", "boolean", "date", "datetime", "url", "address", "money", "employee", "file"] {
            define(json!({ "FIELD_NAME": kind.to_uppercase(), "USER_TYPE_ID": kind, "LABEL": format!("The {kind}") }));
            define(json!({ "FIELD_NAME": format!("{}S", kind.to_uppercase()), "USER_TYPE_ID": kind, "MULTIPLE": "Y" }));
        }
        let list = json!([{ "VALUE": "Junior" }, { "VALUE": "Senior" }, { "VALUE": "Chief" }]);
        let one = define(json!({ "FIELD_NAME": "LEVEL", "USER_TYPE_ID": "enumeration", "LIST": list }));
        let many = define(json!({ "FIELD_NAME": "LEVELS", "USER_TYPE_ID": "enumeration", "LIST": list, "MULTIPLE": "Y" }));
        let option = |id: &Json, place: usize| {
            let found = admin.ok("user.userfield.list", json!({ "filter": { "ID": id } }));
            found[0]["LIST"][place]["ID"].as_str().unwrap().to_owned()
        };
        let (level, first, third) = (option(&one, 1), option(&many, 0), option(&many, 2));
        let browser = emil(app);
        let form = browser.page(&format!("{PROFILE}?edit=more"));
        assert!(form.contains("The boolean") && form.contains("multipart/form-data") && form.contains("data-people"), "{form}");
        let reply = save(&browser, "more", &[
            ("UF_USR_STRING", "one\r\ntwo"), ("UF_USR_INTEGER", "42"), ("UF_USR_DOUBLE", "1.5"), ("UF_USR_BOOLEAN", "1"),
            ("UF_USR_DATE", "1990-12-31"), ("UF_USR_DATETIME", "2026-07-01T10:30"), ("UF_USR_URL", "https://example.com/me"),
            ("UF_USR_ADDRESS", "Main Street 1"), ("UF_USR_MONEY", "100|EUR"), ("UF_USR_EMPLOYEE", "Ada Admin [1]"),
            ("UF_USR_LEVEL", &level), ("UF_USR_LEVELS[]", ""), ("UF_USR_LEVELS[]", &first), ("UF_USR_LEVELS[]", &third),
            ("UF_USR_STRINGS[]", ""), ("UF_USR_STRINGS[]", "a"), ("UF_USR_STRINGS[]", ""), ("UF_USR_STRINGS[]", "b"),
            ("UF_USR_EMPLOYEES[]", "Ada"), ("UF_USR_EMPLOYEES[]", "2"),
        ]);
        assert_eq!(leads_to(&reply), format!("{PROFILE}?done=saved"));
        let person = admin.user(EMPLOYEE);
        for (field, value) in [
            ("STRING", json!("one\ntwo")), ("INTEGER", json!(42)), ("DOUBLE", json!(1.5)), ("BOOLEAN", json!("1")),
            ("DATETIME", json!("2026-07-01T10:30:00+00:00")), ("URL", json!("https://example.com/me")),
            ("MONEY", json!("100|EUR")), ("EMPLOYEE", json!("1")), ("STRINGS", json!(["a", "b"])), ("EMPLOYEES", json!([1, 2])),
            ("LEVEL", json!(level)),
        ] {
            assert_eq!(person[format!("UF_USR_{field}")], value, "{field}");
        }
        let page = browser.page(PROFILE);
        let more = between(&page, "id=\"more\"", "</section>");
        for shown in ["Senior", "Junior, Chief", ">Yes<", "December 31, 1990", "July 1, 2026, 10:30", "100 EUR", "href=\"/company/personal/user/1/\"", "Ada Admin"] {
            assert!(more.contains(shown), "no {shown} in {more}");
        }
        // What stands in the form already is no change; what is taken out is.
        let form = browser.page(&format!("{PROFILE}?edit=more"));
        for known in ["value=\"2026-07-01T10:30\"", "value=\"Ada Admin [1]\"", "checked", "value=\"1990-12-31\""] {
            assert!(form.contains(known), "no {known} in {form}");
        }
        assert_eq!(leads_to(&save(&browser, "more", &[("UF_USR_DATETIME", "2026-07-01T10:30"), ("UF_USR_LEVEL", &level)])), PROFILE);
        save(&browser, "more", &[("UF_USR_LEVELS[]", ""), ("UF_USR_STRING", "")]);
        let person = admin.user(EMPLOYEE);
        assert_eq!((&person["UF_USR_LEVELS"], &person["UF_USR_STRING"]), (&json!([]), &json!("")));
        let nobody = save(&browser, "more", &[("UF_USR_EMPLOYEE", "Nobody"), ("UF_USR_INTEGER", "43")]);
        let field = between(nobody.text(), "name=\"UF_USR_EMPLOYEE\"", "</div>");
        assert!(nobody.status == 422 && field.contains("“Nobody”") && field.contains("aria-invalid"), "{field}");
        assert_eq!(admin.user(EMPLOYEE)["UF_USR_INTEGER"], 42);
        assert_eq!(browser.get("/company/suggest.json?q=ad").body(), json!(["Ada Admin [1]"]));
    }

    /// A photo is cut to the square that was chosen, or stays as it is without one; it stands upright; it can be removed.
    fn a_photo_is_cut_and_removed(app) {
        let browser = emil(app);
        assert!(browser.page(PHOTO).contains("enctype=\"multipart/form-data\""));
        let png = encoded(stripes(300, 90), ImageFormat::Png);
        let done = send_photo(&browser, ("me.png", &png), &[]);
        assert_eq!(leads_to(&done), format!("{PROFILE}?done=saved"));
        assert_eq!(stored(app), (300, 90, 'g'));
        for (left, colour) in [("10", 'r'), ("110", 'g'), ("210", 'b'), ("9999", 'b')] {
            send_photo(&browser, ("me.png", &png), &[("crop_left", left), ("crop_top", "5"), ("crop_side", "80")]);
            assert_eq!(stored(app), (80, 80, colour), "{left}");
        }
        // On its side, it is 90 wide and 300 high: the corner is that of the picture as one sees it.
        for format in ["jpg", "webp"] {
            let content = if format == "jpg" { lying(stripes(300, 90)) } else { encoded(stripes(90, 300), ImageFormat::WebP) };
            let done = send_photo(&browser, (&format!("me.{format}"), &content), &[("crop_left", "0"), ("crop_top", "210"), ("crop_side", "90")]);
            assert_eq!(done.status, 303, "{}", done.text());
            let (width, height, colour) = stored(app);
            assert_eq!((width, height), (90, 90), "{format}");
            assert!(format == "webp" || colour == 'b', "{colour}");
        }
        assert_eq!(app.count("select count(*) from files"), 1, "no earlier photo is left");
        let before = stored(app);
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><script>alert(1)</script></svg>";
        for (name, content) in [("me.html", &b"<html><script>alert(1)</script>"[..]), ("me.svg", svg), ("me.png", b"<svg/>"), ("me.jpg", b""), ("", b"")] {
            let refused = send_photo(&browser, (name, content), &[]);
            assert!(refused.status == 422 && refused.text().contains("role=\"alert\""), "{name}: {}", refused.text());
        }
        assert_eq!(stored(app), before);
        // Nobody else's: neither by the form nor by its address.
        let (guest, other) = (Browser::signed_in(app, "emil@example.com"), "/company/personal/user/1/photo/");
        assert!(guest.get(other).status.is_client_error());
        assert!(guest.submit("/settings/", &format!("{other}remove/"), &[]).status.is_client_error());
        let removed = browser.submit(PHOTO, &format!("{PHOTO}remove/"), &[]);
        assert_eq!(leads_to(&removed), format!("{PROFILE}?done=saved"));
        assert_eq!((app.admin().user(EMPLOYEE)["PERSONAL_PHOTO"].as_str(), app.count("select count(*) from files")), (Some(""), 0));
    }

    /// A file in a form means what it means in JSON, for clients too.
    fn files_of_forms_are_read(app) {
        let png = encoded(stripes(30, 30), ImageFormat::Png);
        let mut body = b"--edge\r\nContent-Disposition: form-data; name=\"ID\"\r\n\r\n2\r\n--edge\r\nContent-Disposition: form-data; name=\"PERSONAL_PHOTO\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n".to_vec();
        body.extend(png);
        body.extend(b"\r\n--edge--\r\n");
        let admin = app.admin();
        let path = format!("/rest/{}/user.update", admin.path);
        assert_eq!(admin.post(&path, "multipart/form-data; boundary=edge", body).ok(), true);
        assert_eq!(stored(app).0, 30);
    }

    /// The manager is the next head above who is someone else; reports are one's people and the heads just below; groups
    /// are those that the visitor may see.
    fn managers_reports_and_groups_are_shown(app) {
        let admin = app.admin();
        let add = |name: &str, parent: &Json, head: i64| admin.ok("department.add", json!({ "NAME": name, "PARENT": parent, "UF_HEAD": head }));
        admin.ok("department.update", json!({ "ID": ROOT, "UF_HEAD": ADMIN }));
        let sales = add("Sales", &json!(ROOT), EMPLOYEE);
        admin.ok("user.update", json!({ "ID": EMPLOYEE, "UF_DEPARTMENT": [sales] }));
        let lead = admin.add_user(json!({ "NAME": "Lea", "LAST_NAME": "Lead" }));
        let north = add("North", &sales, lead);
        admin.ok("user.update", json!({ "ID": lead, "UF_DEPARTMENT": [north] }));
        admin.add_user(json!({ "NAME": "Sam", "LAST_NAME": "Seller", "UF_DEPARTMENT": [sales] }));
        admin.add_user(json!({ "NAME": "Nora", "LAST_NAME": "North", "UF_DEPARTMENT": [north] }));
        let browser = emil(app);
        let page = browser.page(PROFILE);
        assert!(between(&page, "id=\"managers\"", "</section>").contains("Ada Admin"), "{page}");
        let reports = between(&page, "id=\"reports\"", "</section>");
        assert!(reports.contains("Lea Lead") && reports.contains("Sam Seller") && !reports.contains("Nora"), "{reports}");
        assert!(between(&browser.page(&format!("/company/personal/user/{lead}/")), "id=\"managers\"", "</section>").contains("Emil Employee"));
        let secret = admin.ok("sonet_group.create", json!({ "NAME": "Secret", "VISIBLE": "N" }));
        admin.ok("sonet_group.create", json!({ "NAME": "Open air", "VISIBLE": "Y" }));
        let asked = admin.ok("sonet_group.create", json!({ "NAME": "Not yet", "VISIBLE": "Y" }));
        admin.ok("sonet_group.user.invite", json!({ "GROUP_ID": asked, "USER_ID": EMPLOYEE }));
        let ada = "/company/personal/user/1/";
        let page = browser.page(ada);
        let groups = between(&page, "id=\"groups\"", "</section>");
        assert!(groups.contains("Open air") && !groups.contains("Secret"), "{groups}");
        assert!(!browser.page(PROFILE).contains("id=\"groups\""), "whoever is only invited does not belong");
        admin.ok("sonet_group.user.add", json!({ "GROUP_ID": secret, "USER_ID": EMPLOYEE }));
        assert!(between(&browser.page(ada), "id=\"groups\"", "</section>").contains("Secret"));
        let guest = json!({ "EMAIL": "guest@example.com", "EXTRANET": "Y", "SONET_GROUP_ID": [secret] });
        admin.ok("user.add", guest);
        app.execute("update users set accepted_at = registered_at");
        let page = Browser::signed_in(app, "guest@example.com").page(ada);
        let groups = between(&page, "id=\"groups\"", "</section>");
        assert!(groups.contains("Secret") && !groups.contains("Open air") && !page.contains("id=\"reports\""), "{page}");
    }

    /// Someone whom the visitor does not see is not named by a custom field either.
    fn custom_fields_do_not_name_hidden_people(app) {
        let admin = app.admin();
        admin.ok("user.userfield.add", json!({ "fields": { "FIELD_NAME": "BUDDY", "USER_TYPE_ID": "employee" } }));
        admin.ok("user.update", json!({ "ID": ADMIN, "UF_USR_BUDDY": EMPLOYEE }));
        let group = admin.ok("sonet_group.create", json!({ "NAME": "Shared" }));
        admin.ok("user.add", json!({ "EMAIL": "guest@example.com", "EXTRANET": "Y", "SONET_GROUP_ID": [group] }));
        app.execute("update users set accepted_at = registered_at");
        let guest = Browser::signed_in(app, "guest@example.com");
        let page = guest.page("/company/personal/user/1/");
        assert!(!page.contains("Emil") && !page.contains("user/2/"), "{page}");
        assert_eq!(guest.get("/company/suggest.json?q=emil").body(), json!([]));
        assert!(emil(app).page("/company/personal/user/1/").contains("Emil Employee"));
    }
}
