-- Whoever gets an address gives up the one they had, which is looked for by the person.
create index user_emails_user_id on user_emails (user_id);
