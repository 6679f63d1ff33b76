//! Everything about one workgroup: `socialnetwork.api.workgroup.get`.

use super::{
    EMPTY, NOT_FOUND,
    feature::FEATURES,
    fields::{GROUP, PROFILE},
    people::{self, PICTURE, Person},
    rights::{Deed, Group, Role, find, may},
    store::read_id,
};
use muster_core::{
    Answer, Call, Json, Map, Params, Result, field::Field, json, list, params::read_text, time::say_instant,
};
use muster_db::Sql;

/// What of the entity's fields is a part of the answer, in its order.
const BASIC: &[&str] = &[
    "ID",
    "ACTIVE",
    "SITE_ID",
    "SUBJECT_ID",
    "NAME",
    "DESCRIPTION",
    "KEYWORDS",
    "CLOSED",
    "VISIBLE",
    "OPENED",
    "DATE_CREATE",
    "DATE_UPDATE",
    "DATE_ACTIVITY",
    "IMAGE_ID",
    "AVATAR_TYPE",
    "OWNER_ID",
    "INITIATE_PERMS",
    "NUMBER_OF_MEMBERS",
    "NUMBER_OF_MODERATORS",
    "PROJECT",
    "PROJECT_DATE_START",
    "PROJECT_DATE_FINISH",
    "LANDING",
    "SCRUM_OWNER_ID",
    "SCRUM_MASTER_ID",
    "SCRUM_SPRINT_DURATION",
    "SCRUM_TASK_RESPONSIBLE",
    "TYPE",
];

/// What further parts of the answer are made of.
const MORE: &[&str] = &["SUBJECT_NAME", "AVATAR"];

/// One group, with what `select` asks for beside the basics.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let params = call.params.get("PARAMS").cloned().and_then(|it| Params::new(it).ok()).unwrap_or_default();
    let id = read_id(&params, "GROUPID").ok_or_else(|| EMPTY.error())?;
    let group = find(call, id)?.ok_or_else(|| NOT_FOUND.error())?;
    let wanted: Vec<&'static Field> =
        BASIC.iter().chain(MORE).filter_map(|name| PROFILE.iter().find(|it| it.name == *name)).collect();
    let found = list::records(call, &GROUP, &[id], &wanted, PICTURE)?.pop();
    let Some(Json::Object(mut record)) = found else { return Err(NOT_FOUND.error()) };
    let extra = MORE.iter().filter_map(|name| Some(((*name).to_owned(), record.shift_remove(*name)?))).collect();
    let mut profile = Profile { people: people::of(call, id)?, group, record, extra };
    profile.add_basics();
    for name in params.list("SELECT").iter().filter_map(read_text) {
        profile.add(call, &name.to_ascii_uppercase())?;
    }
    if params.text("MODE").ok().flatten().as_deref() == Some("mobile") {
        let (role, by) = profile.relation();
        let text = |it: Option<&str>| it.unwrap_or_default().to_owned();
        profile.put("ADDITIONAL_DATA", json!({ "ROLE": text(role), "INITIATED_BY_TYPE": text(by) }));
    }
    let plural = i64::from(profile.value("NUMBER_OF_MEMBERS") != 1);
    profile.put("NUMBER_OF_MEMBERS_PLURAL", plural);
    Ok(Json::Object(profile.record).into())
}

/// An answer while it is put together.
struct Profile {
    group: Group,
    people: Vec<Person>,
    record: Map<String, Json>,
    extra: Map<String, Json>,
}

impl Profile {
    fn put(&mut self, name: &str, value: impl Into<Json>) {
        self.record.insert(name.to_owned(), value.into());
    }

    /// A value of the group, be it shown or only read.
    fn value(&self, name: &str) -> Json {
        self.record.get(name).or_else(|| self.extra.get(name)).cloned().unwrap_or_default()
    }

    fn text(&self, name: &str) -> String {
        self.value(name).as_str().unwrap_or_default().to_owned()
    }

    /// The caller's role, and who began it.
    fn relation(&self) -> (Option<&'static str>, Option<&str>) {
        (self.group.role.map(Role::code), self.group.initiated_by.as_deref())
    }

    fn ids(&self, belongs: impl Fn(Role) -> bool) -> Json {
        self.people.iter().filter(|it| belongs(it.role)).map(|it| it.id).collect::<Vec<_>>().into()
    }

