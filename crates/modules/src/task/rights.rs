//! Who someone is to a task, and what they may do with it. Every method asks here.
//!
//! The creator, the assignee, the participants and the observers of a task see it, as do the members of its workgroup and
//! the heads of the departments that any of its people are in. The creator changes it; the assignee and the participants
//! do it. In a workgroup, its owner and moderators change its tasks too. Administrators may everything. A task of an
//! archived workgroup can be read and not changed.

use super::fields::{AWAITING_CONTROL, COMPLETED, DEFERRED, IN_PROGRESS, PENDING};
use crate::{department, group::rights::Role};
use muster_core::{
    Call, Caller, Result,
    call::Right,
    field::{Field, Kind, Stored, field},
    filter::Cond,
};
use muster_db::{Row, Sql, Tx};

// The index in memory answers the same by `seer` and `department` in `index.rs`, which know these fields by their names.

/// Whose tasks a person sees, as pairs. One set and not an alternative of several, which would be read whole.
const SEEN: &str = "(select id as task_id, creator_id as seer from tasks
    union all select id, responsible_id from tasks
    union all select task_id, user_id from task_accomplices
    union all select task_id, user_id from task_auditors
    union all select t.id, m.user_id from tasks t join workgroup_members m on m.group_id = t.group_id
        where m.role <> 'Z') as seen";

/// The same of the task above.
const PARENT_SEEN: &str =
    "(select c.id as task_id, p.creator_id as seer from tasks c join tasks p on p.id = c.parent_id
    union all select c.id, p.responsible_id from tasks c join tasks p on p.id = c.parent_id
    union all select c.id, a.user_id from tasks c join task_accomplices a on a.task_id = c.parent_id
    union all select c.id, a.user_id from tasks c join task_auditors a on a.task_id = c.parent_id
    union all select c.id, m.user_id from tasks c join tasks p on p.id = c.parent_id
        join workgroup_members m on m.group_id = p.group_id where m.role <> 'Z') as parents";

/// The departments of a task's people.
const WORKED_ON: &str = "(select p.task_id, d.department_id from (
        select id as task_id, creator_id as user_id from tasks union all select id, responsible_id from tasks
        union all select task_id, user_id from task_accomplices
        union all select task_id, user_id from task_auditors) as p
    join user_departments d on d.user_id = p.user_id) as worked_on";

/// The same of the task above.
const PARENT_WORKED_ON: &str = "(select p.task_id, d.department_id from (
        select c.id as task_id, p.creator_id as user_id from tasks c join tasks p on p.id = c.parent_id
        union all select c.id, p.responsible_id from tasks c join tasks p on p.id = c.parent_id
        union all select c.id, a.user_id from tasks c join task_accomplices a on a.task_id = c.parent_id
        union all select c.id, a.user_id from tasks c join task_auditors a on a.task_id = c.parent_id) as p
    join user_departments d on d.user_id = p.user_id) as parents_worked_on";

static SEER: Field = field("SEER", "", Kind::Int).stored(Stored::Link { table: SEEN, owner: "task_id", value: "seer" });
static PARENT_SEER: Field =
    field("PARENT_SEER", "", Kind::Int).stored(Stored::Link { table: PARENT_SEEN, owner: "task_id", value: "seer" });
static DEPARTMENT: Field = department_field("DEPARTMENT", WORKED_ON);
static PARENT_DEPARTMENT: Field = department_field("PARENT_DEPARTMENT", PARENT_WORKED_ON);

const fn department_field(name: &'static str, table: &'static str) -> Field {
    let stored = Stored::Link { table, owner: "task_id", value: "department_id" };
    field(name, "", Kind::Int).stored(stored)
}

/// Whether someone sees and changes every task.
fn manages(caller: &Caller) -> bool {
    caller.may(Right::ManageTasks)
}

/// The tasks that the caller sees.
pub(super) fn seen(call: &mut Call<'_, '_>) -> Result<Cond> {
    if manages(call.caller) {
        return Ok(Cond::All(Vec::new()));
    }
    seen_through(call, &SEER, &DEPARTMENT)
}

/// The tasks that hang below none that the caller sees.
pub(super) fn without_seen_parent(call: &mut Call<'_, '_>, parent: &'static Field) -> Result<Cond> {
    if manages(call.caller) {
        return Ok(Cond::Empty(parent));
    }
    let seen = seen_through(call, &PARENT_SEER, &PARENT_DEPARTMENT)?;
    Ok(Cond::Not(Box::new(seen)))
}

