-- Whether people may register by themselves, and by which link: one row, once an administrator has opened it. The link is an
-- address to be passed on and no one's key, so it is kept as it is.
create table registration_settings (
    id bigint primary key,
    is_open bigint not null,
    secret {text} not null,
    -- The mail domains that people may have, with spaces between them; any if there are none.
    domains {text} not null
);

-- Those who have registered and are no people here yet: an administrator confirms or refuses each. Nothing else in the
-- database refers to them, so nothing else can show them.
create table registrations (
    id {id},
    email {text} not null,
    email_key {text} not null,
    name {text} not null,
    last_name {text} not null,
    language {text} not null,
    -- asked: the address is not proven; waiting: it is, and there is a password; refused: to be told, and then forgotten.
    state {text} not null,
    token_hash {text},
    expires_at bigint not null,
    password_hash {text},
    changed_at bigint not null
);
create unique index registrations_email_key on registrations (email_key);
create index registrations_token_hash on registrations (token_hash);
create index registrations_state on registrations (state, changed_at);
