"""The OpenAPI document and the REST 3.0 door of a running Muster."""

import requests
from openapi_spec_validator import validate

from checks import check, equal, finish, hook, new_email, true

REUSED = "BITRIX_REST_V3_EXCEPTION_IDEMPOTENCYKEYREUSEDEXCEPTION"
INVALID_KEY = "BITRIX_REST_V3_EXCEPTION_INVALIDIDEMPOTENCYKEYEXCEPTION"
INVALID_JSON = "BITRIX_REST_V3_EXCEPTION_INVALIDJSONEXCEPTION"
TIME = "start finish duration processing date_start date_finish".split()

# One connection for each request: some of them are meant to be refused early,
# and then the server may close it.
session = requests.Session()
session.headers["Connection"] = "close"


def v2(method, kind="USER", **params):
    return session.post(hook(kind) + method, json=params, timeout=60)


def v3(method, kind="USER", key=None, **params):
    url = hook(kind).replace("/rest/", "/rest/api/", 1) + method
    headers = {} if key is None else {"Idempotency-Key": key}
    return session.post(url, json=params, headers=headers, timeout=60)


def success(response):
    equal(response.status_code, 200, f"HTTP status of {response.text[:200]}")
    body = response.json()
    equal(set(body), {"result", "time"}, "keys of the answer")
    missing = [key for key in TIME if key not in body["time"]]
    equal(missing, [], "keys missing in time")
    return body["result"]


def failure(response, status, code=None):
    statuses = status if isinstance(status, tuple) else (status,)
    true(
        response.status_code in statuses,
        f"HTTP status: expected {status}, got {response.status_code}: {response.text[:200]}",
    )
    body = response.json()
    true("result" not in body, f"an error with a result: {body}")
    error = body.get("error")
    true(isinstance(error, dict), f"error should be an object: {body}")
    for key in ("code", "message"):
        true(error.get(key) and isinstance(error[key], str), f"no text {key}: {body}")
    if code is not None:
        equal(error["code"], code, "error code")


# -- the document ------------------------------------------------------------


@check("rest.documentation.openapi is valid OpenAPI")
def document():
    response = v3("rest.documentation.openapi")
    equal(response.status_code, 200, "HTTP status")
    document = response.json()
    true("openapi" in document, f"the document itself is expected: {list(document)}")
    validate(document)
    return document


@check("documentation is the same, by POST and by GET")
def _():
    equal(v3("documentation").json() == document, True, "the same document")
    url = hook("USER").replace("/rest/", "/rest/api/", 1) + "documentation"
    equal(session.get(url, timeout=60).json() == document, True, "and by GET")


@check("its paths have user.get and rest.scope.list")
def _():
    paths = {path.strip("/") for path in document["paths"]}
    missing = {"user.get", "rest.scope.list"} - paths
    equal(missing, set(), f"missing among {len(paths)} paths")


# -- answers and errors ------------------------------------------------------


@check("rest.scope.list answers result and time")
def _():
    true(success(v3("rest.scope.list")), "the result is empty")


@check("rest.scope.list is not in REST 2.0")
def _():
    response = v2("rest.scope.list")
    equal(response.status_code, 404, "HTTP status")
    equal(response.json()["error"], "ERROR_METHOD_NOT_FOUND", "error")


@check("error: no such method")
def _():
    failure(v3("no.such.method"), (400, 404))


@check("error: a body which is not JSON")
def _():
    url = hook("USER").replace("/rest/", "/rest/api/", 1) + "user.get"
    json = {"Content-Type": "application/json"}
    broken = session.post(url, data=b'{"filter": ', headers=json, timeout=60)
    failure(broken, 400, INVALID_JSON)
    failure(session.post(url, data={"ID": 1}, timeout=60), 400, INVALID_JSON)


@check("error: the scope is missing")
def _():
    response = v3("user.add", kind="BASIC", EMAIL=new_email("openapi"))
    failure(response, (401, 403), "BITRIX_REST_V3_EXCEPTION_INSUFFICIENTSCOPEEXCEPTION")


@check("error: a revoked webhook")
def _():
    failure(v3("user.get", kind="REVOKED"), 401)


# -- Idempotency-Key ---------------------------------------------------------


@check("the first department")
def department():
    return [int(v2("department.get").json()["result"][0]["ID"])]


def add(key, email, **fields):
    return v3("user.add", key=key, EMAIL=email, UF_DEPARTMENT=department, **fields)


def people(email):
    return v2("user.get", filter={"EMAIL": email}).json()["total"]


@check("Idempotency-Key: the same call again makes nobody else")
def used():
    email = new_email("openapi")
    first = add(email, email, NAME="Ida")
    number = success(first)["id"]
    true(isinstance(number, int), f"id should be a number: {number!r}")
    equal(first.headers.get("Idempotency-Key"), email, "the key in the first answer")
    equal(first.headers.get("Idempotent-Replayed"), None, "Idempotent-Replayed, first")
    again = add(email, email, NAME="Ida")
    equal(success(again)["id"], number, "id")
    equal(again.headers.get("Idempotency-Key"), email, "the key in the second answer")
    equal(again.headers.get("Idempotent-Replayed"), "true", "Idempotent-Replayed")
    equal(people(email), 1, "users made")
    return email


@check("Idempotency-Key: the same key with another body")
def _():
    email = new_email("openapi")
    failure(add(used, email), 422, REUSED)
    equal(people(email), 0, "users made")


@check("Idempotency-Key: an error is not kept")
def _():
    email = new_email("openapi")
    failure(add(email, "not an address"), 400)
    repaired = add(email, email)
    true(success(repaired)["id"], "no id")
    equal(repaired.headers.get("Idempotent-Replayed"), None, "Idempotent-Replayed")


@check("Idempotency-Key: belongs to one webhook")
def _():
    # The key is in use, but not by this one, which is refused for its own sake.
    failure(v3("user.add", kind="PLAIN", key=used, EMAIL=used), (400, 403))


@check("Idempotency-Key: not looked at in REST 2.0")
def _():
    headers = {"Idempotency-Key": used}
    for _ in range(2):
        response = session.post(
            hook("USER") + "user.current", json={}, headers=headers, timeout=60
        )
        equal(response.status_code, 200, "HTTP status")
        equal(response.headers.get("Idempotent-Replayed"), None, "Idempotent-Replayed")


@check("Idempotency-Key: 255 characters are fine")
def _():
    email = new_email("openapi")
    true(success(add(email.ljust(255, "~"), email))["id"], "no id")


for name, key in (
    ("256 characters", "k" * 256),
    ("a control character", "a\tb"),
    ("beyond ASCII", "ключ".encode()),
    ("empty", ""),
):

    @check(f"Idempotency-Key: {name} is refused")
    def _():
        email = new_email("openapi")
        failure(add(key, email), 400, INVALID_KEY)
        equal(people(email), 0, "users made")


finish()
