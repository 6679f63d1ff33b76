//! Who someone is to a workgroup, and what they may do with it. Every method asks here.

use muster_core::{
    Call, Caller, Result,
    call::Right,
    field::{Field, Kind, Stored, field},
    filter::{Cond, Test},
};
use muster_db::{Sql, Tx, Value};

use super::fields::GROUP;

/// What someone is to a group. The order is that of rights: whoever is before another may do all that the other may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Owns it.
    Owner,
    /// Moderates it.
    Moderator,
    /// Is a member.
    Member,
    /// Was invited by the group and has not answered.
    Invited,
    /// Asked to join and was not answered.
    Asking,
}

impl Role {
    /// Reads a role as it is stored; `None` if there is no such role.
    pub fn read(code: &str, initiated_by: &str) -> Option<Role> {
        Some(match code {
            "A" => Role::Owner,
            "E" => Role::Moderator,
            "K" => Role::Member,
            "Z" if initiated_by == "G" => Role::Invited,
            "Z" => Role::Asking,
            _ => return None,
        })
    }

    /// The code, as it is stored and shown.
    pub fn code(self) -> &'static str {
        match self {
            Role::Owner => "A",
            Role::Moderator => "E",
            Role::Member => "K",
            Role::Invited | Role::Asking => "Z",
        }
    }

    /// Whether it is a part of the group, and not only about to be.
    pub fn is_in(self) -> bool {
        self <= Role::Member
    }
}

/// A group with what rights depend on.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its ID.
    pub id: i64,
    /// Whether everyone in the company sees it.
    pub visible: bool,
    /// Whether whoever sees it may join at once.
    pub opened: bool,
    /// Whether it is in the archive.
    pub closed: bool,
    /// Who may invite people.
    pub initiators: Role,
    /// The Scrum master, if it is a Scrum.
    pub scrum_master: Option<i64>,
    /// The stored picture.
    pub image: Option<String>,
    /// What the caller is to it.
    pub role: Option<Role>,
    /// Who began the caller's relation: the person (U) or the group (G).
    pub initiated_by: Option<String>,
}

/// What can be done with a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Know that it exists, and read it.
    See,
    /// Change it or give it to another owner.
    Edit,
    /// Delete it with all that is in it.
    Delete,
    /// Invite people.
    Invite,
    /// Join it or ask to.
    Join,
    /// Leave it.
    Leave,
}

/// Whether the caller may do this with the group.
pub fn may(caller: &Caller, group: &Group, deed: Deed) -> bool {
    let manages = caller.may(Right::ManageGroups);
    let role = group.role;
    let is_in = role.is_some_and(Role::is_in);
    match deed {
        // Whoever was invited has to see what to.
        Deed::See => manages || is_in || role == Some(Role::Invited) || (group.visible && !caller.extranet),
        Deed::Edit | Deed::Delete => manages || role == Some(Role::Owner),
        Deed::Invite => !group.closed && (manages || role.is_some_and(|it| it <= group.initiators)),
        Deed::Join => !group.closed && matches!(role, None | Some(Role::Invited)),
        Deed::Leave => is_in && role != Some(Role::Owner) && group.scrum_master != Some(caller.user_id),
    }
}

/// The group of this ID with the caller's role in it, if the caller may see it.
pub fn find(call: &mut Call<'_, '_>, id: i64) -> Result<Option<Group>> {
    find_for(call.tx, call.caller, id)
}

/// The same for someone who does not call.
pub fn find_for(tx: &mut Tx<'_>, caller: &Caller, id: i64) -> Result<Option<Group>> {
    let row = tx.row(&Sql::with(
        "select g.visible, g.opened, g.closed, g.initiate_perms, g.scrum_master_id, g.image, m.role, m.initiated_by
         from workgroups g left join workgroup_members m on m.group_id = g.id and m.user_id = $1 where g.id = $2",
        [caller.user_id.into(), id.into()],
    ))?;
    let Some(row) = row else { return Ok(None) };
    let group = Group {
        id,
        visible: row.int(0)? == 1,
        opened: row.int(1)? == 1,
        closed: row.int(2)? == 1,
        initiators: Role::read(row.text(3), "").unwrap_or(Role::Owner),
        scrum_master: row.opt_int(4),
        image: row.opt_text(5).map(str::to_owned),
        role: Role::read(row.text(6), row.text(7)),
        initiated_by: row.opt_text(7).map(str::to_owned),
    };
    Ok(Some(group).filter(|it| may(caller, it, Deed::See)))
}

/// The same for a method that is going to change it: of two at once, the second sees what the first one left behind.
pub fn find_to_change(call: &mut Call<'_, '_>, id: i64) -> Result<Option<Group>> {
    call.tx.run(&Sql::with("update workgroups set active_at = active_at where id = $1", [id.into()]))?;
    find(call, id)
}

/// What someone is to a group.
pub fn role_of(tx: &mut Tx<'_>, group_id: i64, user_id: i64) -> Result<Option<Role>> {
    let args = [group_id.into(), user_id.into()];
    let sql = "select role, initiated_by from workgroup_members where group_id = $1 and user_id = $2";
    Ok(tx.row(&Sql::with(sql, args))?.and_then(|row| Role::read(row.text(0), row.text(1))))
}

/// Whose members and invited people a group has: what [`Deed::See`] asks for, as a field to filter by.
static RELATED: Field = field("RELATED", "", Kind::Int).stored(Stored::Link {
    table: "(select group_id, user_id from workgroup_members where role <> 'Z' or initiated_by = 'G') as related",
    owner: "group_id",
    value: "user_id",
});

/// The groups that the caller may see in lists. There, whoever may see every group does so only on request.
pub fn seen_in_lists(caller: &Caller, everything: bool) -> Cond {
    if everything && caller.may(Right::ManageGroups) {
        return Cond::All(Vec::new());
    }
    let mut conds = vec![Cond::In(&RELATED, vec![caller.user_id.into()])];
    if let Some(visible) = GROUP.field("VISIBLE").filter(|_| !caller.extranet) {
        conds.push(Cond::Field(visible, Test::Eq, Value::Int(1)));
    }
    Cond::Any(conds)
}
