//! Rights in the browser: the page on which they are given, and what other pages show and refuse by them.

use crate::{
    app::{ADMIN, EMPLOYEE, ROOT, TestApp},
    both::both,
    browser::{Browser, leads_to},
    pages_import::{checked, fields, post, settled},
    rights::give,
};
use muster_core::{call::Right, json};

fn admin(app: &TestApp) -> Browser<'_> {
    Browser::signed_in(app, "ada@example.com")
}

fn emil(app: &TestApp) -> Browser<'_> {
    Browser::signed_in(app, "emil@example.com")
}

/// The codes of those who have a right, as its form has them.
fn holders(browser: &Browser<'_>, right: &str) -> Vec<String> {
    let page = browser.page(&format!("/admin/rights/{right}/"));
    let ticked =
        page.split("name=\"codes[]\" value=\"").skip(1).filter(|it| it.split_once('>').unwrap().0.contains("checked"));
    ticked.map(|it| it.split('"').next().unwrap().to_owned()).collect()
}

both! {
    /// A right is given to a person, a department, a workgroup and everyone, is taken, and is as it was; the log tells.
    fn rights_are_given_by_form(app) {
        let sales = app.admin().ok("department.add", json!({ "NAME": "<b>Sales", "PARENT": ROOT })).to_string();
        let garden = app.admin().ok("sonet_group.create", json!({ "NAME": "Garden", "VISIBLE": "N" })).to_string();
        let ada = admin(app);
        let path = "/admin/rights/invite_people/";
        let set = |fields: &[(&str, &str)]| ada.submit(path, path, fields);
        let all = ada.page("/admin/rights/");
        assert!(all.contains("Invite people") && !all.contains(">rights-"), "every right has its words: {all}");
        assert_eq!(holders(&ada, "invite_people"), Vec::<String>::new());
        assert_eq!(leads_to(&set(&[("person", "emil@example.com")])), "/admin/rights/invite_people/?done=saved");
        leads_to(&set(&[("codes[]", "U2"), ("department", &sales), ("person", "Ada Admin [1]")]));
        leads_to(&set(&[("codes[]", "U2"), ("codes[]", &format!("DR{sales}")), ("department", &sales), ("alone", "1"), ("group", &garden)]));
        assert_eq!(holders(&ada, "invite_people"), [format!("D{sales}"), format!("DR{sales}"), format!("SG{garden}"), "U2".to_owned()]);
        let page = ada.page("/admin/rights/");
        for shown in ["&#60;b&#62;Sales and all below", "Garden", "Emil Employee"] {
            assert!(page.contains(shown) && !page.contains("<b>Sales"), "{shown}: {page}");
        }
        for wrong in [("person", "Nobody at all"), ("person", "x [999]"), ("codes[]", "D999"), ("codes[]", "<script>"), ("department", "x"), ("group", "999")] {
            let reply = set(&[("codes[]", "U1"), wrong]);
            assert!(reply.status == 422 && reply.text().contains("role=\"alert\""), "{wrong:?}: {}", reply.text());
            assert!(!reply.text().contains("<script>"));
        }
        assert_eq!(holders(&ada, "invite_people").len(), 4, "what is refused changes nothing");
        let by_name = emil(app).page("/company/invitations/");
        assert!(by_name.contains("href=\"/company/invitations/new/\"") && !by_name.contains("/company/invitations/registration/"), "{by_name}");
        leads_to(&set(&[]));
        assert_eq!(emil(app).get("/company/invitations/").status, 400);
        leads_to(&set(&[("codes[]", "AU")]));
        assert!(emil(app).page("/").contains("/company/invitations/"));
        leads_to(&set(&[("codes[]", "AU"), ("reset", "1")]));
        assert!(!emil(app).page("/").contains("/company/invitations/"));
        assert_eq!(app.count("select count(*) from rights"), 0);
        assert_eq!(app.count("select count(*) from audit where action = 'RIGHT_SET' and user_id = 1 and is_security = 1"), 6);
        assert_eq!(app.count("select count(*) from audit where item = 'invite_people U2'"), 1);
        let log = ada.page("/admin/audit/");
        assert!(log.contains("Set who has a right"), "{log}");
        assert_eq!(ada.get("/admin/rights/administer/").status, 404);
    }

    /// Only administrators give rights, whatever else someone may.
    fn only_administrators_give_rights(app) {
        for right in Right::ALL {
            give(app, *right, &["AU"]);
        }
        let emil = emil(app);
        for path in ["/admin/rights/", "/admin/rights/invite_people/", "/admin/rights/own/", "/company/invitations/registration/", "/company/personal/user/2/erase/", "/outbox/"] {
            assert!([403, 404].contains(&emil.get(path).status.as_u16()), "{path}");
        }
        for path in ["/admin/rights/see_audit/", "/admin/rights/own/", "/company/invitations/registration/"] {
            assert_eq!(emil.submit("/settings/", path, &[("codes[]", "U2"), ("open", "Y")]).status, 403, "{path}");
        }
        assert!(!emil.page("/admin/").contains("/admin/rights/"));
        // A webhook calls with its person's rights, so everyone makes their own alone.
        let make = |owner: &str| emil.submit("/admin/", "/admin/webhooks/add/", &[("owner", owner), ("scopes[]", "user")]);
        assert_eq!(make("ada@example.com").status, 422);
        assert_eq!(make("emil@example.com").status, 200);
        let of_ada = app.admin().id;
        assert_eq!(emil.submit("/admin/", &format!("/admin/webhooks/{of_ada}/revoke/"), &[]).status, 403);
        app.admin().ok("user.current", json!({}));
        assert_eq!(app.count("select count(*) from webhooks where revoked_at is not null"), 0);
        assert!(!emil.page("/admin/").contains(&format!("/admin/webhooks/{of_ada}/revoke/")));
    }

    /// Pages show what their visitor may do, by right and not by rank, and refuse the rest.
    fn pages_go_by_rights(app) {
        let other = app.admin().add_user(json!({ "NAME": "Olga", "LAST_NAME": "Other", "PERSONAL_BIRTHDAY": "1990-01-02", "PERSONAL_MOBILE": "+49 30 7" }));
        let profile = format!("/company/personal/user/{other}/");
        let emil = emil(app);
        for (right, page, shown, action) in [
            (Right::EditPeople, profile.as_str(), "/edit/\"", "/company/personal/user/1/edit/"),
            (Right::EditPeople, &profile, "/history/\"", ""),
            (Right::ManagePeople, &profile, "/dismiss/\"", ""),
            (Right::ManageStructure, "/company/structure/", "data-move=", ""),
            (Right::ImportPeople, "/company/", "/company/import/", ""),
            (Right::SeeAudit, "/", "/admin/audit/", ""),
            (Right::ManageFields, "/", "/admin/fields/", ""),
            (Right::ManageApps, "/", "/admin/\"", ""),
            (Right::ConfirmPeople, "/", "/company/invitations/", ""),
        ] {
            assert!(!emil.page(page).contains(shown), "{right:?}");
            give(app, right, &["U2"]);
            assert!(emil.page(page).contains(shown), "{right:?}: {}", emil.page(page));
            if !action.is_empty() {
                assert_eq!(emil.get(action).status, 400, "{action} is an administrator's");
            }
            give(app, right, &[]);
        }
        give(app, Right::EditPeople, &["U2"]);
        let form = emil.page(&format!("{profile}edit/"));
        assert!(form.contains("name=\"WORK_POSITION\"") && !form.contains("name=\"EMAIL\""));
        assert!(!emil.page("/company/personal/user/1/").contains("/edit/\""));
        leads_to(&emil.submit(&format!("{profile}edit/"), &format!("{profile}edit/"), &[("WORK_POSITION", "Pilot")]));
        give(app, Right::ExportPeople, &[]);
        assert!(!emil.page("/company/").contains("export.csv"));
        assert_eq!(emil.get("/company/export.csv").status, 403);
        assert_eq!(emil.get("/company/export.xlsx").status, 403);
        give(app, Right::ExportPeople, &["AU"]);
        // Hidden fields are on no page and in no file.
        let columns = ["PERSONAL_BIRTHDAY", "PERSONAL_MOBILE", "EMAIL"].map(|it| ("column[]", it));
        leads_to(&emil.submit("/company/columns/", "/company/columns/", &columns));
        let seen = |text: &str| text.contains("1990") || text.contains("+49 30 7");
        assert!(seen(&emil.page("/company/")) && seen(&emil.page(&profile)) && seen(emil.get("/company/export.csv").text()));
        give(app, Right::SeeBirthday, &[]);
        give(app, Right::SeeContacts, &[]);
        for page in ["/company/", &profile, &format!("{profile}edit/"), "/company/export.csv"] {
            let reply = emil.get(page);
            assert!(reply.status == 200 && !seen(reply.text()), "{page}: {}", reply.text());
        }
        assert!(!emil.page("/company/columns/").contains("PERSONAL_BIRTHDAY"));
        assert!(admin(app).page(&profile).contains("1990"));
        // Of oneself one sees and changes them.
        app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "PERSONAL_BIRTHDAY": "1980-05-06" }));
        let own = "/company/personal/user/2/";
        assert!(emil.page(own).contains("1980"));
        let fields = [("PERSONAL_BIRTHDAY", "1981-05-06")];
        leads_to(&emil.submit(&format!("{own}?edit=person"), &format!("{own}section/person/"), &fields));
        assert!(emil.page(own).contains("1981"));
        assert_eq!(app.admin().user(ADMIN)["ID"], "1");
    }

    /// Whoever may import people does, without the right to invite any.
    fn people_are_imported_by_right(app) {
        give(app, Right::ImportPeople, &["U2"]);
        let hr = app.admin().ok("department.add", json!({ "NAME": "HR", "PARENT": ROOT })).as_i64().unwrap();
        give(app, Right::SeeAudit, &[&format!("D{hr}")]);
        let emil = emil(app);
        let (_, page) = checked(&emil, "E-mail,Department\na@example.com,HR\n");
        assert!(!page.contains("All lines are fine") && page.contains("rights which you do not have"), "{page}");
        let (path, page) = checked(&emil, "E-mail,First name\na@example.com,Anna\n");
        assert!(page.contains("All lines are fine"), "{page}");
        post(&emil, &path, &fields(&page));
        assert!(settled(&emil, &path).contains("in the directory now"));
        assert_eq!(emil.get("/company/invitations/new/").status, 403);
    }

    /// Fields that people change of themselves are chosen by administrators, and profiles show it.
    fn own_fields_are_chosen(app) {
        let (ada, emil) = (admin(app), emil(app));
        let own = "/company/personal/user/2/";
        assert!(emil.page(own).contains("/photo/\""));
        let path = "/admin/rights/own/";
        assert!(ada.page(path).contains("value=\"PERSONAL_PHOTO\" checked"));
        leads_to(&ada.submit(path, path, &[("fields[]", "WORK_POSITION")]));
        let page = emil.page(own);
        assert!(!page.contains("/photo/\""), "{page}");
        assert_eq!(emil.get(&format!("{own}photo/")).status, 400);
        let form = emil.page(&format!("{own}?edit=work"));
        assert!(form.contains("name=\"WORK_POSITION\"") && !form.contains("name=\"WORK_PHONE\""), "{form}");
        assert_eq!(ada.submit(path, path, &[("fields[]", "EMAIL")]).status, 400);
        assert!(ada.page("/admin/rights/").contains("1 field<"));
    }
}
