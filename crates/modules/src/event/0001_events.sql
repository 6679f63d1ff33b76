-- Who hears of what: handlers of apps, and outgoing webhooks, which belong to no app.
create table event_handlers (
    id {id},
    app_id bigint references apps (id),
    event {text} not null,
    -- Where it is told; empty for handlers that ask by themselves.
    url {text} not null,
    -- On whose behalf; 0 is whoever caused the event.
    user_id bigint not null,
    offline bigint not null,
    -- Of an offline handler: changes that name this key are the subscriber's own.
    connector {text} not null,
    options {text} not null,
    -- Of an outgoing webhook: what it is for, and what its calls are recognized by. The latter is sent with each of
    -- them, so it cannot be kept as a hash.
    title {text} not null,
    token {text} not null,
    -- When it was last told, or will be, that there is something in its queue.
    notified_at bigint not null,
    created_by bigint,
    created_at bigint not null
);
create index event_handlers_event on event_handlers (event);
create index event_handlers_app_id on event_handlers (app_id);

-- What has to be told, written in the transaction of the change. What has arrived is deleted.
create table event_deliveries (
    id {id},
    -- 0 is the address that an app is installed at.
    handler_id bigint not null,
    app_id bigint,
    url {text} not null,
    token {text} not null,
    -- An app, or no app, at one address. Whatever it hears of one object, by however many handlers, arrives in order.
    subscriber {text} not null,
    event {text} not null,
    -- What it is about, such as user:5.
    object {text} not null,
    data {text} not null,
    user_id bigint,
    happened_at bigint not null,
    attempts bigint not null,
    -- When it is tried next. A try that is under way has put this off, so that no one else tries meanwhile and someone
    -- does if it never ends. Null once it was given up.
    due_at bigint,
    failed_at bigint,
    problem {text}
);
create index event_deliveries_due_at on event_deliveries (due_at);
create index event_deliveries_subscriber on event_deliveries (subscriber, object, id);
create index event_deliveries_handler_id on event_deliveries (handler_id);
create index event_deliveries_app_id on event_deliveries (app_id);

-- What offline handlers ask for: the last state of each object.
create table event_queue (
    id {id},
    app_id bigint not null references apps (id),
    connector {text},
    event {text} not null,
    object {text} not null,
    data {text} not null,
    changed_at bigint not null,
    -- Whoever took it to work on it, when, and whether that went wrong.
    process_id {text},
    taken_at bigint,
    failed bigint not null
);
create index event_queue_app_id on event_queue (app_id, connector, event, object);
create index event_queue_taken_at on event_queue (taken_at);
