//! Custom fields by `userfieldconfig.*`: other words for the same definitions.

use crate::{
    app::{ADMIN, EMPLOYEE},
    both::both,
};
use muster_core::{Json, json};

/// What is sent for a list field of people.
fn levels() -> Json {
    json!({ "moduleId": "main", "field": {
        "entityId": "USER", "fieldName": "UF_USR_LEVEL", "userTypeId": "enumeration", "multiple": "Y",
        "editFormLabel": { "en": "Level", "de": "Stufe" }, "label": "ignored", "showInList": "N", "nonsense": [1],
        "enum": [{ "value": "Junior", "def": "N", "sort": 100, "xmlId": "j" }, { "value": "Senior", "def": "Y", "sort": 200, "xmlId": "s" }],
    } })
}

both! {
    /// A definition is answered as documented, whoever asks for it and however.
    fn a_definition_is_answered_in_camel_case(app) {
        let admin = app.admin();
        let added = admin.ok("userfieldconfig.add", levels())["field"].clone();
        let id = added["id"].as_str().unwrap();
        let nothing = json!({ "de": null, "en": null });
        assert_eq!(added, json!({
            "id": id, "entityId": "USER", "fieldName": "UF_USR_LEVEL", "userTypeId": "enumeration", "xmlId": null,
            "sort": "100", "multiple": "Y", "mandatory": "N", "showFilter": "N", "showInList": "Y", "editInList": "Y",
            "isSearchable": "N",
            "settings": { "DISPLAY": "LIST", "LIST_HEIGHT": 1, "CAPTION_NO_VALUE": "", "SHOW_NO_VALUE": "Y" },
            "languageId": { "de": "de", "en": "en" }, "editFormLabel": { "de": "Stufe", "en": "Level" },
            "listColumnLabel": nothing, "listFilterLabel": nothing, "errorMessage": nothing, "helpMessage": nothing,
            "enum": [
                { "id": "1", "sort": "100", "value": "Junior", "def": "N", "xmlId": "j", "userFieldId": id },
                { "id": "2", "sort": "200", "value": "Senior", "def": "Y", "xmlId": "s", "userFieldId": id },
            ],
        }));
        assert_eq!(admin.ok("userfieldconfig.get", json!({ "moduleId": "main", "id": id })), json!({ "field": added }));
        let select = json!({ "0": "*", "language": "de" });
        let list = admin.call("userfieldconfig.list", json!({ "moduleId": "main", "select": select })).body();
        let mut listed = added.clone();
        listed.as_object_mut().unwrap().remove("enum");
        listed["languageId"] = json!({ "de": "de" });
        listed["editFormLabel"] = json!({ "de": "Stufe" });
        for label in ["listColumnLabel", "listFilterLabel", "errorMessage", "helpMessage"] {
            listed[label] = Json::Null;
        }
        assert_eq!((&list["result"], &list["total"]), (&json!({ "fields": [listed] }), &json!(1)));
        // The same row, in the older words.
        assert_eq!(admin.ok("user.userfield.list", json!({}))[0]["FIELD_NAME"], "UF_USR_LEVEL");
        assert_eq!(admin.user(admin.add_user(json!({})))["UF_USR_LEVEL"], json!([2]));
    }

    /// What may change is changed, and the rest stays without a word.
    fn a_definition_is_changed(app) {
        let admin = app.admin();
        let id = admin.ok("userfieldconfig.add", levels())["field"]["id"].clone();
        let update = |field: Json| admin.ok("userfieldconfig.update", json!({ "moduleId": "MAIN", "id": id, "field": field }))["field"].clone();
        let changed = update(json!({
            "mandatory": "Y", "sort": 7, "xmlId": "x", "helpMessage": "Help", "editFormLabel": { "en": "Rank" },
            "fieldName": "UF_USR_OTHER", "multiple": "N", "userTypeId": "string", "enum": [{ "value": "Third" }],
        }));
        assert_eq!(changed["mandatory"], "Y");
        assert_eq!((&changed["sort"], &changed["xmlId"]), (&json!("7"), &json!("x")));
        assert_eq!(changed["editFormLabel"], json!({ "de": "Stufe", "en": "Rank" }));
        assert_eq!(changed["helpMessage"], json!({ "de": "Help", "en": "Help" }));
        assert_eq!((&changed["fieldName"], &changed["multiple"]), (&json!("UF_USR_LEVEL"), &json!("Y")));
        assert_eq!(changed["enum"].as_array().unwrap().len(), 2);
        let options = json!([{ "id": 1, "value": "Newcomer" }, { "id": 2, "del": "Y" }, { "value": "Third" }]);
        let changed = update(json!({ "userTypeId": "enumeration", "enum": options }));
        let values: Vec<_> = changed["enum"].as_array().unwrap().iter().map(|it| it["value"].clone()).collect();
        assert_eq!(values, ["Newcomer", "Third"]);
        assert_eq!(admin.call("userfieldconfig.delete", json!({ "moduleId": "main", "id": id })).ok(), Json::Null);
        assert_eq!(app.count("select (select count(*) from custom_fields) + (select count(*) from custom_options)"), 0);
    }

    /// Definitions are filtered, sorted, selected and paged.
    fn definitions_are_listed(app) {
        let admin = app.admin();
        for number in 0..60 {
            admin.ok("userfieldconfig.add", json!({ "moduleId": "main", "field": {
                "entityId": "USER", "fieldName": format!("UF_USR_F{number}"), "userTypeId": if number % 2 == 0 { "string" } else { "date" }, "sort": 100 - number,
            } }));
        }
        let list = |params: Json| admin.call("userfieldconfig.list", params).body();
        let page = list(json!({ "moduleId": "main", "order": { "sort": "ASC" }, "select": ["fieldName", "userTypeId"], "start": 50 }));
        assert_eq!((&page["total"], page.get("next")), (&json!(60), None));
        assert_eq!(page["result"]["fields"][9], json!({ "fieldName": "UF_USR_F0", "userTypeId": "string" }));
        assert_eq!(list(json!({ "moduleId": "main" }))["next"], 50);
        assert_eq!(list(json!({ "moduleId": "main", "filter": { "userTypeId": "date", ">sort": 95 } }))["total"], 2);
        assert_eq!(list(json!({ "moduleId": "main", "filter": { "multiple": "Y" } }))["result"], json!({ "fields": [] }));
        let wrong = json!({ "moduleId": "main", "filter": { "weight": 1 } });
        admin.call("userfieldconfig.list", wrong).fails(400, "ERROR_ARGUMENT");
        let v3 = admin.call_v3("userfieldconfig.list", json!({ "moduleId": "main" })).ok();
        assert_eq!((&v3["total"], &v3["next"], v3["fields"].as_array().unwrap().len()), (&json!(60), &json!(50), 50));
    }

    /// The types are those of custom fields everywhere.
    fn types_are_listed(app) {
        let types = app.employee().ok("userfieldconfig.getTypes", json!({ "moduleId": "main" }))["types"].clone();
        assert_eq!(types["employee"], json!({ "userTypeId": "employee", "description": "Link to a person" }));
        assert_eq!(types.as_object().unwrap().len(), 12);
    }

    /// What is missing, wrong or not allowed is said in the documented words.
    fn refusals_are_in_the_documented_words(app) {
        let admin = app.admin();
        let add = |change: &str, value: Json| {
            let mut sent = levels();
            sent["field"][change] = value;
            admin.call("userfieldconfig.add", sent).fails(400, "")
        };
        assert_eq!(add("fieldName", json!("")), "The 'FIELD_NAME' field is not found.");
        assert_eq!(add("userTypeId", json!(null)), "The 'USER_TYPE_ID' field is not found.");
        assert_eq!(add("userTypeId", json!("crm")), "Fail to create new user field");
        assert_eq!(add("entityId", json!("CRM_7")), "You cannot create custom fields");
        assert_eq!(add("fieldName", json!("UF_CRM_7_X")), "You cannot create custom fields");
        admin.ok("userfieldconfig.add", levels());
        assert_eq!(add("sort", json!(1)), "Field UF_USR_LEVEL for USER object already exists");
        for (method, said) in [
            ("userfieldconfig.get", "You do not have permission to view user field settings"),
            ("userfieldconfig.update", "You cannot change the settings of the user field"),
            ("userfieldconfig.delete", "You cannot delete the user field"),
        ] {
            assert_eq!(admin.call(method, json!({ "moduleId": "main", "id": 99 })).fails(400, ""), said);
            assert_eq!(admin.call(method, json!({ "moduleId": "main" })).fails(400, ""), said);
            assert_eq!(app.employee().call(method, json!({ "moduleId": "main", "id": 1 })).fails(400, ""), said);
            let unknown = json!({ "moduleId": "crm", "id": 1 });
            assert_eq!(admin.call(method, unknown).fails(400, ""), "No settings for UserFieldAccess");
        }
        admin.call("userfieldconfig.getTypes", json!({})).fails(400, "ERROR_ARGUMENT");
        let alone = app.hook(ADMIN, "userfieldconfig,user_basic");
        let said = alone.call("userfieldconfig.getTypes", json!({ "moduleId": "main" })).fails(400, "");
        assert_eq!(said, "The current method required more scopes. (user.userfield)");
        assert!(app.hook(EMPLOYEE, "userfieldconfig,user.userfield").call("userfieldconfig.getTypes", json!({ "moduleId": "main" })).status.is_success());
    }
}
