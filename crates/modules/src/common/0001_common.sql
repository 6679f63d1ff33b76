-- Messages that leave the house, written in the transaction of the change they tell of.
create table outbox (
    id {id},
    kind {text} not null,
    object_id bigint not null,
    payload {text} not null,
    created_at bigint not null
);

-- Answers that are given again when a REST 3.0 call is repeated with the same Idempotency-Key.
create table idempotency (
    caller {text} not null,
    method {text} not null,
    given_key {text} not null,
    body_hash {text} not null,
    answer {text} not null,
    created_at bigint not null,
    primary key (caller, method, given_key)
);
create index idempotency_created_at on idempotency (created_at);

-- Facts about this installation, such as its identity.
create table facts (
    name {text} primary key,
    value {text} not null
){clustered};
