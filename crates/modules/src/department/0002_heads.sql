-- Who heads what is asked with every list that shows the heads more than others.
create index departments_head_id on departments (head_id);
