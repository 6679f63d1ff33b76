//! The directory in the browser: its columns, its filters by custom fields, and the files that are made of it.

use crate::{
    app::{ADMIN, EMPLOYEE, ROOT, TestApp},
    both::both,
    browser::{Browser, leads_to},
};
use muster_core::{Json, json};
use muster_db::Sql;
use std::io::{Cursor, Read as _};

fn admin(app: &TestApp) -> Browser<'_> {
    Browser::signed_in(app, "ada@example.com")
}

/// The names of the columns of a page, without the first.
fn columns(page: &str) -> Vec<&str> {
    let head = page.split_once("<thead>").unwrap().1.split_once("</thead>").unwrap().0;
    head.split("<th scope=\"col\">").skip(2).map(|it| it.split('<').next().unwrap()).collect()
}

fn choose(browser: &Browser<'_>, names: &[&str], more: &[(&str, &str)]) -> String {
    let ticked: Vec<(&str, &str)> = names.iter().map(|it| ("column[]", *it)).chain(more.iter().copied()).collect();
    leads_to(&browser.submit("/company/columns/", "/company/columns/", &ticked))
}

/// Adds a custom field of people and answers its code.
fn field(app: &TestApp, name: &str, kind: &str, more: Json) -> String {
    let mut fields = json!({ "FIELD_NAME": name, "USER_TYPE_ID": kind });
    fields.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    app.admin().ok("user.userfield.add", json!({ "fields": fields }));
    format!("UF_USR_{name}")
}

/// The IDs of a list field's options by their texts.
fn options(app: &TestApp, name: &str) -> Json {
    let found = app.admin().ok("user.userfield.list", json!({ "FILTER": { "FIELD_NAME": name } }));
    let pairs = found[0]["LIST"].as_array().unwrap().iter();
    pairs.map(|it| (it["VALUE"].as_str().unwrap().to_owned(), it["ID"].clone())).collect()
}

/// The texts of a workbook's sheets, row by row.
fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut book = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut sheet = String::new();
    book.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
    assert!(!sheet.contains("<f>"), "a formula: {sheet}");
    let rows = sheet.split("<row ").skip(1);
    let plain = |it: &str| it.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    rows.map(|row| {
        let texts = row.split("<t").skip(1).map(|it| it.split_once('>').unwrap().1.split('<').next().unwrap());
        texts.map(plain).collect()
    })
    .collect()
}

