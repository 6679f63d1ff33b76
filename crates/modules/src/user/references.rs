//! Where a person is used: `user.references`.

use muster_core::{
    Answer, Call, Result, binding,
    list::read_start,
    method::{Param, param},
    params::wrong,
    record::read_user,
};

pub(super) const PARAMS: &[Param] = &[
    param("ID", "integer", "Whose references").required(),
    param("OBJECT", "string", "Only objects of this kind, such as department"),
    param("DUTIES", "boolean", "Only what rests on the person: not what they did, nor what is done with"),
    param("START", "integer", "From which reference on, 50 to a page"),
];

/// The objects that name a person, and how many there are of each kind.
pub(super) fn references(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = call.params.get("ID").cloned().ok_or_else(|| wrong("ID", "the ID of a person"))?;
    let id = read_user("ID", &id, call)?;
    let object = call.params.text("OBJECT")?;
    let start = read_start(call)?.unwrap_or(0);
    let resting = call.params.flag("DUTIES")?;
    binding::references(call, id, object.as_deref(), (start, resting))
}
