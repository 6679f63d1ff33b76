create table departments (
    id {id},
    name {text} not null,
    name_key {text} not null,
    sort bigint not null,
    parent_id bigint references departments (id),
    head_id bigint references users (id),
    changed_at bigint not null
);
create index departments_parent_id on departments (parent_id);

create table department_words (
    word {text} not null,
    department_id bigint not null references departments (id),
    primary key (word, department_id)
){clustered};
create index department_words_department_id on department_words (department_id);

create table user_departments (
    user_id bigint not null references users (id),
    department_id bigint not null references departments (id),
    position bigint not null,
    primary key (user_id, department_id)
){clustered};
create index user_departments_department_id on user_departments (department_id, user_id);

-- Every company has a root; everything else hangs below it.
insert into departments (name, name_key, sort, changed_at) values ('Company', 'company', 500, 0);
insert into department_words (word, department_id) select 'company', id from departments;
