-- Who was written, in the order of writing, for the index in each process to follow. Only the last ones are kept.
create table user_changes (
    id {id},
    -- A person; 0 where departments were renamed, -1 where very many people were written.
    record_id bigint not null
);
