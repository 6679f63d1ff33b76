-- Who changed what, from where and by what: one row for each change, written in its transaction. Rows are never changed, and
-- deleted only when they are older than the administrators of this Muster want to keep them.
create table audit (
    id {id},
    happened_at bigint not null,
    -- Who did it; null where that is not known, as with commands and with passwords that were wrong.
    user_id bigint references users (id),
    -- By which door: page, command, or a webhook or an app with its ID.
    via {text} not null,
    -- The name of a method, or the code of something that no method does.
    action {text} not null,
    action_key {text} not null,
    -- The kind of object, and its ID or name.
    object {text} not null,
    item {text} not null,
    item_key {text} not null,
    -- The names of the fields that were set, separated by commas. Never their values.
    names {text} not null,
    is_security bigint not null,
    address {text} not null,
    agent {text} not null,
    -- What was asked for, without any secret.
    request {text} not null
);
create index audit_user on audit (user_id, id);
create index audit_action on audit (action_key, id);
create index audit_object on audit (object, item_key, id);
create index audit_happened_at on audit (happened_at);