both! {
    /// Whoever looks chooses the columns and their order; it is theirs alone, stays, and can be taken back.
    fn columns_are_chosen(app) {
        let level = field(app, "LEVEL", "string", json!({ "LIST_COLUMN_LABEL": { "en": "Level", "ru": "Уровень" } }));
        app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "PERSONAL_CITY": "Berlin", level.clone(): "<b>7</b>" }));
        let mut browser = admin(app);
        assert_eq!(columns(&browser.page("/company/")), ["Position", "Departments", "E-mail", "Telephone"]);
        let names = ["EMAIL", &level, "PERSONAL_CITY", "PERSONAL_CITY", "PASSWORD", "NAME", "MANAGER"];
        assert_eq!(choose(&browser, &names, &[]), "/company/?done=saved");
        let page = browser.page("/company/");
        assert_eq!(columns(&page), ["E-mail", "Level", "City", "Manager"]);
        assert!(page.contains("Berlin") && page.contains("&#60;b&#62;7") && !page.contains("<b>7"), "{page}");
        browser.language = "ru";
        assert_eq!(columns(&browser.page("/company/"))[1], "Уровень");
        browser.language = "en";
        let shown = ["EMAIL", level.as_str(), "PERSONAL_CITY", "MANAGER"];
        assert_eq!(choose(&browser, &shown, &[("up", "PERSONAL_CITY")]), "/company/columns/?moved=up-PERSONAL_CITY");
        assert!(browser.page("/company/columns/?moved=up-PERSONAL_CITY").contains("autofocus"));
        let shown = ["EMAIL", "PERSONAL_CITY", level.as_str(), "MANAGER"];
        assert_eq!(columns(&browser.page("/company/")), ["E-mail", "City", "Level", "Manager"]);
        choose(&browser, &shown, &[("down", "EMAIL")]);
        assert_eq!(columns(&browser.page("/company/")), ["City", "E-mail", "Level", "Manager"]);
        let other = Browser::signed_in(app, "emil@example.com");
        assert_eq!(columns(&other.page("/company/")).len(), 4);
        choose(&other, &[], &[]);
        assert!(columns(&other.page("/company/")).is_empty() && other.page("/company/").contains("Ada Admin"));
        app.admin().ok("user.userfield.delete", json!({ "ID": app.count("select max(id) from custom_fields") }));
        assert_eq!(columns(&browser.page("/company/")), ["City", "E-mail", "Manager"], "what is gone is left out");
        choose(&browser, &[], &[("reset", "Y")]);
        assert_eq!(columns(&browser.page("/company/")), ["Position", "Departments", "E-mail", "Telephone"]);
    }

    /// Every kind of value is shown for people to read, with what it refers to.
    fn values_are_shown(app) {
        let admin_hook = app.admin();
        let sales = admin_hook.ok("department.add", json!({ "NAME": "Sales", "PARENT": ROOT, "UF_HEAD": ADMIN }));
        let kinds = [("YES", "boolean"), ("DAY", "date"), ("AT", "datetime"), ("BOSS", "employee"), ("LINK", "url")];
        for (name, kind) in kinds {
            field(app, name, kind, json!({}));
        }
        let size = field(app, "SIZE", "enumeration", json!({ "MULTIPLE": "Y", "LIST": [{ "VALUE": "Small" }, { "VALUE": "Large" }] }));
        let sizes = options(app, &size);
        admin_hook.ok("user.update", json!({
            "ID": EMPLOYEE, "UF_DEPARTMENT": [sales], "PERSONAL_GENDER": "M", "PERSONAL_BIRTHDAY": "1990-12-31", "UF_USR_YES": "Y",
            "UF_USR_DAY": "2020-02-03", "UF_USR_AT": "2020-02-03T10:20:00+00:00", "UF_USR_BOSS": ADMIN,
            "UF_USR_LINK": "https://example.com/a", size.clone(): [sizes["Small"], sizes["Large"]], "UF_PHONE_INNER": "117",
        }));
        let browser = admin(app);
        let mut names = vec!["PHONE", "MANAGER", "PERSONAL_GENDER", "PERSONAL_BIRTHDAY", "ACTIVE", "USER_TYPE", "DATE_REGISTER", size.as_str()];
        names.extend(["UF_USR_YES", "UF_USR_DAY", "UF_USR_AT", "UF_USR_BOSS", "UF_USR_LINK", "UF_DEPARTMENT"]);
        choose(&browser, &names, &[]);
        let page = browser.page("/company/?q=emil");
        for shown in [
            "href=\"tel:117\"", "data-title=\"Manager\">Ada Admin<", ">Male<", ">December 31, 1990<", ">Yes<", ">Works here<", ">Small, Large<",
            ">February 3, 2020<", ">February 3, 2020, 10:20<", "href=\"https://example.com/a\"", ">Sales<",
        ] {
            assert!(page.contains(shown), "no {shown} in {page}");
        }
        let file = browser.get("/company/export.csv?q=emil");
        let line = file.text().lines().nth(1).unwrap();
        for shown in ["\"117\"", "\"Ada Admin\"", "\"1990-12-31\"", "\"Small; Large\"", "\"2020-02-03 10:20\"", "\"Sales\""] {
            assert!(line.contains(shown), "no {shown} in {line}");
        }
    }

    /// Custom fields of every kind narrow the list down, together with everything else, and the files too.
    fn custom_fields_narrow_down(app) {
        let kinds = [
            ("TEXT", "string"), ("WHOLE", "integer"), ("REAL", "double"), ("YES", "boolean"), ("DAY", "date"), ("AT", "datetime"),
            ("BOSS", "employee"), ("LINK", "url"), ("HOME", "address"), ("PAY", "money"), ("SCAN", "file"),
        ];
        for (name, kind) in kinds {
            field(app, name, kind, json!({}));
        }
        let size = field(app, "SIZE", "enumeration", json!({ "LIST": [{ "VALUE": "Small" }, { "VALUE": "Large" }] }));
        let large = options(app, &size)["Large"].clone();
        app.admin().ok("user.update", json!({
            "ID": EMPLOYEE, "UF_USR_TEXT": "Deep Blue", "UF_USR_WHOLE": 7, "UF_USR_REAL": 2.5, "UF_USR_YES": "Y", "UF_USR_DAY": "2020-02-03",
            "UF_USR_AT": "2020-02-03T10:20:00+00:00", "UF_USR_BOSS": ADMIN, "UF_USR_LINK": "https://example.com/a",
            "UF_USR_HOME": "Main street 1", "UF_USR_PAY": "100|USD", size: large,
        }));
        let browser = admin(app);
        let large = format!("uf_usr_size={}", large.as_str().unwrap());
        for (query, expected) in [
            ("uf_usr_text=blue", 1), ("uf_usr_text=red", 0), ("uf_usr_text=", 2), ("from-uf_usr_whole=7", 1), ("from-uf_usr_whole=8", 0),
            ("until-uf_usr_whole=6", 0), ("from-uf_usr_real=2.4&until-uf_usr_real=2.6", 1), ("uf_usr_yes=1", 1), ("uf_usr_yes=0", 1),
            ("from-uf_usr_day=2020-02-03&until-uf_usr_day=2020-02-03", 1), ("until-uf_usr_day=2020-02-02", 0),
            ("from-uf_usr_at=2020-02-03&until-uf_usr_at=2020-02-03", 1), ("from-uf_usr_at=2020-02-04", 0), ("uf_usr_boss=ada", 1),
            ("uf_usr_boss=emil", 0), ("uf_usr_boss=nobody", 0), ("uf_usr_link=example", 1), ("uf_usr_home=street", 1), ("uf_usr_pay=100", 1),
            (large.as_str(), 1), ("uf_usr_size=999", 0), ("uf_usr_text=blue&q=ada", 0), ("uf_usr_text=blue&q=emil&state=all", 1),
            ("from-uf_usr_day=nonsense", 0),
        ] {
            let page = browser.page(&format!("/company/?{query}"));
            assert_eq!(page.matches("class=\"person\"").count(), expected, "{query}");
            let file = browser.get(&format!("/company/export.csv?{query}"));
            assert_eq!(file.text().lines().count(), expected + 1, "{query}");
        }
        let page = browser.page("/company/?uf_usr_text=Blue&from-uf_usr_whole=3&state=all");
        assert!(page.contains("export.xlsx?q=&#38;department=&#38;state=all&#38;uf_usr_text=Blue&#38;from-uf_usr_whole=3\""), "{page}");
        assert!(page.contains("<details class=\"narrow\" open>") && page.contains("name=\"uf_usr_text\" value=\"Blue\""), "{page}");
        assert!(!page.contains("uf_usr_scan"), "what is in a file is not filtered by");
    }

    /// The files have the rows and columns that are shown, and nothing that a spreadsheet would carry out.
    fn the_directory_is_taken_along(app) {
        app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "NAME": "=1+1", "LAST_NAME": "a \"b\", c", "PERSONAL_CITY": "@x" }));
        let browser = admin(app);
        let reply = browser.get("/company/export.csv?q=&state=");
        assert!(reply.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
        let lines: Vec<&str> = reply.text().lines().collect();
        assert_eq!(lines[0], "\u{feff}\"Last name\",\"First name\",\"Position\",\"Departments\",\"E-mail\",\"Telephone\"");
        assert_eq!(lines[2], "\"a \"\"b\"\", c\",\"'=1+1\",\"\",\"Company\",\"emil@example.com\",\"\"");
        assert_eq!((lines.len(), browser.get("/company/export.csv?q=nobody").text().lines().count()), (3, 1));
        choose(&browser, &["PERSONAL_CITY", "EMAIL"], &[]);
        let lines = browser.get("/company/export.csv").text().to_owned();
        assert_eq!(lines.lines().nth(2).unwrap(), "\"a \"\"b\"\", c\",\"'=1+1\",\"'@x\",\"emil@example.com\"");
        let reply = browser.get("/company/export.xlsx");
        assert!(reply.headers["content-disposition"].to_str().unwrap().contains("people%2Exlsx"));
        assert_eq!(cells(&reply.bytes), [
            vec!["Last name", "First name", "City", "E-mail"],
            vec!["Admin", "Ada", "ada@example.com"],
            vec!["a \"b\", c", "=1+1", "@x", "emil@example.com"],
        ]);
        assert_eq!(cells(&browser.get("/company/export.xlsx?q=nobody").bytes).len(), 1);
    }

    /// Not one of very many people is left out of the files.
    fn everyone_is_taken_along(app) {
        app.app.db.write(|tx| {
            let ids = tx.reserve_ids("users", 20_500)?;
            let columns = ["id", "active", "admin", "user_type", "registered_at", "changed_at", "email", "last_name", "accepted_at"];
            let row = |id: &i64| vec![(*id).into(), 1.into(), 0.into(), "employee".into(), 1.into(), 1.into(), format!("p{id}@x.example").into(), "P".into(), 1.into()];
            tx.bulk("users", &columns, ids.iter().map(row))?;
            tx.run(&Sql::new("update users set email_key = email where email_key is null")).map(drop)
        }).unwrap();
        let browser = admin(app);
        assert_eq!(browser.get("/company/export.csv").text().lines().count(), 20_503);
        assert_eq!(cells(&browser.get("/company/export.xlsx").bytes).len(), 20_503);
    }

    /// Someone from outside takes along those whom they see, and learns of no one else by any column.
    fn outsiders_take_along_whom_they_see(app) {
        let group = app.admin().ok("sonet_group.create", json!({ "NAME": "Shared" }));
        field(app, "BOSS", "employee", json!({}));
        app.admin().ok("user.update", json!({ "ID": ADMIN, "UF_USR_BOSS": EMPLOYEE }));
        app.admin().ok("department.update", json!({ "ID": ROOT, "UF_HEAD": EMPLOYEE }));
        app.admin().ok("user.add", json!({ "EMAIL": "guest@example.com", "EXTRANET": "Y", "SONET_GROUP_ID": [group] }));
        app.execute("update users set accepted_at = registered_at");
        let browser = Browser::signed_in(app, "guest@example.com");
        choose(&browser, &["EMAIL", "MANAGER", "UF_USR_BOSS"], &[]);
        let xlsx = format!("{:?}", cells(&browser.get("/company/export.xlsx").bytes));
        let csv = browser.get("/company/export.csv").text().to_owned();
        for text in [browser.page("/company/"), browser.page("/company/?uf_usr_boss=emil"), csv, xlsx] {
            assert!(!text.contains("Emil") && !text.contains("emil@"), "{text}");
        }
        assert!(browser.page("/company/").contains("Ada Admin"));
        assert!(!browser.page("/company/").contains("/company/import/"));
    }
}
