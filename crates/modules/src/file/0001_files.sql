create table files (
    file_key {text} primary key,
    name {text} not null,
    content_type {text} not null,
    created_at bigint not null
);

create table file_copies (
    file_key {text} not null references files (file_key),
    copy_name {text} not null,
    content {bytes} not null,
    primary key (file_key, copy_name)
);
