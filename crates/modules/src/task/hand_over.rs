//! Tasks that pass to whoever takes over from someone: each has it in its history and tells of it, as after
//! `tasks.task.update`.

use super::{fields::TASK, history, rights, store};
use muster_core::{
    Call, Result,
    binding::{HandOver, Pass},
};

pub(super) const HAND_OVERS: &[HandOver] = &[HandOver { entity: &TASK, around }];

fn around(call: &mut Call<'_, '_>, ids: &[i64], pass: Pass<'_>) -> Result<()> {
    let mut before = Vec::with_capacity(ids.len());
    for id in ids {
        rights::hold(call, *id)?;
        before.push(history::look(call.tx, *id)?);
    }
    pass(call)?;
    for (id, before) in ids.iter().zip(&before) {
        store::stamp(call, *id)?;
        let after = history::look(call.tx, *id)?;
        history::compare(call, *id, before, &after)?;
        store::tell_update(call, *id)?;
    }
    Ok(())
}
