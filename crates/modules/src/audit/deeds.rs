//! What can be done and is no method of REST. The audit log tells of it by these codes.

use muster_core::audit::{Deed, deed};

/// Someone signed in. The code is the documented one.
pub static SIGN_IN: Deed = deed("USER_AUTHORIZE", "user").by_itself();
/// A password, a code or a passkey was wrong. What was typed is not kept: people type passwords into the wrong field.
pub static SIGN_IN_FAILED: Deed = deed("USER_LOGIN_FAILED", "user");
/// Someone signed out.
pub static SIGN_OUT: Deed = deed("USER_LOGOUT", "user");
/// Someone ended another session of theirs.
pub static SESSION_END: Deed = deed("SESSION_END", "session");
/// Someone ended all other sessions of theirs.
pub static SESSIONS_END: Deed = deed("SESSIONS_END", "user");
/// Someone changed their password.
pub static PASSWORD_CHANGE: Deed = deed("PASSWORD_CHANGE", "user");
/// Someone asked for a mail by which a new password can be set.
pub static PASSWORD_FORGOT: Deed = deed("PASSWORD_FORGOT", "user");
/// Someone set a new password by such a mail.
pub static PASSWORD_RESET: Deed = deed("PASSWORD_RESET", "user").by_itself();
/// Someone began to set a second factor up.
pub static SECOND_FACTOR_BEGIN: Deed = deed("SECOND_FACTOR_BEGIN", "user");
/// Someone set a second factor up.
pub static SECOND_FACTOR_ADD: Deed = deed("SECOND_FACTOR_ADD", "user");
/// Someone does without a second factor from now on.
pub static SECOND_FACTOR_END: Deed = deed("SECOND_FACTOR_END", "user");
/// Someone has new recovery codes.
pub static RECOVERY_CODES: Deed = deed("RECOVERY_CODES", "user");
/// Someone added a passkey.
pub static PASSKEY_ADD: Deed = deed("PASSKEY_ADD", "user");
/// Someone removed a passkey.
pub static PASSKEY_END: Deed = deed("PASSKEY_END", "user");
/// Someone accepted an invitation.
pub static REGISTER: Deed = deed("USER_REGISTER", "user").by_itself();
/// Someone chose their language or theme.
pub static PREFERENCES: Deed = deed("PREFERENCES_SET", "user");
/// Someone was added by a command.
pub static USER_ADD: Deed = deed("USER_ADD", "user");
/// An incoming webhook was made.
pub static WEBHOOK_ADD: Deed = deed("WEBHOOK_ADD", "webhook");
/// An incoming webhook was revoked.
pub static WEBHOOK_REVOKE: Deed = deed("WEBHOOK_REVOKE", "webhook");
/// An app was registered.
pub static APP_ADD: Deed = deed("APP_ADD", "app");
/// An app was registered anew.
pub static APP_UPDATE: Deed = deed("APP_UPDATE", "app");
/// The installation of an app was finished.
pub static APP_INSTALL: Deed = deed("APP_INSTALL", "app");
/// An app was removed.
pub static APP_REMOVE: Deed = deed("APP_REMOVE", "app");
/// Someone let an app act for them.
pub static APP_ALLOW: Deed = deed("APP_ALLOW", "app");
/// An app exchanged a code for its first tokens of a sign-in. That it renews them later is no one's decision.
pub static APP_TOKEN: Deed = deed("APP_TOKEN", "app");
/// A code or refresh token came a second time, so everything that came of that sign-in was ended.
pub static APP_TOKEN_REUSED: Deed = deed("APP_TOKEN_REUSED", "app");
/// A call at REST showed a webhook's secret or a token that is no one's.
pub static CALL_UNKNOWN: Deed = deed("CALL_UNKNOWN", "database");
/// An outgoing webhook was made.
pub static OUTGOING_ADD: Deed = deed("OUTGOING_ADD", "outgoing");
/// An outgoing webhook was removed.
pub static OUTGOING_REMOVE: Deed = deed("OUTGOING_REMOVE", "outgoing");
/// Events that had been given up were sent again.
pub static EVENTS_RESEND: Deed = deed("EVENTS_RESEND", "event");
/// People were saved as a file.
pub static EXPORT: Deed = deed("PEOPLE_EXPORT", "user");
/// Administrators have said who has a right.
pub static RIGHT_SET: Deed = deed("RIGHT_SET", "right");
/// Administrators have said which fields people may change of themselves.
pub static OWN_FIELDS_SET: Deed = deed("OWN_FIELDS_SET", "right");
/// The database was copied to a file by a command.
pub static BACKUP: Deed = deed("BACKUP", "database");
/// An empty database was filled with a made-up company.
pub static SEED: Deed = deed("SEED", "database");

/// All of them.
pub static DEEDS: &[&Deed] = &[
    &SIGN_IN,
    &SIGN_IN_FAILED,
    &SIGN_OUT,
    &SESSION_END,
    &SESSIONS_END,
    &PASSWORD_CHANGE,
    &PASSWORD_FORGOT,
    &PASSWORD_RESET,
    &SECOND_FACTOR_BEGIN,
    &SECOND_FACTOR_ADD,
    &SECOND_FACTOR_END,
    &RECOVERY_CODES,
    &PASSKEY_ADD,
    &PASSKEY_END,
    &REGISTER,
    &PREFERENCES,
    &USER_ADD,
    &WEBHOOK_ADD,
    &WEBHOOK_REVOKE,
    &APP_ADD,
    &APP_UPDATE,
    &APP_INSTALL,
    &APP_REMOVE,
    &APP_ALLOW,
    &APP_TOKEN,
    &APP_TOKEN_REUSED,
    &CALL_UNKNOWN,
    &OUTGOING_ADD,
    &OUTGOING_REMOVE,
    &EVENTS_RESEND,
    &EXPORT,
    &RIGHT_SET,
    &OWN_FIELDS_SET,
    &BACKUP,
    &SEED,
];
