create table webhooks (
    id {id},
    user_id bigint not null references users (id),
    secret_hash {text} not null,
    title {text} not null,
    scopes {text} not null,
    created_at bigint not null,
    expires_at bigint,
    revoked_at bigint,
    last_used_at bigint
);
create index webhooks_secret_hash on webhooks (secret_hash);
create index webhooks_user_id on webhooks (user_id);
