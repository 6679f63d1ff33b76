-- The rights of which administrators have said who has them. Those of which they have not are as Muster has them.
create table rights (
    name {text} primary key
);

-- Access codes of those who have a right, beside administrators.
create table right_codes (
    name {text} not null references rights (name) on delete cascade,
    code {text} not null,
    primary key (name, code)
);
create index right_codes_code on right_codes (code);

-- Fields that people may change of themselves, or not, otherwise than Muster has it.
create table own_fields (
    field {text} primary key,
    own bigint not null
);
