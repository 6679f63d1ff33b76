-- The columns of a board: of a workgroup's Kanban, or of a person's own plan.
create table task_stages (
    id {id},
    group_id bigint references workgroups (id) on delete cascade,
    user_id bigint references users (id),
    title {text} not null,
    sort bigint not null,
    color {text} not null,
    -- NEW is where tasks are that were put nowhere; it cannot be deleted.
    system_type {text}
);
create index task_stages_group_id on task_stages (group_id);
create index task_stages_user_id on task_stages (user_id);

create table tasks (
    id {id},
    title {text} not null,
    title_key {text} not null,
    description {text},
    mark {text},
    priority bigint not null,
    status bigint not null,
    creator_id bigint not null references users (id),
    responsible_id bigint not null references users (id),
    parent_id bigint references tasks (id) on delete set null,
    group_id bigint references workgroups (id) on delete set null,
    stage_id bigint references task_stages (id) on delete set null,
    -- The place within a stage.
    sorting double precision,
    created_at bigint not null,
    changed_at bigint not null,
    changed_by bigint not null references users (id),
    status_changed_at bigint not null,
    status_changed_by bigint references users (id),
    closed_at bigint,
    closed_by bigint references users (id),
    active_at bigint not null,
    started_at bigint,
    deadline bigint,
    plan_starts_at bigint,
    plan_ends_at bigint,
    guid {text} not null,
    xml_id {text},
    allow_change_deadline bigint not null,
    allow_time_tracking bigint not null,
    task_control bigint not null,
    add_in_report bigint not null,
    match_work_time bigint not null,
    autocomplete bigint not null,
    time_estimate bigint not null,
    duration_plan bigint,
    duration_type {text} not null,
    -- How often it was written.
    version bigint not null
);
create index tasks_creator_id on tasks (creator_id, id);
create index tasks_responsible_id on tasks (responsible_id, id);
create index tasks_group_id on tasks (group_id, id);
create index tasks_parent_id on tasks (parent_id);
create index tasks_stage_id on tasks (stage_id);
create index tasks_deadline on tasks (deadline);
create index tasks_changed_at on tasks (changed_at);
create index tasks_changed_by on tasks (changed_by);
create index tasks_status_changed_by on tasks (status_changed_by);
create index tasks_closed_by on tasks (closed_by);

create table task_accomplices (
    task_id bigint not null references tasks (id) on delete cascade,
    user_id bigint not null references users (id),
    position bigint not null,
    primary key (task_id, user_id)
){clustered};
create index task_accomplices_user_id on task_accomplices (user_id, task_id);

create table task_auditors (
    task_id bigint not null references tasks (id) on delete cascade,
    user_id bigint not null references users (id),
    position bigint not null,
    primary key (task_id, user_id)
){clustered};
create index task_auditors_user_id on task_auditors (user_id, task_id);

create table task_tags (
    id {id},
    task_id bigint not null references tasks (id) on delete cascade,
    name {text} not null,
    position bigint not null
);
create index task_tags_task_id on task_tags (task_id);
create index task_tags_name on task_tags (name);

-- What of the CRM a task is about, by codes such as D_10.
create table task_crm_items (
    task_id bigint not null references tasks (id) on delete cascade,
    item {text} not null,
    position bigint not null,
    primary key (task_id, item)
){clustered};
create index task_crm_items_item on task_crm_items (item);

-- What a task is to one person.
create table task_marks (
    task_id bigint not null references tasks (id) on delete cascade,
    user_id bigint not null references users (id),
    favorite bigint not null,
    muted bigint not null,
    pinned bigint not null,
    viewed_at bigint,
    -- The stage of the person's own plan.
    stage_id bigint references task_stages (id) on delete set null,
    primary key (task_id, user_id)
){clustered};
create index task_marks_user_id on task_marks (user_id, task_id);
create index task_marks_stage_id on task_marks (stage_id);

create table task_links (
    from_id bigint not null references tasks (id) on delete cascade,
    to_id bigint not null references tasks (id) on delete cascade,
    -- 0 start-start, 1 start-finish, 2 finish-start, 3 finish-finish
    kind bigint not null,
    position bigint not null,
    primary key (from_id, to_id)
){clustered};
create index task_links_to_id on task_links (to_id);

create table task_history (
    id {id},
    task_id bigint not null references tasks (id) on delete cascade,
    user_id bigint not null references users (id),
    created_at bigint not null,
    field {text} not null,
    old_value {text},
    new_value {text}
);
create index task_history_task_id on task_history (task_id);

create table task_elapsed (
    id {id},
    task_id bigint not null references tasks (id) on delete cascade,
    user_id bigint not null references users (id),
    seconds bigint not null,
    comment_text {text},
    -- 2 was written by hand, 3 came from a timer.
    source bigint not null,
    created_at bigint not null,
    started_at bigint not null,
    stopped_at bigint not null
);
create index task_elapsed_task_id on task_elapsed (task_id);
create index task_elapsed_user_id on task_elapsed (user_id);

create table task_checklist (
    id {id},
    task_id bigint not null references tasks (id) on delete cascade,
    -- Null for a list itself, whose items are below it.
    parent_id bigint references task_checklist (id) on delete cascade,
    creator_id bigint not null references users (id),
    title {text} not null,
    sort_index bigint not null,
    complete bigint not null,
    important bigint not null,
    toggled_by bigint references users (id),
    toggled_at bigint
);
create index task_checklist_task_id on task_checklist (task_id);
create index task_checklist_parent_id on task_checklist (parent_id);
create index task_checklist_creator_id on task_checklist (creator_id);
create index task_checklist_toggled_by on task_checklist (toggled_by);

-- A participates, U watches.
create table task_checklist_members (
    item_id bigint not null references task_checklist (id) on delete cascade,
    user_id bigint not null references users (id),
    role {text} not null,
    position bigint not null,
    primary key (item_id, user_id)
){clustered};
create index task_checklist_members_user_id on task_checklist_members (user_id);

create table task_comments (
    id {id},
    task_id bigint not null references tasks (id) on delete cascade,
    author_id bigint not null references users (id),
    message {text} not null,
    posted_at bigint not null
);
create index task_comments_task_id on task_comments (task_id);
create index task_comments_author_id on task_comments (author_id);
