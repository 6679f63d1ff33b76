-- What calls to the app are recognized by. It is sent with each of them, so it cannot be kept as a hash.
alter table apps add column application_token {text};
update apps set application_token = substr(secret_hash, 1, 32);
alter table apps add column version bigint not null default 1;
-- Whoever installed it: the app is given tokens of theirs.
alter table apps add column installed_by bigint;

-- What an app keeps here: for everyone (the person 0) or for one person.
create table app_options (
    app_id bigint not null references apps (id),
    user_id bigint not null,
    name {text} not null,
    value {text} not null,
    primary key (app_id, user_id, name)
){clustered};
