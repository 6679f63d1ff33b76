-- Mails to people, written in the transaction of what they tell of. Links are made when a mail is sent, not before: their
-- secrets are in the mail and nowhere else.
create table mails (
    id {id},
    kind {text} not null,
    user_id bigint not null references users (id),
    recipient {text} not null,
    language {text} not null,
    -- Who wrote it, where someone did.
    sender_id bigint,
    created_at bigint not null,
    sent_at bigint
);
create index mails_user_id on mails (user_id, kind);
create index mails_created_at on mails (created_at);

-- Links that open something once, by the hashes of their secrets.
create table links (
    token_hash {text} primary key,
    kind {text} not null,
    user_id bigint not null references users (id),
    expires_at bigint not null
){clustered};
create index links_user_id on links (user_id, kind);
create index links_expires_at on links (expires_at);
