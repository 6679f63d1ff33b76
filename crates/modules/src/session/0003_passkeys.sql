-- Passkeys: public keys, of which only the devices of their owners have the other half.
create table passkeys (
    credential_id {text} primary key,
    user_id bigint not null references users (id),
    name {text} not null,
    -- The public key with its counter, as the library keeps it.
    data {text} not null,
    created_at bigint not null,
    used_at bigint
){clustered};
create index passkeys_user_id on passkeys (user_id);

-- What was asked of a browser and is not answered yet. It never leaves the house.
create table ceremonies (
    token_hash {text} primary key,
    -- Who registers; 0 for someone who signs in.
    user_id bigint not null,
    state {text} not null,
    expires_at bigint not null
){clustered};
create index ceremonies_expires_at on ceremonies (expires_at);
