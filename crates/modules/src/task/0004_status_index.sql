-- Tasks of one status with a deadline in some time are found without looking at those of other statuses.
create index tasks_status_deadline on tasks (status, deadline);
