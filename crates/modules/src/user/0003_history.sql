-- What was changed of a person and by whom, written in the transaction of the change.
create table user_history (
    id {id},
    user_id bigint not null references users (id),
    by_user_id bigint not null references users (id),
    -- By which door: page, or a webhook or an app with its ID.
    via {text} not null,
    happened_at bigint not null,
    -- update, dismiss or restore
    what {text} not null,
    -- JSON: the fields with their old and new values, or what was handed over to whom.
    details {text} not null
);
create index user_history_user_id on user_history (user_id, id);
