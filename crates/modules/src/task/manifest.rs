//! What a family of older methods tells of itself: `task.elapseditem.getmanifest` and the like. It is made from what is
//! declared, and like the original it is for people to read.

use muster_core::{Answer, Call, Json, Map, field::Entity, json};

/// The methods whose names begin like this, and the fields of what they work on.
pub(super) fn of(call: &Call<'_, '_>, prefix: &'static str, entity: &Entity) -> Answer {
    let names = |is_wanted: &dyn Fn(&muster_core::field::Field) -> bool| {
        let fields = entity.fields.iter().filter(|it| it.is_shown() && is_wanted(it));
        Json::from(fields.map(|it| it.name).collect::<Vec<_>>())
    };
    let methods = call.registry.methods().filter_map(|method| {
        let name = method.name.strip_prefix(prefix)?;
        let params = method.params.iter().map(|it| json!({ "description": it.name, "type": it.kind }));
        let needed = method.params.iter().filter(|it| it.required).count();
        Some((name.to_owned(), json!({ "mandatoryParamsCount": needed, "params": params.collect::<Vec<_>>() })))
    });
    json!({
        "Manifest version": env!("CARGO_PKG_VERSION"),
        "Warning": "The format of this manifest can change without notice",
        "REST: shortname alias to class": prefix.trim_matches('.').rsplit('.').next(),
        "REST: writable data fields": names(&|it| it.writable),
        "REST: readable data fields": names(&|_| true),
        "REST: available methods": methods.collect::<Map<_, _>>(),
    })
    .into()
}