/// What the caller sees as one of these people, or as the head of one of these departments.
fn seen_through(call: &mut Call<'_, '_>, seer: &'static Field, department: &'static Field) -> Result<Cond> {
    let me = Cond::In(seer, vec![call.caller.user_id.into()]);
    let headed = department::headed_by(call.tx, call.caller.user_id)?;
    if headed.is_empty() {
        return Ok(me);
    }
    Ok(Cond::Any(vec![me, Cond::In(department, headed.into_iter().map(Into::into).collect())]))
}

/// A task with what rights depend on.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) id: i64,
    pub(super) status: i64,
    pub(super) creator: i64,
    pub(super) responsible: i64,
    pub(super) group_id: Option<i64>,
    pub(super) parent: Option<i64>,
    /// Whether the creator accepts the work.
    pub(super) control: bool,
    /// Whether subtasks are completed with the task, and the task with its last subtask.
    pub(super) autocomplete: bool,
    pub(super) started: bool,
    pub(super) accomplices: Vec<i64>,
    pub(super) auditors: Vec<i64>,
    deadline_is_free: bool,
    pub(super) archived: bool,
}

/// What someone is to a task.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) user_id: i64,
    /// Whether they see and change every task.
    pub(super) manages: bool,
    heads: bool,
    role: Option<Role>,
    favorite: bool,
}

/// What can be done with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// Know that it exists, and read it.
    See,
    /// Change what it says and who has to do with it.
    Edit,
    /// Delete it.
    Remove,
    /// Move its deadline.
    ChangeDeadline,
    /// Begin to work on it.
    Start,
    /// Stop working on it for a while.
    Pause,
    /// Put it off.
    Defer,
    /// Say that it is done.
    Complete,
    /// Agree that it is done.
    Approve,
    /// Say that it is not done after all.
    Disapprove,
    /// Take it up again.
    Renew,
    /// Give it to someone else to do.
    Delegate,
    /// Comment on it, and begin or cease to watch it.
    Discuss,
    /// Work on its checklist.
    Checklist,
    /// Write down time that it took.
    TrackTime,
    /// Put it among one's favorites.
    Favor,
    /// Take it away from them.
    Unfavor,
}

impl Task {
    fn has(&self, user_id: i64) -> bool {
        self.creator == user_id || self.does(user_id) || self.auditors.contains(&user_id)
    }

    /// Whether someone is to do it.
    fn does(&self, user_id: i64) -> bool {
        self.responsible == user_id || self.accomplices.contains(&user_id)
    }

    /// Everyone who has to do with it.
    pub(super) fn people(&self) -> Vec<i64> {
        let mut people = vec![self.creator, self.responsible];
        people.extend(self.accomplices.iter().chain(&self.auditors));
        people
    }

    /// Whether someone may do this with it.
    pub(super) fn lets(&self, who: &Standing, deed: Deed) -> bool {
        let me = who.user_id;
        let sees = who.manages || self.has(me) || who.heads || who.role.is_some_and(Role::is_in);
        if deed == Deed::See || !sees {
            return sees && deed == Deed::See;
        }
        match deed {
            Deed::Favor => return !who.favorite,
            Deed::Unfavor => return who.favorite,
            _ if self.archived && !who.manages => return false,
            _ => {}
        }
        let edits = who.manages || self.creator == me || who.role.is_some_and(|it| it <= Role::Moderator);
        let works = edits || self.does(me);
        let accepts = who.manages || self.creator == me;
        match deed {
            Deed::See | Deed::Discuss => true,
            Deed::Edit | Deed::Remove => edits,
            Deed::ChangeDeadline => edits || (self.responsible == me && self.deadline_is_free),
            Deed::Start | Deed::Defer => works && self.status == PENDING,
            Deed::Pause => works && self.status == IN_PROGRESS,
            Deed::Complete => works && matches!(self.status, PENDING | IN_PROGRESS | DEFERRED),
            Deed::Approve | Deed::Disapprove => accepts && self.status == AWAITING_CONTROL,
            Deed::Renew => works && matches!(self.status, COMPLETED | DEFERRED | AWAITING_CONTROL),
            Deed::Delegate => {
                (edits || self.responsible == me) && matches!(self.status, PENDING | IN_PROGRESS | DEFERRED)
            }
            Deed::Checklist | Deed::TrackTime => works,
            Deed::Favor | Deed::Unfavor => true,
        }
    }
}

