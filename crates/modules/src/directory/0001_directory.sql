-- Which columns of the directory someone wants to see, in their order: a JSON array of names of fields.
create table directory_columns (
    user_id bigint primary key references users (id),
    columns {text} not null
);

-- Files of people that someone is about to import, or has imported.
create table imports (
    id {id},
    user_id bigint not null references users (id),
    file_name {text} not null,
    -- The file as text. It holds people, so it goes as soon as they are in the directory.
    content {text} not null,
    -- JSON: which column is which field, and what else was chosen.
    choices {text} not null,
    -- new, checking, checked, running, done or failed
    state {text} not null,
    -- Counts the attempts, so that none that was given up can still commit.
    attempt bigint not null,
    -- JSON: what the last attempt came to.
    report {text} not null,
    created_at bigint not null,
    changed_at bigint not null
);
create index imports_user_id on imports (user_id);
create index imports_created_at on imports (created_at);
