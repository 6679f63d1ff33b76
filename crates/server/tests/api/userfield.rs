//! Custom fields of people: defining them, and what reading and writing people does with them.

use crate::{app::ADMIN, both::both};
use muster_core::{Json, json};

/// Defines a field and answers its ID.
fn define(client: &crate::app::Client<'_>, fields: Json) -> i64 {
    client.ok("user.userfield.add", json!({ "fields": fields })).as_i64().unwrap()
}

both! {
    /// A code gets its prefix whatever of it was given, and is unique.
    fn a_code_is_completed_and_unique(app) {
        let admin = app.admin();
        for (given, code) in [("deals", "UF_USR_DEALS"), ("UF_GOALS", "UF_USR_GOALS"), ("UF_USR_AIMS", "UF_USR_AIMS")] {
            let id = define(&admin, json!({ "FIELD_NAME": given, "USER_TYPE_ID": "string" }));
            let list = admin.ok("user.userfield.list", json!({ "filter": { "ID": id } }));
            assert_eq!(list[0]["FIELD_NAME"], code);
        }
        let again = json!({ "fields": { "FIELD_NAME": "DEALS", "USER_TYPE_ID": "integer" } });
        let said = admin.call("user.userfield.add", again).fails(400, "ERROR_CORE");
        assert_eq!(said, "Field UF_USR_DEALS for USER object already exists");
        assert_eq!(app.count("select count(*) from custom_fields"), 3);
    }

    /// What is missing or wrong is said in the documented words, and nothing is stored.
    fn wrong_definitions_are_refused(app) {
        let admin = app.admin();
        for (fields, code, said) in [
            (json!({ "USER_TYPE_ID": "string" }), "", "The 'FIELD_NAME' field is not found."),
            (json!({ "FIELD_NAME": "A" }), "", "The 'USER_TYPE_ID' field is not found."),
            (json!({ "FIELD_NAME": "A", "USER_TYPE_ID": "nonsense" }), "ERROR_CORE", "Fail to create new user field"),
        ] {
            assert_eq!(admin.call("user.userfield.add", json!({ "fields": fields })).fails(400, code), said);
        }
        for fields in [
            json!({ "FIELD_NAME": "Ä B", "USER_TYPE_ID": "string" }),
            json!({ "FIELD_NAME": "A".repeat(60), "USER_TYPE_ID": "string" }),
            json!({ "FIELD_NAME": "A", "USER_TYPE_ID": "integer", "SETTINGS": { "DEFAULT_VALUE": "many" } }),
            json!({ "FIELD_NAME": "A", "USER_TYPE_ID": "double", "SETTINGS": { "PRECISION": -1 } }),
        ] {
            admin.call("user.userfield.add", json!({ "fields": fields })).fails(400, "ERROR_ARGUMENT");
        }
        assert_eq!(app.count("select count(*) from custom_fields"), 0);
        for (method, params, said) in [
            ("user.userfield.update", json!({ "id": 99, "fields": { "SORT": 1 } }), "Access denied."),
            ("user.userfield.delete", json!({ "id": 99 }), "Access denied."),
            ("user.userfield.delete", json!({}), "ID is not defined or invalid"),
        ] {
            assert_eq!(admin.call(method, params).fails(400, ""), said);
        }
        let said = app.employee().call("user.userfield.list", json!({})).fails(400, "");
        assert_eq!(said, "Access denied.");
    }

    /// Each type stores what it is and shows it back.
    fn every_type_is_stored_and_shown(app) {
        let admin = app.admin();
        for (kind, sent, shown) in [
            ("string", json!("Grüße"), json!("Grüße")),
            ("integer", json!("42"), json!(42)),
            ("double", json!("1,5"), json!(1.5)),
            ("boolean", json!("Y"), json!("1")),
            ("date", json!("14.07.2018"), json!("2018-07-14T00:00:00+00:00")),
            ("datetime", json!("2024-07-23T08:07:26+02:00"), json!("2024-07-23T06:07:26+00:00")),
            ("url", json!("https://example.com/"), json!("https://example.com/")),
            ("address", json!("Main Street 1|52.5;13.4"), json!("Main Street 1|52.5;13.4")),
            ("money", json!("100.50|eur"), json!("100.5|EUR")),
            ("employee", json!(2), json!("2")),
        ] {
            let code = format!("UF_USR_{}", kind.to_uppercase());
            define(&admin, json!({ "FIELD_NAME": code, "USER_TYPE_ID": kind }));
            let many = format!("{code}_MANY");
            define(&admin, json!({ "FIELD_NAME": many, "USER_TYPE_ID": kind, "MULTIPLE": "Y" }));
            let id = admin.add_user(json!({ &code: sent, &many: [sent, sent] }));
            let person = admin.user(id);
            assert_eq!(person[&code], shown, "{kind}");
            let list = if kind == "employee" { json!([2, 2]) } else { json!([shown, shown]) };
            assert_eq!(person[&many], list, "{kind}");
            for filter in [json!({ &code: sent }), json!({ format!("@{code}"): [sent] }), json!({ &many: sent })] {
                assert_eq!(admin.ids("user.get", json!({ "FILTER": filter })), [id], "{kind} {filter}");
            }
            assert_eq!(admin.ids("user.get", json!({ "FILTER": { format!("!{code}"): "" } })), [id], "{kind}");
            assert!(!admin.ids("user.get", json!({ "FILTER": { format!("!{code}"): sent } })).contains(&id), "{kind}");
        }
    }

    /// A value that is not of the type is refused, and nothing changes.
    fn wrong_values_are_refused(app) {
        let admin = app.admin();
        let people = app.count("select count(*) from users");
        for (kind, wrong) in [
            ("integer", json!("many")),
            ("double", json!("NaN")),
            ("boolean", json!("perhaps")),
            ("date", json!("soon")),
            ("datetime", json!("later")),
            ("url", json!("javascript:alert(1)")),
            ("money", json!("lots|EUR")),
            ("employee", json!(777)),
            ("enumeration", json!(1)),
            ("string", json!(["two", "values"])),
        ] {
            let code = format!("UF_USR_{}", kind.to_uppercase());
            define(&admin, json!({ "FIELD_NAME": code, "USER_TYPE_ID": kind }));
            let fields = json!({ "EMAIL": "x@example.com", "UF_DEPARTMENT": [1], &code: wrong });
            let said = admin.call("user.add", fields).fails(400, "ERROR_ARGUMENT");
            assert!(said.contains(&code), "{said}");
        }
        assert_eq!(app.count("select count(*) from users"), people);
    }

    /// A list field offers options, with a default, and forgets the values of an option that is deleted.
    fn options_come_and_go(app) {
        let admin = app.admin();
        let id = define(&admin, json!({
            "FIELD_NAME": "LEVEL", "USER_TYPE_ID": "enumeration",
            "LIST": [{ "VALUE": "Junior", "SORT": 10, "DEF": "Y" }, { "VALUE": "Senior", "SORT": 20 }],
        }));
        let options = admin.ok("user.userfield.list", json!({ "filter": { "ID": id } }))[0]["LIST"].clone();
        assert_eq!((&options[0]["VALUE"], &options[0]["DEF"]), (&json!("Junior"), &json!("Y")));
        let junior = admin.add_user(json!({}));
        assert_eq!(admin.user(junior)["UF_USR_LEVEL"], options[0]["ID"]);
        let senior = admin.add_user(json!({ "UF_USR_LEVEL": options[1]["ID"] }));
        assert_eq!(admin.ids("user.get", json!({ "FILTER": { "UF_USR_LEVEL": options[1]["ID"] } })), [senior]);
        let gone = json!({ "id": id, "fields": { "LIST": [{ "ID": options[1]["ID"], "DEL": "Y" }] } });
        assert_eq!(admin.ok("user.userfield.update", gone), json!(true));
        assert_eq!(admin.user(senior)["UF_USR_LEVEL"], "");
    }

    /// A required field has to be given to someone new, and cannot be emptied.
    fn required_fields_are_required(app) {
        let admin = app.admin();
        define(&admin, json!({ "FIELD_NAME": "BADGE", "USER_TYPE_ID": "string", "MANDATORY": "Y" }));
        let without = json!({ "EMAIL": "x@example.com", "UF_DEPARTMENT": [1] });
        admin.call("user.add", without).fails(400, "ERROR_CORE");
        let id = admin.add_user(json!({ "UF_USR_BADGE": "B1" }));
        admin.call("user.update", json!({ "ID": id, "UF_USR_BADGE": "" })).fails(400, "ERROR_CORE");
        assert_eq!(admin.user(id)["UF_USR_BADGE"], "B1");
    }

    /// The type of a field stays; its labels come in the language that is asked for.
    fn fields_can_be_changed(app) {
        let admin = app.admin();
        let id = define(&admin, json!({ "FIELD_NAME": "A", "USER_TYPE_ID": "string", "LABEL": "Any", "EDIT_FORM_LABEL": { "de": "Feld" } }));
        admin.call("user.userfield.update", json!({ "id": id, "fields": { "USER_TYPE_ID": "integer" } })).fails(400, "ERROR_ARGUMENT");
        admin.ok("user.userfield.update", json!({ "id": id, "fields": { "SORT": 7, "LIST_FILTER_LABEL": "Filter" } }));
        let shown = admin.ok("user.userfield.list", json!({ "filter": { "LANG": "de" } }))[0].clone();
        assert_eq!(shown["SORT"], "7");
        assert_eq!(shown["EDIT_FORM_LABEL"], "Feld");
        assert_eq!(shown["LIST_COLUMN_LABEL"], "Any");
        assert_eq!(shown["LIST_FILTER_LABEL"], "Filter");
    }

    /// Deleting a field deletes its values and its files.
    fn deleting_a_field_leaves_nothing(app) {
        let admin = app.admin();
        let id = define(&admin, json!({ "FIELD_NAME": "DOC", "USER_TYPE_ID": "file" }));
        let person = admin.add_user(json!({ "UF_USR_DOC": ["cv.html", "PHNjcmlwdD4="] }));
        let url = admin.user(person)["UF_USR_DOC"].as_str().unwrap().to_owned();
        let file = app.get(url.strip_prefix("http://muster.test").unwrap());
        assert_eq!(file.text(), "<script>");
        assert_eq!(file.headers["content-type"], "application/octet-stream");
        assert_eq!(admin.ok("user.userfield.delete", json!({ "id": id })), json!(true));
        assert_eq!(app.count("select (select count(*) from custom_values) + (select count(*) from files)"), 0);
        assert!(admin.user(person).get("UF_USR_DOC").is_none());
        admin.call("user.get", json!({ "FILTER": { "UF_USR_DOC": "" } })).fails(400, "ERROR_ARGUMENT");
    }

    /// Whoever may not see custom fields neither reads nor filters nor sorts by them.
    fn custom_fields_have_a_scope_of_their_own(app) {
        let admin = app.admin();
        define(&admin, json!({ "FIELD_NAME": "SECRET", "USER_TYPE_ID": "string" }));
        let id = admin.add_user(json!({ "UF_USR_SECRET": "x" }));
        let brief = app.hook(ADMIN, "user_brief");
        assert!(brief.user(id).get("UF_USR_SECRET").is_none());
        brief.call("user.get", json!({ "FILTER": { "UF_USR_SECRET": "x" } })).fails(400, "ERROR_ARGUMENT");
        brief.call("user.get", json!({ "SORT": "UF_USR_SECRET" })).fails(400, "ERROR_ARGUMENT");
        brief.call("user.search", json!({ "UF_USR_SECRET": "x" })).fails(400, "ERROR_ARGUMENT");
        let both = app.hook(ADMIN, "user_brief,user.userfield");
        assert_eq!(both.user(id)["UF_USR_SECRET"], "x");
        let masked = both.ok("user.get", json!({ "ID": id, "select": ["UF_*"] }))[0].clone();
        assert!(masked.get("UF_USR_SECRET").is_some() && masked.get("NAME").is_none(), "{masked}");
    }

    /// Sorting and comparing go by the type: nine comes before ten.
    fn sorting_goes_by_the_type(app) {
        let admin = app.admin();
        define(&admin, json!({ "FIELD_NAME": "RANK", "USER_TYPE_ID": "integer" }));
        let ten = admin.add_user(json!({ "UF_USR_RANK": 10 }));
        let nine = admin.add_user(json!({ "UF_USR_RANK": 9 }));
        let ranked = json!({ "FILTER": { ">UF_USR_RANK": 8 }, "SORT": "UF_USR_RANK" });
        assert_eq!(admin.ids("user.get", ranked), [nine, ten]);
        assert_eq!(admin.ids("user.get", json!({ "FILTER": { "<=UF_USR_RANK": 9 } })), [nine]);
    }

    /// Long texts are told apart to their last character, and found by any part of them.
    fn long_texts_are_compared_whole(app) {
        let admin = app.admin();
        define(&admin, json!({ "FIELD_NAME": "ESSAY", "USER_TYPE_ID": "string" }));
        let text = |end: &str| format!("{}{end}", "Abc ".repeat(200));
        let one = admin.add_user(json!({ "UF_USR_ESSAY": text("one") }));
        let two = admin.add_user(json!({ "UF_USR_ESSAY": text("two") }));
        let find = |filter: Json| admin.ids("user.get", json!({ "FILTER": filter }));
        assert_eq!(find(json!({ "UF_USR_ESSAY": text("ONE") })), [one]);
        assert_eq!(find(json!({ "@UF_USR_ESSAY": [text("one"), text("two"), text("three")] })), [one, two]);
        assert_eq!(find(json!({ "!UF_USR_ESSAY": text("one"), "!=UF_USR_ESSAY": "" })), [two]);
        assert_eq!(find(json!({ "%UF_USR_ESSAY": "c TWO" })), [two]);
        assert_eq!(admin.user(two)["UF_USR_ESSAY"], text("two"));
    }

    /// What is set by default is what someone new has, and is found as such; «no» is a value.
    fn defaults_are_values(app) {
        let admin = app.admin();
        for (kind, default, shown) in [
            ("string", json!("none yet"), json!("none yet")), ("integer", json!(7), json!(7)), ("boolean", json!(0), json!("0")),
            ("boolean", json!(1), json!("1")), ("employee", json!(1), json!("1")), ("money", json!("5|EUR"), json!("5|EUR")),
            ("date", json!({ "TYPE": "FIXED", "VALUE": "2020-02-29" }), json!("2020-02-29T00:00:00+00:00")),
            ("date", json!({ "TYPE": "NONE", "VALUE": "" }), json!("")), ("string", json!(""), json!("")),
        ] {
            let field = json!({ "FIELD_NAME": "IT", "USER_TYPE_ID": kind, "MANDATORY": "N", "SETTINGS": { "DEFAULT_VALUE": default } });
            let field = define(&admin, field);
            let id = admin.add_user(json!({}));
            assert_eq!(admin.user(id)["UF_USR_IT"], shown, "{kind}");
            assert_eq!(admin.ids("user.get", json!({ "FILTER": { "UF_USR_IT": shown, "ID": id } })), [id], "{kind}");
            assert_eq!(admin.user(ADMIN)["UF_USR_IT"], "", "{kind}");
            admin.ok("user.userfield.delete", json!({ "id": field }));
        }
    }

    /// A file is of the allowed kinds and size.
    fn files_are_bounded_by_their_field(app) {
        let admin = app.admin();
        let settings = json!({ "EXTENSIONS": ["pdf", ".txt"], "MAX_ALLOWED_SIZE": 5 });
        define(&admin, json!({ "FIELD_NAME": "DOC", "USER_TYPE_ID": "file", "SETTINGS": settings }));
        let send = |file: Json| admin.call("user.update", json!({ "ID": ADMIN, "UF_USR_DOC": file }));
        send(json!(["a.PDF", "aGk="])).ok();
        for wrong in [json!(["a.exe", "aGk="]), json!(["pdf", "aGk="]), json!(["a.txt", "aGkgdGhlcmU="]), json!(["a.txt", "?"])] {
            send(wrong).fails(400, "ERROR_ARGUMENT");
        }
        assert_eq!(app.count("select count(*) from files"), 1);
        send(json!("")).ok();
        assert_eq!(app.count("select count(*) from files"), 0);
    }

    /// `user.fields` lists the custom fields that the caller may see.
    fn custom_fields_are_listed(app) {
        define(&app.admin(), json!({ "FIELD_NAME": "A", "USER_TYPE_ID": "string" }));
        assert!(app.admin().ok("user.fields", json!({})).get("UF_USR_A").is_some());
        assert!(app.hook(ADMIN, "user_basic").ok("user.fields", json!({})).get("UF_USR_A").is_none());
    }

    /// A file is downloaded as it was sent, by those who see the field and the person.
    fn files_are_downloaded(app) {
        let admin = app.admin();
        define(&admin, json!({ "FIELD_NAME": "DOC", "USER_TYPE_ID": "file" }));
        define(&admin, json!({ "FIELD_NAME": "DOCS", "USER_TYPE_ID": "file", "MULTIPLE": "Y" }));
        let id = admin.add_user(json!({ "UF_USR_DOC": ["a.txt", "aGk="], "UF_USR_DOCS": [["b.txt", "Yg=="], ["c.txt", "Yw=="]] }));
        for (field, index, content) in [("UF_USR_DOC", 0, "hi"), ("uf_usr_docs", 0, "b"), ("UF_USR_DOCS", 1, "c")] {
            let params = json!({ "ID": id, "FIELD_NAME": field, "INDEX": index });
            let reply = admin.call("user.userfield.file.get", params.clone());
            assert_eq!(reply.status, 302);
            let address = reply.headers["location"].to_str().unwrap().to_owned();
            assert_eq!(app.get(address.strip_prefix("http://muster.test").unwrap()).text(), content);
            assert_eq!(admin.call_v3("user.userfield.file.get", params).ok(), address);
        }
        for wrong in [
            json!({}), json!({ "ID": id }), json!({ "ID": 99, "FIELD_NAME": "UF_USR_DOC" }), json!({ "ID": ADMIN, "FIELD_NAME": "UF_USR_DOC" }),
            json!({ "ID": id, "FIELD_NAME": "NAME" }), json!({ "ID": id, "FIELD_NAME": "UF_USR_DOCS", "INDEX": 2 }),
        ] {
            admin.call("user.userfield.file.get", wrong).fails(400, "ERROR_ARGUMENT");
        }
        app.execute("update users set user_type = 'extranet' where id = 2");
        let hidden = json!({ "ID": id, "FIELD_NAME": "UF_USR_DOC" });
        app.employee().call("user.userfield.file.get", hidden).fails(400, "ERROR_ARGUMENT");
    }
}
