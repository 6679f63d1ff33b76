-- Which tasks were written or deleted, in the order of writing, for the index in each process to follow. Only the last
-- ones are kept.
create table task_changes (
    id {id},
    -- A task; 0 is not used, -1 where very many were written, less where a workgroup was deleted.
    record_id bigint not null
);
