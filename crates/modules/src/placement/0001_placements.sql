-- Widgets: what apps put where in the pages of Muster.
create table placements (
    id {id},
    app_id bigint not null references apps (id),
    placement {text} not null,
    -- For whom; 0 is everyone.
    user_id bigint not null,
    handler {text} not null,
    title {text} not null,
    description {text} not null,
    group_name {text} not null,
    -- JSON: the three texts by language, and what the place needs to know.
    lang_all {text} not null,
    options {text} not null,
    created_at bigint not null
);
create index placements_app_id on placements (app_id);
create index placements_placement on placements (placement);
