//! Importing people from a file: all of them or none, and every problem by its line.

use crate::{
    app::{ROOT, Reply, Setup, TestApp},
    both::both,
    browser::{Browser, leads_to, token},
};
use axum::{body::Body, http::Request};
use muster_core::{Settings, call::Mail, json};
use std::{thread, time::Duration};

fn admin(app: &TestApp) -> Browser<'_> {
    Browser::signed_in(app, "ada@example.com")
}

/// Sends a file by the form and answers what came of it.
fn send(browser: &Browser<'_>, content: &[u8]) -> Reply {
    let token = token(browser.get("/company/import/").text());
    let mut body = format!("--x\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n{token}\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\nContent-Type: text/csv\r\n\r\n").into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--x--\r\n");
    browser.send(
        Request::post("/company/import/").header("content-type", "multipart/form-data; boundary=x"),
        Body::from(body),
    )
}

/// Sends a file, waits until it is checked and answers its address and its page.
#[track_caller]
pub(crate) fn checked(browser: &Browser<'_>, content: &str) -> (String, String) {
    let path = leads_to(&send(browser, content.as_bytes()));
    let page = settled(browser, &path);
    (path, page)
}

/// The page of an import once nothing is under way.
pub(crate) fn settled(browser: &Browser<'_>, path: &str) -> String {
    for _ in 0..600 {
        let page = browser.page(path);
        if !page.contains("data-follow") {
            return page;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("{path} is never done");
}

/// What the form of an import has, to be sent as it is or otherwise.
pub(crate) fn fields(page: &str) -> Vec<(String, String)> {
    let mut fields = vec![(
        "attempt".to_owned(),
        page.split_once("name=\"attempt\" value=\"").unwrap().1.split('"').next().unwrap().to_owned(),
    )];
    for (name, select) in page.split("<select name=\"").skip(1).map(|it| it.split_once('"').unwrap()) {
        let select = select.split("</select>").next().unwrap();
        let chosen = select.split_once(" selected").map_or("", |it| it.0.rsplit_once("value=\"").unwrap().1);
        fields.push((name.to_owned(), chosen.trim_end_matches('"').to_owned()));
    }
    if page.contains("name=\"invites\" value=\"Y\" checked") {
        fields.push(("invites".to_owned(), "Y".to_owned()));
    }
    fields
}

pub(crate) fn post(browser: &Browser<'_>, path: &str, fields: &[(String, String)]) -> String {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    leads_to(&browser.submit(path, &format!("{path}run/"), &fields))
}

/// The lines of the table of problems: line, field, words.
fn problems(browser: &Browser<'_>, path: &str) -> Vec<(u64, String, String)> {
    let file = browser.get(&format!("{path}problems.csv")).text().to_owned();
    let lines = file.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.trim_matches('"').split("\",\"").collect();
        (cells[0].parse().unwrap(), cells[1].to_owned(), cells[2].replace("\"\"", "\""))
    });
    lines.collect()
}

fn people(app: &TestApp) -> i64 {
    app.count("select count(*) from users")
}

