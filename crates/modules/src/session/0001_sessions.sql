-- Who is signed in with which browser. The secret is in a cookie; here is its hash.
create table sessions (
    id {id},
    user_id bigint not null references users (id),
    secret_hash {text} not null,
    created_at bigint not null,
    seen_at bigint not null,
    -- Whence and with what it was begun, so that people recognize their own.
    address {text} not null,
    agent {text} not null
);
create index sessions_secret_hash on sessions (secret_hash);
create index sessions_user_id on sessions (user_id);
create index sessions_seen_at on sessions (seen_at);

-- How a person wants to see Muster. What is null is as the browser has it.
create table preferences (
    user_id bigint primary key references users (id),
    language {text},
    theme {text}
);
