//! The directory and profiles in the browser.

use crate::{
    app::{ADMIN, EMPLOYEE, ROOT, TestApp},
    both::both,
    browser::{Browser, leads_to},
};
use muster_core::{Json, field::Kind, json};
use muster_modules::user::USER;

fn admin(app: &TestApp) -> Browser<'_> {
    Browser::signed_in(app, "ada@example.com")
}

/// How many people a page of the directory lists.
fn listed(page: &str) -> usize {
    page.matches("class=\"person\"").count()
}

both! {
    /// People are found as in `user.get`, narrowed down, and come in pages.
    fn people_are_found(app) {
        let sales = app.admin().ok("department.add", json!({ "NAME": "Sales", "PARENT": ROOT }));
        for number in 0..55 {
            let department = if number < 3 { sales.clone() } else { json!(ROOT) };
            app.admin().add_user(json!({ "NAME": "Nora", "LAST_NAME": format!("N{number:02}"), "UF_DEPARTMENT": [department] }));
        }
        let browser = admin(app);
        let page = browser.page("/company/");
        assert!(page.contains("57 people") && page.contains("start=50"), "{page}");
        assert_eq!(listed(&page), 50);
        assert_eq!(listed(&browser.page("/company/?start=50")), 7);
        assert!(browser.page("/company/?q=nora+n12").contains("1 person<"));
        assert_eq!(listed(&browser.page(&format!("/company/?department={sales}"))), 3);
        assert_eq!(listed(&browser.page("/company/?state=dismissed")), 0);
        app.execute("update users set active = 0 where id = 2");
        let gone = browser.page("/company/?state=dismissed");
        assert!(listed(&gone) == 1 && gone.contains("Emil Employee"), "{gone}");
        assert!(browser.page("/company/?q=&department=x&state=x&start=-5").contains("0 people"));
    }

    /// A profile shows what there is, and whose heads and reports someone has.
    fn a_profile_is_shown(app) {
        let sales = app.admin().ok("department.add", json!({ "NAME": "Sales", "PARENT": ROOT, "UF_HEAD": ADMIN }));
        app.admin().ok("user.update", json!({
            "ID": EMPLOYEE, "UF_DEPARTMENT": [sales], "PERSONAL_BIRTHDAY": "1990-12-31", "WORK_PHONE": "+49 30 1",
            "PERSONAL_GENDER": "M", "PERSONAL_WWW": "https://emil.example.com",
        }));
        let browser = admin(app);
        let page = browser.page(&format!("/company/personal/user/{EMPLOYEE}/"));
        for shown in [
            "Emil Employee", "Sales", "December 31, 1990", "href=\"tel:+49 30 1\"", "href=\"mailto:emil@example.com\"",
            "href=\"https://emil.example.com\"", "Ada Admin", "/company/personal/user/2/edit/",
        ] {
            assert!(page.contains(shown), "no {shown} in {page}");
        }
        assert!(browser.page("/company/personal/user/1/").contains("Reports"));
        assert_eq!(browser.get("/company/personal/user/999/").status, 404);
        assert_eq!(browser.get("/company/personal/user/x/").status, 404);
    }

    /// Someone from outside finds, sees and exports those whom they share a group with, and no one else.
    fn outsiders_see_whom_they_share_a_group_with(app) {
        let group = app.admin().ok("sonet_group.create", json!({ "NAME": "Shared" }));
        let guest = json!({ "EMAIL": "guest@example.com", "EXTRANET": "Y", "SONET_GROUP_ID": [group] });
        let guest = app.admin().ok("user.add", guest);
        app.execute("update users set accepted_at = registered_at");
        let browser = Browser::signed_in(app, "guest@example.com");
        let page = browser.page("/company/");
        assert!(page.contains("Ada Admin") && !page.contains("Emil"), "{page}");
        assert!(!browser.page("/company/?q=emil&state=all").contains("Emil"));
        assert!(!browser.get("/company/export.csv").text().contains("emil@"));
        assert_eq!(browser.get("/company/personal/user/2/").status, 404);
        assert_eq!(browser.get("/company/personal/user/1/").status, 200);
        assert_eq!(browser.get(&format!("/company/personal/user/{guest}/")).status, 200);
    }

    /// Nothing that anyone can write runs in anyone's browser: every text of a person, custom ones and departments too.
    fn names_are_text_and_nothing_else(app) {
        let wrong = "\"><img src=x onerror=alert(1)>";
        app.admin().ok("user.userfield.add", json!({ "fields": { "FIELD_NAME": "EVIL", "USER_TYPE_ID": "string" } }));
        app.admin().ok("department.update", json!({ "ID": ROOT, "NAME": wrong }));
        let texts = USER.fields.iter().filter(|it| it.writable && it.kind == Kind::Text);
        let mut fields: Json = texts.map(|it| (it.name.to_owned(), json!(&wrong[..wrong.len().min(it.max)]))).collect();
        fields["NAME"] = "<script>x()</script>".into();
        fields["UF_USR_EVIL"] = wrong.into();
        fields["PERSONAL_WWW"] = "javascript:alert(1)".into();
        fields["ID"] = EMPLOYEE.into();
        app.admin().ok("user.update", fields);
        let browser = admin(app);
        for path in ["/company/", "/company/?q=%22%3E%3Cimg", "/company/personal/user/2/", "/company/personal/user/2/edit/", "/admin/"] {
            let page = browser.page(path);
            assert!(!page.contains("<img src=x") && !page.contains("<script>"), "{path}: {page}");
            assert!(!page.contains("href=\"javascript:"), "{path}");
        }
        assert!(browser.page("/company/personal/user/2/").contains("&#60;script&#62;x()"));
    }

    /// Who may changes a profile by a form; what is wrong is said and kept in the form; others are refused.
    fn a_profile_is_changed(app) {
        let browser = admin(app);
        let path = "/company/personal/user/2/edit/";
        let page = browser.page(path);
        assert!(page.contains("name=\"NAME\" value=\"Emil\"") && page.contains("checked"), "{page}");
        let save = |browser: &Browser<'_>, fields: &[(&str, &str)]| browser.submit(path, path, fields);
        let reply = save(&browser, &[("NAME", "Emilio"), ("PERSONAL_BIRTHDAY", "1990-01-02"), ("PERSONAL_GENDER", "M")]);
        assert_eq!(leads_to(&reply), "/company/personal/user/2/?done=saved");
        let person = app.admin().user(EMPLOYEE);
        assert_eq!((person["NAME"].as_str(), person["LAST_NAME"].as_str()), (Some("Emilio"), Some("Employee")));
        assert!(person["PERSONAL_BIRTHDAY"].as_str().unwrap().starts_with("1990-01-02"));
        let wrong = save(&browser, &[("NAME", "Emilio"), ("EMAIL", "ada@example.com"), ("WORK_POSITION", "Pilot")]);
        assert!(wrong.status == 422 && wrong.text().contains("role=\"alert\"") && wrong.text().contains("Pilot"), "{}", wrong.text());
        assert_eq!(app.admin().user(EMPLOYEE)["WORK_POSITION"], "");
        // The main department stays the first, whatever the order of the ticks; an employee has at least one.
        let team = app.admin().ok("department.add", json!({ "NAME": "A team", "PARENT": ROOT }));
        let known = app.admin().user(EMPLOYEE)["UF_DEPARTMENT"].clone();
        let (main, team) = (known[0].to_string(), team.to_string());
        save(&browser, &[("uf_department[]", ""), ("uf_department[]", &team), ("uf_department[]", &main)]);
        let both = json!([known[0], team.parse::<i64>().unwrap()]);
        assert_eq!(app.admin().user(EMPLOYEE)["UF_DEPARTMENT"], both);
        assert_eq!(save(&browser, &[("uf_department[]", "")]).status, 422);
        assert_eq!(app.admin().user(EMPLOYEE)["UF_DEPARTMENT"], both);
        let employee = Browser::signed_in(app, "emil@example.com");
        assert!(!employee.page("/company/personal/user/2/").contains("/edit/"));
        let refused = employee.submit(path, path, &[("NAME", "Mine")]);
        assert!(refused.status.is_client_error(), "{}", refused.status);
        assert_eq!(app.admin().user(EMPLOYEE)["NAME"], "Emilio");
    }
}
