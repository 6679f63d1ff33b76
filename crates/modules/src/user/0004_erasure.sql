-- When what was stored about the person was erased at their request. The row stays, since others refer to its ID.
alter table users add column erased_at bigint;
