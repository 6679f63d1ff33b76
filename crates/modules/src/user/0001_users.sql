create table users (
    id {id},
    active bigint not null,
    admin bigint not null,
    user_type {text} not null,
    password_hash {text},
    -- When the person accepted the invitation; until then there is no one to dismiss, only an invitation to revoke.
    accepted_at bigint,
    registered_at bigint not null,
    changed_at bigint not null,
    xml_id {text},
    name {text},
    name_key {text},
    last_name {text},
    last_name_key {text},
    second_name {text},
    second_name_key {text},
    title {text},
    email {text} not null,
    email_key {text},
    time_zone {text},
    personal_gender {text},
    personal_profession {text},
    personal_www {text},
    personal_birthday {text},
    personal_photo {text},
    personal_icq {text},
    personal_phone {text},
    personal_fax {text},
    personal_mobile {text},
    personal_pager {text},
    personal_street {text},
    personal_city {text},
    personal_state {text},
    personal_zip {text},
    personal_country {text},
    personal_mailbox {text},
    personal_notes {text},
    work_phone {text},
    work_company {text},
    work_position {text},
    work_position_key {text},
    work_department {text},
    work_www {text},
    work_fax {text},
    work_pager {text},
    work_street {text},
    work_mailbox {text},
    work_city {text},
    work_state {text},
    work_zip {text},
    work_country {text},
    work_profile {text},
    work_logo {text},
    work_notes {text},
    uf_skype_link {text},
    uf_zoom {text},
    uf_employment_date {text},
    uf_timeman {text},
    uf_interests {text},
    uf_skills {text},
    uf_web_sites {text},
    uf_xing {text},
    uf_linkedin {text},
    uf_facebook {text},
    uf_twitter {text},
    uf_skype {text},
    uf_district {text},
    uf_phone_inner {text}
);
create index users_name_key on users (name_key);
create index users_last_name_key on users (last_name_key);
create index users_email_key on users (email_key);
create index users_work_position_key on users (work_position_key);
create index users_xml_id on users (xml_id);

-- Who has an e-mail address. The key makes it unique, whatever its case and however many nodes write.
create table user_emails (
    email_key {text} primary key,
    user_id bigint not null references users (id)
){clustered};

-- What changes with every call is kept apart from the wide row.
create table user_activity (
    user_id bigint primary key references users (id),
    last_activity_at bigint not null,
    last_login_at bigint not null
);
create index user_activity_last_activity_at on user_activity (last_activity_at);

-- The words that people are found by, folded.
create table user_words (
    word {text} not null,
    field bigint not null,
    user_id bigint not null references users (id),
    primary key (word, field, user_id)
){clustered};
create index user_words_user_id on user_words (user_id);
