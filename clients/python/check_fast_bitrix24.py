"""fast-bitrix24, a popular Python client, against a running Muster."""

import asyncio
import logging
import warnings

from aiohttp import ClientResponseError
from fast_bitrix24 import Bitrix, BitrixAsync
from fast_bitrix24.server_response import ErrorInServerResponseException

from checks import (
    ADMIN_ID,
    EXPECT,
    IDS,
    SAMPLE,
    SAMPLE_ID,
    check,
    check_name_part,
    check_name_search,
    equal,
    finish,
    hook,
    ids,
    in_order,
    new_email,
    raised,
    same_ids,
    true,
)

# The client drops rows which came twice, and warns with a RuntimeWarning if
# what is left is not what `total` said. Its UserWarnings are advice.
warnings.simplefilter("error", RuntimeWarning)
warnings.simplefilter("ignore", UserWarning)
warnings.simplefilter("ignore", DeprecationWarning)

# Without its own brake: 50 requests at once, 2 a second from there on.
UNHURRIED = {"verbose": False}
FAST = {
    "verbose": False,
    "request_pool_size": 10_000,
    "requests_per_second": 1e3,
    # The client adds up `operating`, which is a sum already, and so would rest
    # for minutes long before a limit is near.
    "operating_time_limit": 10**9,
}


def client(kind, **options):
    return Bitrix(hook(kind), **(FAST | options))


def from_async(use):
    """What the coroutine function makes of the asynchronous client."""

    async def run():
        return await use(BitrixAsync(hook("USER"), **FAST))

    return asyncio.run(run())


b = client("USER")


def raw(method, params=None):
    return b.call(method, params, raw=True)


def email():
    return new_email("fast-bitrix24")


# -- 1. who calls ------------------------------------------------------------


@check("user.current")
def _():
    equal(raw("user.current")["result"]["ID"], str(ADMIN_ID), "ID")
    (row,) = b.call("user.current", [{}])
    equal(row["ID"], str(ADMIN_ID), "ID through batch")


@check("profile")
def _():
    profile = raw("profile")["result"]
    equal((profile["ID"], profile["ADMIN"]), (str(ADMIN_ID), True), "ID and ADMIN")


@check("user.admin")
def _():
    equal(raw("user.admin")["result"], True, "of the administrator")
    employee = client("PLAIN").call("user.admin", raw=True)
    equal(employee["result"], False, "of an employee")


# -- 3. everybody, by each way of paging (before anybody is added) -----------


@check("user.get get_all")
def users():
    rows = b.get_all("user.get")
    same_ids(ids(rows), IDS, "everybody")
    equal(len(rows), EXPECT["users"], "number of users")
    return sorted(rows, key=lambda row: int(row["ID"]))


@check("user.get get_all, asynchronous, at its own speed")
def _():
    async def everybody():
        return await BitrixAsync(hook("USER"), **UNHURRIED).get_all("user.get")

    same_ids(ids(asyncio.run(everybody())), IDS, "everybody")


