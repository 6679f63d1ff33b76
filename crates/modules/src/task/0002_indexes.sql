-- Lists of what is due are counted without looking at each task, and parts of titles are looked for in the titles alone.
drop index tasks_deadline;
create index tasks_deadline_status on tasks (deadline, status);
create index tasks_title_key on tasks (title_key);
