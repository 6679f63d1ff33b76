-- A second factor: codes of an authenticator app. They are made from the secret, so it cannot be kept as a hash.
create table second_factors (
    user_id bigint primary key references users (id),
    secret {text} not null,
    -- Null until the first code has shown that the app has the secret.
    confirmed_at bigint,
    -- The time step of the last code that was used: none is good twice.
    last_step bigint not null
);

-- What opens the account without the app, once each.
create table recovery_codes (
    code_hash {text} primary key,
    user_id bigint not null references users (id)
){clustered};
create index recovery_codes_user_id on recovery_codes (user_id);

-- Whoever has given the right password and not yet the code.
create table half_sign_ins (
    token_hash {text} primary key,
    user_id bigint not null references users (id),
    expires_at bigint not null
){clustered};
create index half_sign_ins_expires_at on half_sign_ins (expires_at);
create index half_sign_ins_user_id on half_sign_ins (user_id);