@check("user.get get_all, twice at the same time")
def _():
    async def both(client):
        halves = ({">ID": IDS[len(IDS) // 2]}, {"<=ID": IDS[len(IDS) // 2]})
        return await asyncio.gather(
            *(client.get_all("user.get", {"filter": half}) for half in halves)
        )

    upper, lower = from_async(both)
    same_ids(ids(upper + lower), IDS, "both halves")


def check_by_id(answers, wanted):
    wrong = [i for i in wanted if ids(answers.get(str(i), answers.get(i))) != [i]]
    equal(wrong[:5], [], "IDs whose answer is not their row")
    equal(len(answers), len(wanted), "number of answers")


# The client cannot take apart a last batch of one command, so it gets none.
BY_ID = IDS[:-1] if len(IDS) % 50 == 1 else IDS


@check("user.get get_by_ID")
def _():
    check_by_id(b.get_by_ID("user.get", BY_ID), BY_ID)


@check("user.get get_by_ID, asynchronous")
def _():
    answers = from_async(lambda client: client.get_by_ID("user.get", BY_ID))
    check_by_id(answers, BY_ID)


@check("user.get by start, raw")
def _():
    found, start = [], 0
    while start is not None:
        page = raw("user.get", {"start": start})
        equal(page["total"], EXPECT["users"], f"total at start {start}")
        found += ids(page["result"])
        start = page.get("next")
    in_order(found, IDS, "everybody")


@check("list_and_get, which needs a user.list")
def _():
    error = raised(ClientResponseError, lambda: b.list_and_get("user"))
    equal(error.status, 404, "HTTP status")


@check("department.get get_all")
def departments():
    rows = b.get_all("department.get")
    equal(len(set(ids(rows))), EXPECT["departments"], "number of departments")
    return sorted(rows, key=lambda row: int(row["ID"]))


# -- 2. one user, and filters ------------------------------------------------


def found(**filter_):
    return b.get_all("user.get", {"filter": filter_})


@check("user.get by ID")
def _():
    row = b.call("user.get", {"ID": SAMPLE_ID})
    equal({key: row.get(key) for key in SAMPLE}, SAMPLE, "the row")


@check("user.get >ID and <ID")
def _():
    low, high = IDS[len(IDS) // 3], IDS[len(IDS) // 2]
    rows = found(**{">ID": low, "<ID": high})
    same_ids(ids(rows), [i for i in IDS if low < i < high], f"{low} < ID < {high}")


@check("user.get a list of IDs")
def _():
    # Not thousands: the client repeats the filter for every further page.
    wanted = IDS[:: len(IDS) // 120 + 1]
    same_ids(ids(found(ID=wanted)), wanted, "by ID")
    same_ids(ids(found(**{"@ID": wanted})), wanted, "by @ID")


@check("user.get %NAME")
def _():
    part = SAMPLE["NAME"][1:4]
    check_name_part(found(**{"%NAME": part}), users, part)


@check("user.get !UF_PHONE_INNER null")
def _():
    expected = ids(row for row in users if row.get("UF_PHONE_INNER"))
    page = raw("user.get", {"filter": {"!UF_PHONE_INNER": None}})
    equal(page["total"], len(expected), "total with an extension")
    same_ids(ids(page["result"]), expected[:50], "the first with an extension")


@check("user.get ACTIVE true")
def _():
    expected = ids(row for row in users if row["ACTIVE"] is True)
    same_ids(ids(found(ACTIVE=True)), expected, "the active")


# -- 4. search ---------------------------------------------------------------


@check("user.search FIND")
def _():
    wanted = EXPECT["search"]
    rows = b.get_all("user.search", {"filter": {"FIND": wanted["query"]}})
    same_ids(ids(rows), wanted["ids"], f"FIND {wanted['query']!r}")


@check("user.search NAME and LAST_NAME")
def _():
    name = {"NAME": SAMPLE["NAME"], "LAST_NAME": SAMPLE["LAST_NAME"]}
    check_name_search(b.get_all("user.search", {"filter": name}), users)


# -- 5. adding and changing --------------------------------------------------


@check("department add, get, update, delete")
def _():
    parent = departments[0]["ID"]
    fields = {"NAME": "Проба & Söhne", "SORT": 77, "PARENT": parent}
    number = b.call("department.add", fields)
    row = b.call("department.get", {"ID": number})
    got = (row["ID"], row["NAME"], int(row["SORT"]), row["PARENT"])
    equal(got, (str(number), "Проба & Söhne", 77, parent), "the new one")
    changed = b.call("department.update", {"ID": number, "NAME": "100% + 1"})
    equal(changed, True, "update")
    row = b.call("department.get", {"ID": number})
    equal((row["NAME"], int(row["SORT"])), ("100% + 1", 77), "after the update")
    equal(b.call("department.delete", {"ID": number}), True, "delete")
    after = raw("department.get", {"ID": number})
    equal(after["result"], [], "after it is deleted")


@check("user.add, user.get")
def added():
    fields = {"EMAIL": email(), "NAME": "Ёлка", "LAST_NAME": "O'Hara & Söhne"}
    department = int(departments[0]["ID"])
    number = b.call("user.add", fields | {"UF_DEPARTMENT": [department]})
    row = b.call("user.get", {"ID": number})
    equal({key: row[key] for key in fields}, fields, "the new row")
    equal(row["UF_DEPARTMENT"], [department], "UF_DEPARTMENT")
    return row


@check("user.update, user.get")
def _():
    number = added["ID"]
    changed = b.call("user.update", {"ID": number, "WORK_POSITION": "Лоцман + 1%"})
    equal(changed, True, "the answer")
    row = b.call("user.get", {"filter": {"EMAIL": added["EMAIL"]}})
    equal((row["ID"], row["WORK_POSITION"]), (number, "Лоцман + 1%"), "ID, position")
    equal(row["LAST_NAME"], added["LAST_NAME"], "LAST_NAME, not touched")


# -- 6. batch ----------------------------------------------------------------


@check("call with a list")
def _():
    wanted = IDS[:120]
    rows = b.call("user.get", [{"ID": number} for number in wanted])
    same_ids(ids(rows), wanted, "of 120 commands")
    answers = b.call("user.current", [{}, {}])
    equal(ids(answers), [ADMIN_ID, ADMIN_ID], "of two user.current")


@check("call_batch, named, with references")
def _():
    result = b.call_batch(
        {
            "halt": 0,
            "cmd": {
                "me": "user.current",
                "row": "user.get?ID=$result[me][ID]",
                "first": "department.get?",
                "again": "department.get?ID[0]=$result[first][0][ID]",
            },
        }
    )
    equal(result["me"]["ID"], str(ADMIN_ID), "me")
    equal(ids(result["row"]), [ADMIN_ID], "row")
    equal(ids(result["again"]), ids(result["first"])[:1], "again")


@check("call_batch, a list, with references")
def _():
    commands = ["user.current", "user.get?filter[ID]=$result[0][ID]"]
    result = b.call_batch({"halt": 1, "cmd": commands})
    true(isinstance(result, list), f"result should be a list, got {result!r}")
    equal(ids([result[0], *result[1]]), [ADMIN_ID, ADMIN_ID], "ids")


def check_batch_with_error(halt, results):
    commands = {
        "before": "user.current",
        "wrong": "user.add?EMAIL=nowhere",
        "after": "user.current",
    }
    batch = {"halt": halt, "cmd": commands}
    answer = raw("batch", batch)["result"]
    equal(set(answer["result"]), results, "results")
    equal(set(answer["result_error"]), {"wrong"}, "commands with errors")
    error = raised(ErrorInServerResponseException, lambda: b.call_batch(batch))
    equal(error.args[0]["wrong"]["error"], "ERROR_ARGUMENT", "the error")


@check("batch with an error, halt off")
def _():
    check_batch_with_error(0, {"before", "after"})


@check("batch with an error, halt on")
def _():
    check_batch_with_error(1, {"before"})


@check("batch of more than 50 commands")
def _():
    commands = {f"c{i}": "user.current" for i in range(51)}
    error = raised(
        (ClientResponseError, ErrorInServerResponseException),
        lambda: b.call_batch({"halt": 0, "cmd": commands}),
    )
    if isinstance(error, ClientResponseError):
        equal(error.status, 400, "HTTP status")
    else:
        codes = {each["error"] for each in error.args[0].values()}
        equal(codes, {"ERROR_BATCH_LENGTH_EXCEEDED"}, "errors of the commands")


# -- 7. errors: a single call shows the status, a batch shows the code -------


def check_error(client, method, params, status, code, description=None):
    error = raised(ClientResponseError, lambda: client.call(method, params, raw=True))
    equal(error.status, status, "HTTP status")
    error = raised(ErrorInServerResponseException, lambda: client.call(method, params))
    (answer,) = error.args[0].values()
    equal(answer["error"], code, "error")
    if description is not None:
        equal(answer["error_description"], description, "error_description")


@check("a revoked webhook")
def _():
    revoked = client("REVOKED")
    for call in (
        lambda: revoked.call("user.current", raw=True),
        lambda: revoked.call("user.get", {"ID": ADMIN_ID}),
    ):
        equal(raised(ClientResponseError, call).status, 401, "HTTP status")


@check("insufficient_scope")
def _():
    fields = {"EMAIL": email()}
    check_error(client("BASIC"), "user.add", fields, 401, "insufficient_scope")


@check("ERROR_METHOD_NOT_FOUND")
def _():
    check_error(b, "no.such.method", {"ID": 1}, 404, "ERROR_METHOD_NOT_FOUND")


@check("user.add by an ordinary employee")
def _():
    fields = {"EMAIL": email(), "UF_DEPARTMENT": [1]}
    employee = client("PLAIN")
    check_error(employee, "user.add", fields, 400, "ERROR_CORE", "access_denied")


@check("user.add with a wrong address")
def _():
    fields = {"EMAIL": "not an address"}
    check_error(b, "user.add", fields, 400, "ERROR_ARGUMENT", "wrong_email")


@check("user.add with a taken address")
def _():
    fields = {"EMAIL": added["EMAIL"], "UF_DEPARTMENT": [int(departments[0]["ID"])]}
    check_error(b, "user.add", fields, 400, "ERROR_ARGUMENT")


class Refusals(logging.Handler):
    """Counts the pauses which the client makes after an answer 5xx."""

    count = 0

    def emit(self, record):
        self.count += record.getMessage().startswith("Delaying request")


@check("QUERY_LIMIT_EXCEEDED, and the client waits it out")
def _():
    refusals = Refusals()
    logging.getLogger("fast_bitrix24").addHandler(refusals)
    hasty = client("LIMITED")
    for _ in range(200):
        true(hasty.call("profile", raw=True)["result"]["ID"], "no profile")
        if refusals.count > 2:
            return
    raise AssertionError("200 requests in a row, and none was refused with 503")


# -- 8. access levels --------------------------------------------------------


@check("user_basic shows EMAIL, user_brief does not")
def _():
    for kind, shown in (("BASIC", True), ("BRIEF", False)):
        other = client(kind)
        rows = other.get_all("user.get")
        rows.append(other.call("user.current", raw=True)["result"])
        wrong = [row["ID"] for row in rows if ("EMAIL" in row) is not shown]
        equal(wrong[:5], [], f"users whose EMAIL is {'hidden' if shown else 'shown'}")


finish()
