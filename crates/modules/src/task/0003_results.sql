-- Comments that say what came of a task. Once the task was completed, its results are closed and stay so.
create table task_results (
    id {id},
    task_id bigint not null references tasks (id) on delete cascade,
    comment_id bigint not null references task_comments (id) on delete cascade,
    creator_id bigint not null references users (id),
    created_at bigint not null,
    -- When it was made or its text was changed.
    changed_at bigint not null,
    closed bigint not null
);
create index task_results_task_id on task_results (task_id);
create index task_results_comment_id on task_results (comment_id);
create index task_results_creator_id on task_results (creator_id);
