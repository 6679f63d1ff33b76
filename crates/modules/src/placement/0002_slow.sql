-- How often a background worker took too long to load: on which day, as whom it was opened.
create table placement_slow (
    placement_id bigint not null references placements (id) on delete cascade,
    day bigint not null,
    user_id bigint not null,
    times bigint not null,
    primary key (placement_id, day, user_id)
){clustered};