both! {
    /// A file is uploaded, understood, checked and imported; people are as if they had been added one by one.
    fn people_are_imported(app) {
        let sales = app.admin().ok("department.add", json!({ "NAME": "Sales", "PARENT": ROOT }));
        let south = app.admin().ok("department.add", json!({ "NAME": "South", "PARENT": sales }));
        let field = json!({ "FIELD_NAME": "SIZE", "USER_TYPE_ID": "enumeration", "MULTIPLE": "Y", "LIST": [{ "VALUE": "Small" }, { "VALUE": "Large" }], "LABEL": "Size" });
        app.admin().ok("user.userfield.add", json!({ "fields": field }));
        app.admin().ok("user.userfield.add", json!({ "fields": { "FIELD_NAME": "BOSS", "USER_TYPE_ID": "employee" } }));
        let browser = admin(app);
        let file = format!(
            "Surname,First name,E-mail,Department,work_phone,Дата рождения,Gender,Size,UF_USR_BOSS,Nonsense\n\
             Prime,Olivia,olivia@example.com,Sales / South,'+49 30 1,31.12.1990,ж,small; Large,ada@example.com,x\n\
             Two,\"Peter \"\"P\"\"\",Peter@Example.com,{sales};south,,,,,,\n\
             ,,third@example.com\n"
        );
        let before = people(app);
        let (path, page) = checked(&browser, &file);
        assert!(page.contains("All lines are fine") && page.contains("Import 3 people") && page.contains("Prime"), "{page}");
        assert_eq!(people(app), before, "nothing is changed by checking");
        let fields = fields(&page);
        assert_eq!(post(&browser, &path, &fields), path);
        assert!(settled(&browser, &path).contains("3 people are in the directory now"));
        let found = app.admin().ok("user.get", json!({ "FILTER": { ">ID": 2 }, "ORDER": { "ID": "ASC" } }));
        let first = &found[0];
        assert_eq!((first["NAME"].as_str(), first["LAST_NAME"].as_str(), first["WORK_PHONE"].as_str()), (Some("Olivia"), Some("Prime"), Some("+49 30 1")));
        assert_eq!((&first["UF_DEPARTMENT"], &first["PERSONAL_GENDER"], &first["UF_USR_BOSS"]), (&json!([south]), &json!("F"), &json!("1")));
        assert!(first["PERSONAL_BIRTHDAY"].as_str().unwrap().starts_with("1990-12-31") && first["UF_USR_SIZE"].as_array().unwrap().len() == 2);
        assert_eq!((&found[1]["UF_DEPARTMENT"], &found[1]["NAME"], &found[2]["UF_DEPARTMENT"]), (&json!([sales, south]), &json!("Peter \"P\""), &json!([ROOT])));
        assert_eq!(app.count("select count(*) from mails where kind = 'invitation'"), 3);
        assert_eq!(app.admin().ids("user.search", json!({ "FIND": "olivia prime" })).len(), 1, "they are found");
        assert_eq!(app.count("select count(*) from imports where content <> ''"), 0, "the file is not kept");
        assert_eq!(leads_to(&browser.post(&format!("{path}run/"), &[("form", &token(&browser.page("/settings/"))), ("attempt", "1"), ("invites", "Y")])), path);
        assert_eq!(people(app), before + 3, "what is done is not done twice");
    }

    /// Everything that is wrong is said at once, each with its line; nothing can be imported before it is right.
    fn problems_are_said_line_by_line(app) {
        for (name, parent) in [("East", ROOT), ("West", ROOT)] {
            let id = app.admin().ok("department.add", json!({ "NAME": name, "PARENT": parent }));
            app.admin().ok("department.add", json!({ "NAME": "Team", "PARENT": id }));
        }
        for (name, kind) in [("NUMBER", "integer"), ("REAL", "double"), ("YES", "boolean"), ("AT", "datetime"), ("BOSS", "employee"), ("LINK", "url")] {
            app.admin().ok("user.userfield.add", json!({ "fields": { "FIELD_NAME": name, "USER_TYPE_ID": kind } }));
        }
        let list = json!({ "FIELD_NAME": "SIZE", "USER_TYPE_ID": "enumeration", "LIST": [{ "VALUE": "Small" }] });
        app.admin().ok("user.userfield.add", json!({ "fields": list }));
        let long = "n".repeat(26);
        let head = "email,name,uf_department,personal_birthday,personal_gender,uf_usr_number,uf_usr_real,uf_usr_yes,uf_usr_at,uf_usr_boss,uf_usr_size,uf_usr_link";
        let file = format!(
            "{head}\n,Nobody\nnonsense,A\nemil@example.com,A\nnew@example.com,A\nNEW@example.com,A\na@b.cd,{long}\nb@b.cd,A,North\n\
             c@b.cd,A,Team\nd@b.cd,A,East / Team;99\ne@b.cd,A,,31/12/1990,x,many,little,perhaps,soon,zoe@b.cd,Huge,javascript:x\n\
             f@b.cd,A,,,,,,,,,,,too much\n\ng@b.cd,A,,,,,,,,,,javascript:x\nh@b.cd,A,West/Team,1990-12-31\nemil@example.com,A,North\n"
        );
        let browser = admin(app);
        let before = people(app);
        let (path, page) = checked(&browser, &file);
        let expected = [
            (2, "", "There is no e-mail address."), (3, "E-mail", "address"), (4, "", "already"), (6, "", "Line 5 has the same"),
            (7, "First name", "At most 25"), (8, "Departments", "no department “North”"), (9, "Departments", "several departments “Team”"),
            (10, "Departments", "no department “99”"), (11, "Date of birth", "“31/12/1990” is no date"), (11, "Gender", "“x”"),
            (11, "UF_USR_NUMBER", "“many” is no number"), (11, "UF_USR_REAL", "“little” is no number"), (11, "UF_USR_YES", "“perhaps”"),
            (11, "UF_USR_AT", "“soon” is no date"), (11, "UF_USR_BOSS", "“zoe@b.cd”"), (11, "UF_USR_SIZE", "“Huge”"), (11, "UF_USR_LINK", "web address"),
            (12, "", "more values than columns"), (14, "UF_USR_LINK", "web address"), (16, "", "Line 4"), (16, "Departments", "North"), (16, "", "already"),
        ];
        let found = problems(&browser, &path);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, (line, about, words)) in found.iter().zip(expected) {
            assert!(found.0 == line && found.1 == about && found.2.contains(words), "{found:?} is not {line} {about} {words}");
        }
        assert!(page.contains("22 problems") && page.contains("Nobody has been added") && !page.contains("/run/"), "{page}");
        post(&browser, &path, &fields(&page));
        assert!(settled(&browser, &path).contains("22 problems"));
        assert_eq!(people(app), before);
    }

    /// Columns that were not understood are chosen by hand, and what was chosen is checked before it is imported.
    fn columns_are_corrected(app) {
        let browser = admin(app);
        let (path, page) = checked(&browser, "Contact;Who;Name\na@b.cd;Ann;Old\nb@b.cd;Bob;New\n");
        assert!(page.contains("2 problems") && page.contains("a@b.cd · b@b.cd"), "{page}");
        let mut chosen = fields(&page);
        let selects: Vec<usize> = (0..chosen.len()).filter(|it| chosen[*it].0 == "map[]").collect();
        for (place, name) in selects.into_iter().zip(["EMAIL", "NAME", "NAME"]) {
            chosen[place].1 = name.to_owned();
        }
        chosen.retain(|it| it.0 != "invites");
        let before = people(app);
        post(&browser, &path, &chosen);
        let page = settled(&browser, &path);
        assert!(page.contains("All lines are fine") && people(app) == before, "{page}");
        post(&browser, &path, &fields(&page));
        assert!(settled(&browser, &path).contains("Nobody has been invited"));
        assert_eq!((people(app) - before, app.count("select count(*) from mails")), (2, 0));
        let names = app.admin().ok("user.get", json!({ "FILTER": { "EMAIL": "a@b.cd" }, "SELECT": ["NAME", "LAST_NAME"] }));
        assert_eq!(names, json!([{ "NAME": "Ann", "LAST_NAME": "" }]));
        assert!(browser.page("/company/invitations/").contains("a@b.cd"), "they can be invited later");
    }

    /// What changes between the check and the import stops all of it: nothing is half done, and it can be tried again.
    fn all_are_imported_or_none(app) {
        let browser = admin(app);
        let lines: String = (0..30).map(|it| format!("new{it}@example.com\n")).collect();
        let (path, page) = checked(&browser, &format!("email\n{lines}"));
        let taken = app.admin().add_user(json!({ "EMAIL": "NEW20@example.com" }));
        let (before, mails, words) = (people(app), app.count("select count(*) from mails"), app.count("select count(*) from user_changes"));
        let form = fields(&page);
        post(&browser, &path, &form);
        let page = settled(&browser, &path);
        assert!(page.contains("Nothing was imported") && page.contains("1 problem<"), "{page}");
        assert_eq!(problems(&browser, &path)[0].0, 22);
        assert_eq!((people(app), app.count("select count(*) from mails")), (before, mails));
        assert_eq!(app.count("select count(*) from user_changes"), words);
        post(&browser, &path, &form);
        assert_eq!(people(app), before, "an old form does nothing");
        app.execute(muster_db::Sql::with("delete from user_emails where user_id = $1", [taken.into()]));
        post(&browser, &path, &fields(&page));
        let page = settled(&browser, &path);
        assert!(page.contains("All lines are fine"), "{page}");
        post(&browser, &path, &fields(&page));
        assert!(settled(&browser, &path).contains("30 people are in the directory now"));
        assert_eq!(people(app), before + 30);
    }

    /// An import that stopped with its process has done nothing, says so, and is taken up again. What was overtaken can no
    /// longer end.
    fn what_was_interrupted_is_taken_up_again(app) {
        let browser = admin(app);
        let (path, _) = checked(&browser, "email\na@b.cd\n");
        app.execute("update imports set state = 'running', attempt = attempt + 1");
        app.app.clock.advance(300);
        let page = browser.page(&path);
        assert!(page.contains("This was interrupted"), "{page}");
        post(&browser, &path, &fields(&page));
        let page = settled(&browser, &path);
        assert!(page.contains("All lines are fine"), "{page}");
        let overtaken = app.app.db.write(|tx| {
            tx.run(&muster_db::Sql::new("insert into user_words (word, field, user_id) values ('never', 1, 1)"))?;
            muster_modules::directory::imports::conclude(tx, 1, 2, ("done", &json!({})), 0)
        });
        assert!(overtaken.is_err() && app.count("select count(*) from user_words where word = 'never'") == 0);
        post(&browser, &path, &fields(&page));
        assert!(settled(&browser, &path).contains("1 person is in the directory now"));
    }

    /// Only who may add people imports, and no one sees another one's file.
    fn imports_are_their_owners(app) {
        let browser = admin(app);
        let (path, _) = checked(&browser, "email\nsecret@example.com\n");
        let employee = Browser::signed_in(app, "emil@example.com");
        for path in ["/company/import/", "/company/import/template.csv", path.as_str(), &format!("{path}problems.csv")] {
            assert_eq!(employee.get(path).status, 403, "{path}");
        }
        let form = token(&employee.page("/settings/"));
        for path in ["/company/import/".to_owned(), format!("{path}run/"), format!("{path}check/"), format!("{path}forget/")] {
            assert_eq!(employee.post(&path, &[("form", &form)]).status, 403, "{path}");
        }
        app.execute("update users set admin = 1 where id = 2");
        for path in [path.clone(), format!("{path}problems.csv")] {
            assert_eq!(employee.get(&path).status, 404, "{path}");
        }
        employee.post(&format!("{path}forget/"), &[("form", &form)]);
        assert!(browser.page(&path).contains("secret@example.com"));
        let sweep = |now| app.app.db.write(|tx| muster_modules::event::delivery::sweep(tx, now)).unwrap();
        sweep(app.app.clock.seconds());
        assert_eq!(app.count("select count(*) from imports"), 1);
        browser.submit(&path, &format!("{path}forget/"), &[]);
        assert_eq!((browser.get(&path).status.as_u16(), app.count("select count(*) from imports")), (404, 0));
        checked(&browser, "email\nsecret@example.com\n");
        sweep(app.app.clock.seconds() + 90_000);
        assert_eq!(app.count("select count(*) from imports"), 0, "what no one imports is forgotten");
    }

    /// What is no file of people is refused in words, and nothing of it is kept.
    fn what_is_no_table_is_refused(app) {
        let browser = admin(app);
        for (content, words) in [
            (&b""[..], "There are no people"), (b"email\n", "There are no people"), (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not a text file"),
            (b"PK\x03\x04\0\0", "not a text file"), (format!("email\n{}", "1\n".repeat(10_001)).as_bytes(), "more than 10000 people"), (&[b'x'; 9 << 20], "larger than 8 MB"),
        ] {
            let reply = send(&browser, content);
            assert!(reply.status == 422 && reply.text().contains(words), "{words}: {}", reply.text());
        }
        let reply = browser.submit("/company/import/", "/company/import/", &[("file", "email")]);
        assert!(reply.status == 422 && reply.text().contains("Choose a file first"));
        assert_eq!(app.count("select count(*) from imports"), 0);
    }

    /// The template has the headings that are understood, custom ones too, in the visitor's language; files of old
    /// spreadsheets are read as well.
    fn templates_come_back_filled_in(app) {
        app.admin().ok("user.userfield.add", json!({ "fields": { "FIELD_NAME": "SHOE", "USER_TYPE_ID": "integer", "LABEL": { "ru": "Размер обуви", "en": "Shoe size" } } }));
        let mut browser = admin(app);
        for (language, separator) in [("en", ","), ("ru", ";")] {
            browser.language = language;
            let template = browser.get("/company/import/template.csv").text().to_owned();
            let width = template.split(separator).count();
            assert_eq!(width, 10, "{template}");
            let row = ["{}@example.com", "Анна", "Иванова", "Company", "", "", "", "1990-12-31", "", "42"].join(separator).replace("{}", language);
            let (path, page) = checked(&browser, &format!("{template}{row}\r\n"));
            let chosen = fields(&page).iter().filter(|it| it.0 == "map[]" && !it.1.is_empty()).count();
            assert!(chosen == 10 && problems(&browser, &path).is_empty(), "{page}");
        }
        let old: Vec<u8> = "Имя;Эл. почта\r\nАнна;anna@example.com\r\n".chars().map(|it| match it {
            'А'..='я' => u8::try_from(u32::from(it) - 0x410 + 0xc0).unwrap(),
            _ => u8::try_from(it).unwrap(),
        }).collect();
        let path = leads_to(&send(&browser, &old));
        assert!(settled(&browser, &path).contains("<td>Анна</td>"));
    }

    /// Very many people are imported in one go, and meanwhile one sees how far it is, and none of them.
    fn very_many_are_imported(app) {
        let browser = admin(app);
        let lines: String = (0..5000).map(|it| format!("p{it}@example.com,Name {it},Company\n")).collect();
        let path = leads_to(&send(&browser, format!("email,name,department\n{lines}").as_bytes()));
        let page = settled(&browser, &path);
        assert!(page.contains("Import 5000 people"), "{page}");
        post(&browser, &path, &fields(&page));
        let during = browser.page(&format!("{path}?quick=1"));
        assert!(during.contains("<progress") && during.contains("http-equiv=\"refresh\"") && people(app) == 2, "{during}");
        settled(&browser, &path);
        assert_eq!(people(app), 5002);
    }
}

/// Where only so many may work, a file with more is refused as a whole.
#[test]
fn imports_keep_to_the_limit() {
    let settings = Settings { user_limit: Some(4), mail: Mail::Kept, ..Settings::default() };
    let app = TestApp::sqlite_with(Setup { settings, ..Setup::default() });
    let browser = admin(&app);
    let (_, page) = checked(&browser, "email\na@b.cd\nb@b.cd\nc@b.cd\n");
    assert!(page.contains("room for 2 more people") && !page.contains("/run/"), "{page}");
    let (path, page) = checked(&browser, "email\na@b.cd\nb@b.cd\n");
    post(&browser, &path, &fields(&page));
    assert!(settled(&browser, &path).contains("2 people are in the directory now"));
}
