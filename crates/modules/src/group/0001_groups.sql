create table workgroup_subjects (
    id {id},
    name {text} not null
);
insert into workgroup_subjects (name) values ('Workgroups');

create table workgroups (
    id {id},
    name {text} not null,
    name_key {text} not null,
    description {text},
    keywords {text},
    image {text},
    subject_id bigint not null references workgroup_subjects (id),
    active bigint not null,
    visible bigint not null,
    opened bigint not null,
    closed bigint not null,
    -- Whether someone from outside the company is or was a member. A group never becomes internal again by itself.
    external bigint not null,
    project bigint not null,
    project_starts_at bigint,
    project_finishes_at bigint,
    -- Whose Scrum this is; null for everything else.
    scrum_master_id bigint references users (id),
    initiate_perms {text} not null,
    created_at bigint not null,
    changed_at bigint not null,
    active_at bigint not null
);
create index workgroups_name_key on workgroups (name_key);

-- Who belongs to a group (A owns it, E moderates it, K is a member), and who is about to (Z).
create table workgroup_members (
    group_id bigint not null references workgroups (id),
    user_id bigint not null references users (id),
    role {text} not null,
    -- Who began it: the person (U) or the group (G).
    initiated_by {text} not null,
    since bigint not null,
    primary key (group_id, user_id)
){clustered};
create index workgroup_members_user_id on workgroup_members (user_id, group_id);
create unique index workgroup_members_owner on workgroup_members (group_id) where role = 'A';