/// The task of this ID, if the caller sees it, and what the caller is to it.
pub(super) fn find(call: &mut Call<'_, '_>, id: i64) -> Result<Option<(Task, Standing)>> {
    find_for(call.tx, call.caller, id)
}

/// The same outside a call.
pub(super) fn find_for(tx: &mut Tx<'_>, caller: &Caller, id: i64) -> Result<Option<(Task, Standing)>> {
    let Some(task) = load(tx, id)? else { return Ok(None) };
    let who = standing(tx, &task, caller.user_id, manages(caller))?;
    Ok(Some((task, who)).filter(|(task, who)| task.lets(who, Deed::See)))
}

/// The same for a method that is going to change it.
pub(super) fn find_to_change(call: &mut Call<'_, '_>, id: i64) -> Result<Option<(Task, Standing)>> {
    hold(call, id)?;
    find(call, id)
}

/// Lets whoever else is going to change a task wait: of two at once, the second sees what the first one left behind.
pub(super) fn hold(call: &mut Call<'_, '_>, id: i64) -> Result<()> {
    call.tx.run(&Sql::with("update tasks set version = version where id = $1", [id.into()]))?;
    Ok(())
}

/// The task of this ID, whoever asks.
pub(super) fn load(tx: &mut Tx<'_>, id: i64) -> Result<Option<Task>> {
    let sql =
        "select t.status, t.creator_id, t.responsible_id, t.group_id, t.parent_id, t.task_control, t.autocomplete,
        t.started_at, t.allow_change_deadline, g.closed
        from tasks t left join workgroups g on g.id = t.group_id where t.id = $1";
    let Some(row) = tx.row(&Sql::with(sql, [id.into()]))? else { return Ok(None) };
    let people = |tx: &mut Tx<'_>, sql| tx.ints(&Sql::with(sql, [id.into()]));
    Ok(Some(Task {
        id,
        accomplices: people(tx, "select user_id from task_accomplices where task_id = $1 order by position")?,
        auditors: people(tx, "select user_id from task_auditors where task_id = $1 order by position")?,
        ..read(&row)?
    }))
}

fn read(row: &Row) -> Result<Task> {
    Ok(Task {
        id: 0,
        status: row.int(0)?,
        creator: row.int(1)?,
        responsible: row.int(2)?,
        group_id: row.opt_int(3),
        parent: row.opt_int(4),
        control: row.int(5)? == 1,
        autocomplete: row.int(6)? == 1,
        started: row.opt_int(7).is_some(),
        accomplices: Vec::new(),
        auditors: Vec::new(),
        deadline_is_free: row.int(8)? == 1,
        archived: row.opt_int(9) == Some(1),
    })
}

/// What someone is to a task.
pub(super) fn standing(tx: &mut Tx<'_>, task: &Task, user_id: i64, manages: bool) -> Result<Standing> {
    let role = match task.group_id {
        Some(group_id) => crate::group::rights::role_of(tx, group_id, user_id)?,
        None => None,
    };
    let knows = manages || task.has(user_id) || role.is_some_and(Role::is_in);
    // Only where nothing else opens the task is it asked who heads whom.
    let heads = !knows && heads_any(tx, user_id, &task.people())?;
    let sql = "select favorite from task_marks where task_id = $1 and user_id = $2";
    let mark = tx.row(&Sql::with(sql, [task.id.into(), user_id.into()]))?;
    Ok(Standing { user_id, manages, heads, role, favorite: mark.and_then(|row| row.opt_int(0)) == Some(1) })
}

/// Whether someone is the head of a department that one of these people is in, or of one above it.
fn heads_any(tx: &mut Tx<'_>, user_id: i64, people: &[i64]) -> Result<bool> {
    let headed = department::headed_by(tx, user_id)?;
    if headed.is_empty() {
        return Ok(false);
    }
    let mut sql = Sql::new("select count(*) from user_departments where department_id in (");
    sql.bind_all(headed).push(") and user_id in (").bind_all(people.iter().copied()).push(")");
    Ok(tx.int(&sql)? > 0)
}