    fn tags(&self) -> Vec<String> {
        let keywords = self.text("KEYWORDS");
        let mut tags: Vec<String> =
            keywords.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// What every answer has beside the fields of the entity.
    fn add_basics(&mut self) {
        let mut index = vec![self.text("NAME"), self.text("DESCRIPTION")];
        index.extend(self.tags().into_iter().flat_map(|tag| [tag.clone(), format!("#{tag}")]));
        index.retain(|it| !it.is_empty());
        self.put("AVATAR_TYPE", "");
        self.put("SEARCH_INDEX", index.join(" "));
        self.put("MEMBERS", self.ids(Role::is_in));
        // There are no chats yet.
        self.put("CHAT_ID", 0);
        self.put("DIALOG_ID", "");
        self.put("ORDINARY_MEMBERS", self.ids(|it| it == Role::Member));
        self.put("INVITED_MEMBERS", self.ids(|it| it == Role::Invited));
        self.put("MODERATOR_MEMBERS", self.ids(|it| it == Role::Moderator));
        self.put("SITE_IDS", json!(["s1"]));
    }

    /// Adds what `select` asks for by this name. A name that means nothing is passed over.
    fn add(&mut self, call: &mut Call<'_, '_>, name: &str) -> Result<()> {
        match name {
            "ACTIONS" => self.put(name, self.actions(call)),
            "AVATAR" => self.put(name, self.value("AVATAR")),
            "AVATAR_DATA" => self.put(name, self.avatar_data()),
            "AVATAR_TYPES" => self.put(name, json!({})),
            "COUNTERS" => self.put(name, self.counters()),
            "DATE_CREATE" => {
                let sql = Sql::with("select created_at from workgroups where id = $1", [self.group.id.into()]);
                let created = call.tx.int(&sql)?;
                self.put(name, say_instant(created, call.now, &call.settings.time_zone));
            }
            "DEPARTMENTS" => self.put(name, json!([])),
            "EFFICIENCY" => self.put(name, 0),
            "FEATURES" => self.put(name, features()),
            "GROUP_MEMBERS_LIST" => self.put(name, self.everyone()),
            "LIST_OF_MEMBERS" => self.put(name, self.members()),
            "LIST_OF_MEMBERS_AWAITING_INVITE" => self.put(name, self.asking()),
            "OWNER_DATA" => self.put(name, self.owner()),
            "PIN" => self.put("IS_PIN", false),
            "PRIVACY_TYPE" => self.put("PRIVACY_CODE", self.privacy()),
            "SUBJECT_DATA" => {
                let subject = json!({ "ID": self.value("SUBJECT_ID"), "NAME": self.value("SUBJECT_NAME") });
                self.put(name, subject);
            }
            "TAGS" => self.put(name, self.tags()),
            "USER_DATA" => self.put(name, self.user_data()),
            _ => {}
        }
        Ok(())
    }

    fn actions(&self, call: &Call<'_, '_>) -> Json {
        let may = |deed| may(call.caller, &self.group, deed);
        json!({
            "EDIT": may(Deed::Edit),
            "DELETE": may(Deed::Delete),
            "INVITE": may(Deed::Invite),
            "JOIN": may(Deed::Join),
            "LEAVE": may(Deed::Leave),
            // These do not exist yet.
            "FOLLOW": false,
            "PIN": false,
            "EDIT_FEATURES": false,
        })
    }

    fn avatar_data(&self) -> Json {
        let url = self.text("AVATAR");
        json!({ "type": if url.is_empty() { "icon" } else { "image" }, "id": url })
    }

    /// How many have been invited and how many have asked to join, without an answer so far.
    fn counters(&self) -> Json {
        let count = |role| self.people.iter().filter(|it| it.role == role).count();
        json!({ "workgroup_requests_out": count(Role::Invited), "workgroup_requests_in": count(Role::Asking) })
    }

    fn everyone(&self) -> Json {
        let shown = self.people.iter().map(|it| {
            json!({
                "id": it.id,
                "invited": it.role == Role::Invited,
                "isAwaiting": it.role == Role::Asking,
                "isMember": it.role.is_in(),
            })
        });
        shown.collect::<Vec<_>>().into()
    }

    fn members(&self) -> Json {
        let shown = self.people.iter().filter(|it| it.role.is_in()).map(|it| {
            json!({
                "id": it.id,
                "isOwner": it.role == Role::Owner,
                "isModerator": it.role == Role::Moderator,
                "isScrumMaster": self.group.scrum_master == Some(it.id),
                "isAutoMember": false,
                "name": it.name,
                "lastName": it.last_name,
                "position": it.position,
                "photo": it.photo,
            })
        });
        shown.collect::<Vec<_>>().into()
    }

    fn asking(&self) -> Json {
        let asking = self.people.iter().filter(|it| it.role == Role::Asking);
        asking.map(|it| json!({ "id": it.id, "name": it.full_name(), "photo": it.photo })).collect::<Vec<_>>().into()
    }

    fn owner(&self) -> Json {
        let owner = self.people.iter().find(|it| it.role == Role::Owner);
        let (photo, name) = owner.map_or_else(Default::default, |it| (it.photo.clone(), it.full_name()));
        json!({ "ID": self.value("OWNER_ID"), "PHOTO": photo, "FORMATTED_NAME": name })
    }

    fn privacy(&self) -> &'static str {
        match (self.group.visible, self.group.opened) {
            (false, _) => "secret",
            (true, true) => "open",
            (true, false) => "closed",
        }
    }

    fn user_data(&self) -> Json {
        let (role, by) = self.relation();
        let or_false = |it: Option<&str>| it.map_or(Json::from(false), Json::from);
        json!({ "ROLE": or_false(role), "INITIATED_BY_TYPE": or_false(by), "IS_SUBSCRIBED": false })
    }
}

/// The tools that every group has; none can be switched off or renamed yet.
fn features() -> Json {
    let shown = (1..).zip(FEATURES).map(|(number, it): (usize, _)| {
        json!({
            "featureName": it.name,
            "name": it.title,
            "customName": "",
            "id": number.to_string(),
            "active": true,
        })
    });
    shown.collect::<Vec<_>>().into()
}
