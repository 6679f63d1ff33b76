create table apps (
    id {id},
    name {text} not null,
    client_id {text} not null,
    secret_hash {text} not null,
    scopes {text} not null,
    -- Where people are sent back to with a code, and nowhere else.
    handler_url {text} not null,
    install_url {text},
    has_ui bigint not null,
    installed bigint not null,
    -- Access codes of those who may use it, separated by commas; empty means everyone.
    allowed {text} not null,
    created_at bigint not null
);
create index apps_client_id on apps (client_id);

-- Codes, access tokens and refresh tokens, by their hashes.
create table app_tokens (
    token_hash {text} primary key,
    kind {text} not null,
    -- All that came of one sign-in: the hash of its code. Whatever is replayed ends all of it.
    family {text} not null,
    app_id bigint not null references apps (id),
    user_id bigint not null references users (id),
    -- Of a code: the hash that the app's verifier must have (PKCE).
    challenge {text},
    expires_at bigint not null,
    used_at bigint
){clustered};
create index app_tokens_family on app_tokens (family);
create index app_tokens_app_id on app_tokens (app_id);
create index app_tokens_user_id on app_tokens (user_id);
create index app_tokens_expires_at on app_tokens (expires_at);
