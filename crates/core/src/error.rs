//! Errors: what the client is told and what the log is told are two fields.

use muster_db::DbError;
use std::borrow::Cow;

/// A kind of failure that clients can tell apart. Part of the API.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The `error` of the answer.
    pub name: &'static str,
    /// The HTTP status that goes with it.
    pub status: u16,
    /// What is said when nothing more exact is known.
    pub text: &'static str,
}

/// Declares an error code.
pub const fn code(name: &'static str, status: u16, text: &'static str) -> Code {
    Code { name, status, text }
}

/// Something broke here; the log knows what.
pub static INTERNAL: Code = code("INTERNAL_SERVER_ERROR", 500, "Internal server error");
/// There is too much to do: the database gave no connection in time, or a call took longer than it may.
pub static OVERLOAD: Code = code("OVERLOAD_LIMIT", 503, "REST API is blocked due to overload");
/// A parameter is missing or cannot be read.
pub static ARGUMENT: Code = code("ERROR_ARGUMENT", 400, "A parameter is missing or has a wrong value");
/// A rule of the object forbids the change.
pub static CORE: Code = code("ERROR_CORE", 400, "The change is not possible");
/// No method has this name.
pub static METHOD_NOT_FOUND: Code = code("ERROR_METHOD_NOT_FOUND", 404, "Method not found!");
/// Nobody could be made out from the request.
pub static NO_AUTH: Code = code("NO_AUTH_FOUND", 401, "Wrong authorization data");
/// The person behind the webhook or token may not work here any more.
///
/// The documentation prints 403; the official client's own suite demands 401, and clients decide.
pub static INVALID_CREDENTIALS: Code = code("INVALID_CREDENTIALS", 401, "Invalid request credentials");
/// The webhook or token does not hold the method's scope. 401 for the same reason as `INVALID_CREDENTIALS`.
pub static INSUFFICIENT_SCOPE: Code =
    code("insufficient_scope", 401, "The request requires higher privileges than provided by the webhook token");
/// The access token is past its time.
pub static EXPIRED_TOKEN: Code = code("expired_token", 401, "The access token provided has expired");
/// The caller's role does not allow it.
pub static ACCESS_DENIED: Code = code("ACCESS_DENIED", 403, "Access denied!");
/// The method is for apps, and the caller is none.
pub static WRONG_AUTH_TYPE: Code = code("WRONG_AUTH_TYPE", 403, "Current authorization type is denied for this method");
/// The app is not for this person.
pub static USER_ACCESS: Code = code("user_access_error", 403, "The user does not have access to the application");
/// The request itself is malformed.
pub static INVALID_REQUEST: Code = code("INVALID_REQUEST", 400, "The request cannot be read");
/// The request's body is larger than the configured limit.
pub static TOO_LARGE: Code = code("REQUEST_TOO_LARGE", 413, "The request body is too large");
/// The leaky bucket is full.
pub static QUERY_LIMIT: Code = code("QUERY_LIMIT_EXCEEDED", 503, "Too many requests");
/// The method has used up its working time of the last ten minutes.
pub static OPERATION_LIMIT: Code = code("OPERATION_TIME_LIMIT", 429, "Method is blocked due to operation time limit.");
/// The method cannot stand in a batch.
pub static BATCH_NOT_ALLOWED: Code =
    code("ERROR_BATCH_METHOD_NOT_ALLOWED", 405, "Method is not allowed for batch usage");
/// More commands than a batch takes.
pub static BATCH_LENGTH: Code = code("ERROR_BATCH_LENGTH_EXCEEDED", 400, "Max batch length exceeded");

/// The codes that any method can answer with, for the documentation and the tests.
pub static SYSTEM: &[&Code] = &[
    &INTERNAL,
    &OVERLOAD,
    &ARGUMENT,
    &CORE,
    &METHOD_NOT_FOUND,
    &NO_AUTH,
    &INVALID_CREDENTIALS,
    &INSUFFICIENT_SCOPE,
    &EXPIRED_TOKEN,
    &ACCESS_DENIED,
    &WRONG_AUTH_TYPE,
    &USER_ACCESS,
    &INVALID_REQUEST,
    &TOO_LARGE,
    &QUERY_LIMIT,
    &OPERATION_LIMIT,
    &BATCH_NOT_ALLOWED,
    &BATCH_LENGTH,
];

/// Why a call failed: what the client is told, and what the log is told.
#[derive(Debug)]
pub struct Error {
    /// The kind of failure.
    pub code: &'static Code,
    /// The words for the client.
    pub said: Cow<'static, str>,
    /// The parameter at fault, where one can be named.
    pub argument: Option<Cow<'static, str>>,
    /// The words for the log, never for the client.
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
    retryable: bool,
}

/// What most functions here return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Code {
    /// An error of this kind in the code's own words.
    pub fn error(&'static self) -> Error {
        self.say(self.text)
    }

    /// An error of this kind in other words.
    pub fn say(&'static self, said: impl Into<Cow<'static, str>>) -> Error {
        Error { code: self, said: said.into(), argument: None, cause: None, retryable: false }
    }
}

impl Error {
    /// Names the parameter at fault.
    #[must_use]
    pub fn about(mut self, argument: impl Into<Cow<'static, str>>) -> Error {
        self.argument = Some(argument.into());
        self
    }

    /// Adds what only the log may know.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        self.cause = Some(cause.into());
        self
    }
}

impl From<DbError> for Error {
    fn from(err: DbError) -> Self {
        let code = if err.is_overload() { &OVERLOAD } else { &INTERNAL };
        let retryable = err.is_retryable();
        Error { retryable, ..code.error().because(err) }
    }
}

impl muster_db::Retry for Error {
    fn is_retryable(&self) -> bool {
        self.retryable
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.name, self.said)
    }
}

impl std::error::Error for Error {}

/// Turns a unique value that is already taken into the error that the client should see.
pub trait OnTaken<T> {
    /// `error` is made only if it is needed.
    fn on_taken(self, error: impl FnOnce() -> Error) -> Result<T>;
}

impl<T> OnTaken<T> for std::result::Result<T, DbError> {
    fn on_taken(self, error: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(|err| if err.is_unique_violation() { error() } else { err.into() })
    }
}
