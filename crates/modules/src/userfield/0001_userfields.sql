create table custom_fields (
    id {id},
    entity {text} not null,
    name {text} not null,
    kind {text} not null,
    xml_id {text},
    sort bigint not null,
    many bigint not null,
    mandatory bigint not null,
    show_filter {text} not null,
    show_in_list bigint not null,
    edit_in_list bigint not null,
    is_searchable bigint not null,
    settings {text} not null,
    labels {text} not null
);

-- Whose a name is. The key makes it unique within its entity.
create table custom_field_names (
    entity {text} not null,
    name {text} not null,
    field_id bigint not null references custom_fields (id),
    primary key (entity, name)
){clustered};

create table custom_options (
    id {id},
    field_id bigint not null references custom_fields (id),
    value {text} not null,
    sort bigint not null,
    is_default bigint not null,
    xml_id {text} not null
);
create index custom_options_field_id on custom_options (field_id);

create table custom_values (
    field_id bigint not null references custom_fields (id),
    record_id bigint not null,
    position bigint not null,
    int_value bigint,
    real_value double precision,
    text_value {text},
    -- The beginning of the text, folded: what an index may hold of it.
    text_key {text},
    primary key (field_id, record_id, position)
){clustered};
create index custom_values_int on custom_values (field_id, int_value, record_id);
create index custom_values_real on custom_values (field_id, real_value, record_id);
create index custom_values_text on custom_values (field_id, text_key, record_id);
