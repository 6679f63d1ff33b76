//! What errors are called in REST 3.0.

use crate::{
    Code, Error, Method,
    call::Right,
    error::{ACCESS_DENIED, ARGUMENT, CORE, INSUFFICIENT_SCOPE, INVALID_REQUEST, SYSTEM, code},
    method::Access,
};

/// The same `Idempotency-Key` came with another body.
pub static KEY_REUSED: Code = code(
    "BITRIX_REST_V3_EXCEPTION_IDEMPOTENCYKEYREUSEDEXCEPTION",
    422,
    "The Idempotency-Key was already used with a different request body",
);
/// The `Idempotency-Key` is no key.
pub static KEY_INVALID: Code = code(
    "BITRIX_REST_V3_EXCEPTION_INVALIDIDEMPOTENCYKEYEXCEPTION",
    400,
    "The Idempotency-Key must be 1 to 255 printable ASCII characters",
);
/// The body is not JSON.
pub static INVALID_JSON: Code =
    code("BITRIX_REST_V3_EXCEPTION_INVALIDJSONEXCEPTION", 400, "The request body is not valid JSON");
/// The body of a batch is no list of calls.
pub static INVALID_SELECT: Code = code(
    "BITRIX_REST_V3_EXCEPTION_INVALIDSELECTEXCEPTION",
    400,
    "A batch is a JSON array of objects with the members method and query",
);
/// A parameter is missing or cannot be read.
pub static VALIDATION: Code =
    code("BITRIX_REST_V3_EXCEPTION_VALIDATION_REQUESTVALIDATIONEXCEPTION", 400, "Error validating request object");
/// A field is named that the object does not have.
pub static UNKNOWN_FIELD: Code = code("BITRIX_REST_V3_EXCEPTION_UNKNOWNDTOPROPERTYEXCEPTION", 400, "Unknown field");
/// A condition has an operator that there is not.
pub static UNKNOWN_OPERATOR: Code =
    code("BITRIX_REST_V3_EXCEPTION_UNKNOWNFILTEROPERATOREXCEPTION", 400, "Unknown operator");
/// There is no object with this ID.
pub static NOT_FOUND: Code = code("BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION", 400, "Record not found");
/// Nothing can be sorted in this way.
pub static INVALID_ORDER: Code =
    code("BITRIX_REST_V3_EXCEPTION_INVALIDORDEREXCEPTION", 400, "Unable to recognize the sorting parameter");
/// There is no such page.
pub static INVALID_PAGINATION: Code =
    code("BITRIX_REST_V3_EXCEPTION_INVALIDPAGINATIONEXCEPTION", 400, "Unable to recognize the pagination parameter");
/// The caller's role does not allow it.
pub static DENIED: Code = code("BITRIX_REST_V3_EXCEPTION_ACCESSDENIEDEXCEPTION", 403, "Access denied");
/// The webhook or token does not hold the method's scope.
pub static SCOPE: Code = code("BITRIX_REST_V3_EXCEPTION_INSUFFICIENTSCOPEEXCEPTION", 403, "Insufficient scope");

/// The code that stands for an error. What has none of its own in REST 3.0 keeps its name.
pub fn translate(err: &Error) -> &'static Code {
    if err.code == &CORE && err.said.to_ascii_lowercase().contains("denied") { &DENIED } else { of(err.code) }
}

fn of(code: &'static Code) -> &'static Code {
    if code == &INSUFFICIENT_SCOPE {
        &SCOPE
    } else if code == &ACCESS_DENIED {
        &DENIED
    } else if code == &ARGUMENT || code == &INVALID_REQUEST {
        &VALIDATION
    } else {
        code
    }
}

/// The codes that a method can answer with, each once.
pub fn possible(method: &Method) -> Vec<&'static Code> {
    let mut codes: Vec<&'static Code> = vec![&INVALID_JSON];
    codes.extend(SYSTEM.iter().chain(method.errors).map(|it| of(it)));
    if method.right != Right::Anyone {
        codes.push(&DENIED);
    }
    if method.access == Access::Write {
        codes.extend([&KEY_REUSED, &KEY_INVALID]);
    }
    codes.sort_by_key(|it| (it.status, it.name));
    codes.dedup();
    codes
}
