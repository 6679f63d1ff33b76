//! The shortest proof that a Muster works at all.

use crate::{app::ADMIN, both::both};
use muster_core::json;

both! {
    /// Someone who is added is found, and seen as what they are.
    fn added_user_is_found(app) {
        let id = app.admin().add_user(json!({ "NAME": "Анна", "LAST_NAME": "Müller" }));
        for filter in [json!({ "%NAME": "нн" }), json!({ "LAST_NAME": "muller" }), json!({ "NAME_SEARCH": "mul анн" })] {
            assert_eq!(app.admin().ids("user.get", json!({ "FILTER": filter })), [id], "{filter}");
        }
        assert_eq!(app.admin().ids("user.search", json!({ "FIND": "mul анн" })), [id]);
        assert_eq!(app.admin().ok("user.current", json!({}))["ID"], ADMIN.to_string());
    }
}
