"""b24pysdk, the official Python SDK, against a running Muster."""

from urllib.parse import urlsplit

from b24pysdk import BitrixWebhook, Client, Config, errors
from b24pysdk.errors import oauth

from checks import (
    ADMIN_ID,
    EXPECT,
    IDS,
    SAMPLE,
    SAMPLE_ID,
    between,
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

# Other tests run beside this one, on few processors.
Config().configure(default_read_timeout=60)


def token(kind):
    url = urlsplit(hook(kind))
    return BitrixWebhook(
        domain=url.netloc, webhook_token=url.path.removeprefix("/rest/")
    )


client = Client(token("USER"))


def email():
    return new_email("b24pysdk")


def api_error(error, status, code, description=None):
    equal(error.status_code, status, "HTTP status")
    equal(error.error, code, "error")
    if description is not None:
        equal(error.error_description, description, "error_description")


# -- 1. who calls ------------------------------------------------------------


@check("user.current")
def _():
    equal(client.user.current().result["ID"], str(ADMIN_ID), "ID")
    equal(client.user.current().value.bitrix_id, ADMIN_ID, "ID of the object")


@check("profile")
def _():
    profile = client.profile().value
    equal((profile.bitrix_id, profile.admin), (ADMIN_ID, True), "ID and ADMIN")


@check("user.admin")
def _():
    equal(client.user.admin().result, True, "of the administrator")
    equal(Client(token("PLAIN")).user.admin().result, False, "of an employee")


@check("the time of an answer")
def _():
    time = client.user.get().response.time
    true(time.finish >= time.start, f"it ends before it starts: {time}")
    true(time.date_start.tzinfo is not None, f"date_start has no offset: {time}")


# -- 3. everybody, by each way of paging (before anybody is added) -----------


@check("user.get as_list")
def users():
    rows = client.user.get().as_list().result
    same_ids(ids(rows), IDS, "everybody")
    equal(len(rows), EXPECT["users"], "number of users")
    return rows


@check("user.get as_list limit")
def _():
    rows = client.user.get(sort="ID", order="DESC").as_list(limit=120).result
    in_order(ids(rows), IDS[:-121:-1], "the last 120")


@check("user.get as_list_fast upwards")
def _():
    in_order(ids(client.user.get().as_list_fast().result), IDS, "everybody")


@check("user.get as_list_fast downwards")
def _():
    rows = client.user.get().as_list_fast(descending=True).result
    in_order(ids(rows), IDS[::-1], "everybody")


@check("user.get as_list_fast limit and filter")
def _():
    pivot = IDS[len(IDS) // 2]
    some = client.user.get(filter={">ID": 0, "<=ID": pivot})
    rows = some.as_list_fast(limit=70).result
    in_order(ids(rows), [i for i in IDS if i <= pivot][:70], "the first 70")


@check("user.get as_list by a list of ids")
def _():
    wanted = IDS[::3]
    rows = client.user.get(filter={"ID": wanted}).as_list().result
    same_ids(ids(rows), wanted, "every third")
    rows = client.user.get(filter={"@ID": wanted}).as_list_fast().result
    same_ids(ids(rows), wanted, "every third, fast")


@check("user.get as objects")
def _():
    values = client.user.get(select=["ID", "NAME"]).as_list().values
    same_ids([user.bitrix_id for user in values], IDS, "everybody")


@check("department.get as_list and as_list_fast")
def departments():
    rows = client.department.get().as_list().result
    equal(len(set(ids(rows))), EXPECT["departments"], "number of departments")
    fast = client.department.get().as_list_fast().result
    in_order(ids(fast), sorted(ids(rows)), "the same, fast")
    return rows


# -- 2. one user, and filters ------------------------------------------------


def found(**filter_):
    return client.user.get(filter=filter_).as_list().result


@check("user.get by ID")
def _():
    rows = client.user.get(filter={"ID": SAMPLE_ID}).result
    equal(ids(rows), [SAMPLE_ID], "ids")
    equal({key: rows[0].get(key) for key in SAMPLE}, SAMPLE, "the row")


@check("the fields of a user object")
def _():
    user = client.user.get(filter={"ID": SAMPLE_ID}).values[0]
    equal((user.name, user.email), (SAMPLE["NAME"], SAMPLE["EMAIL"]), "name, email")
    # Each of these raises when its text is not what the SDK can read.
    for field in (
        "active date_register is_online last_login last_activity_date time_zone "
        "timestamp_x personal_gender personal_birthday uf_employment_date "
        "uf_department_ids user_type"
    ).split():
        try:
            getattr(user, field)
        except Exception as error:
            raise AssertionError(f"{field}: {error}") from error


@check("user.get >ID and <ID")
def _():
    low, high = IDS[len(IDS) // 3], IDS[len(IDS) // 2]
    rows = found(**{">ID": low, "<ID": high})
    same_ids(ids(rows), [i for i in IDS if low < i < high], f"{low} < ID < {high}")


@check("user.get a list of IDs")
def _():
    wanted = [IDS[0], SAMPLE_ID, IDS[-1]]
    rows = client.user.get(filter={"ID": wanted}).result
    same_ids(ids(rows), set(wanted), f"IDs {wanted}")


@check("user.get %NAME")
def _():
    part = SAMPLE["NAME"][1:4]
    check_name_part(found(**{"%NAME": part}), users, part)


@check("user.get !UF_PHONE_INNER null")
def _():
    expected = ids(row for row in users if row.get("UF_PHONE_INNER"))
    same_ids(ids(found(**{"!UF_PHONE_INNER": None})), expected, "with an extension")


@check("user.get ACTIVE true")
def _():
    expected = ids(row for row in users if row["ACTIVE"] is True)
    same_ids(ids(found(ACTIVE=True)), expected, "the active")


# -- 4. search ---------------------------------------------------------------


@check("user.search FIND")
def _():
    wanted = EXPECT["search"]
    rows = client.user.search(filter={"FIND": wanted["query"]}).as_list().result
    same_ids(ids(rows), wanted["ids"], f"FIND {wanted['query']!r}")


@check("user.search NAME and LAST_NAME")
def _():
    name = {"NAME": SAMPLE["NAME"], "LAST_NAME": SAMPLE["LAST_NAME"]}
    check_name_search(client.user.search(filter=name).as_list().result, users)


# -- 5. adding and changing --------------------------------------------------


@check("department add, get, update, delete")
def _():
    parent = int(departments[0]["ID"])
    number = client.department.add("Проба & Söhne", parent, sort=77).result
    row = client.department.get(bitrix_id=number).result[0]
    got = (row["ID"], row["NAME"], int(row["SORT"]), row["PARENT"])
    equal(got, (str(number), "Проба & Söhne", 77, str(parent)), "the new one")
    equal(client.department.update(number, name="100% + 1").result, True, "update")
    row = client.department.get(bitrix_id=number).result[0]
    equal((row["NAME"], int(row["SORT"])), ("100% + 1", 77), "after the update")
    equal(client.department.delete(number).result, True, "delete")
    equal(client.department.get(bitrix_id=number).result, [], "after it is deleted")


@check("user.add, user.get")
def added():
    fields = {"EMAIL": email(), "NAME": "Ёлка", "LAST_NAME": "O'Hara & Söhne"}
    department = int(departments[0]["ID"])
    number = client.user.add(fields | {"UF_DEPARTMENT": [department]}).result
    row = client.user.get(filter={"ID": number}).result[0]
    equal({key: row[key] for key in fields}, fields, "the new row")
    equal(row["UF_DEPARTMENT"], [department], "UF_DEPARTMENT")
    return row


@check("user.update, user.get")
def _():
    number = int(added["ID"])
    changed = client.user.update({"ID": number, "WORK_POSITION": "Лоцман + 1%"})
    equal(changed.result, True, "the answer")
    row = client.user.get(filter={"ID": number}).result[0]
    equal(row["WORK_POSITION"], "Лоцман + 1%", "WORK_POSITION")
    equal(row["LAST_NAME"], added["LAST_NAME"], "LAST_NAME, not touched")


@check("a user object saves itself")
def _():
    user = client.user.get(filter={"ID": int(added["ID"])}).values[0]
    user.second_name = "Lee"
    user.save()
    row = client.user.get(filter={"EMAIL": added["EMAIL"]}).result[0]
    equal((row["ID"], row["SECOND_NAME"]), (added["ID"], "Lee"), "ID, SECOND_NAME")


# -- 6. batch ----------------------------------------------------------------


@check("batch, named, with references")
def _():
    batch = client.call_batch(
        {
            "me": client.user.current(),
            "row": client.user.get(filter={"ID": "$result[me][ID]"}),
            "first": client.department.get(),
            "again": client.department.get(bitrix_id=["$result[first][0][ID]"]),
        }
    ).result
    result = batch.result
    equal(result["me"]["ID"], str(ADMIN_ID), "me")
    equal(ids(result["row"]), [ADMIN_ID], "row")
    equal(ids(result["again"]), ids(result["first"])[:1], "again")
    equal(batch.result_error, [], "result_error")
    equal(batch.result_total["row"], 1, "result_total of row")
    equal(set(batch.result_time), set(result), "the names in result_time")


@check("batch, a list, with references")
def _():
    commands = [client.user.current(), client.user.get(filter={"ID": "$result[0][ID]"})]
    result = client.call_batch(commands).result.result
    true(isinstance(result, list), f"result should be a list, got {result!r}")
    equal(ids([result[0], *result[1]]), [ADMIN_ID, ADMIN_ID], "ids")


def batch_with_error(halt):
    commands = {
        "before": client.user.current(),
        "wrong": client.user.add({"EMAIL": "not an address"}),
        "after": client.user.current(),
    }
    batch = client.call_batch(commands, halt=halt).result
    equal(set(batch.result_error), {"wrong"}, "commands with errors")
    equal(batch.result_error["wrong"]["error"], "ERROR_ARGUMENT", "the error")
    true("error_description" in batch.result_error["wrong"], "no error_description")
    return batch


@check("batch with an error, halt off")
def _():
    equal(set(batch_with_error(False).result), {"before", "after"}, "results")


@check("batch with an error, halt on")
def _():
    equal(set(batch_with_error(True).result), {"before"}, "results")


@check("batch of more than 50 commands")
def _():
    commands = [client.user.get(filter={"ID": number}) for number in IDS[:120]]
    raised(ValueError, lambda: client.call_batch(commands[:51]).result)
    result = client.call_batches(commands).result.result
    rows = [row for answer in result.values() for row in answer]
    in_order(ids(rows), IDS[:120], "120 users")


# -- 7. errors ---------------------------------------------------------------


@check("a revoked webhook")
def _():
    classes = (oauth.BitrixOAuthNoAuthFound, errors.BitrixAPIInvalidCredentials)
    error = raised(classes, lambda: Client(token("REVOKED")).user.current().result)
    equal(error.status_code, 401, "HTTP status")


@check("insufficient_scope")
def _():
    add = Client(token("BASIC")).user.add({"EMAIL": email()})
    error = raised(errors.BitrixAPIInsufficientScope, lambda: add.result)
    api_error(error, 401, "insufficient_scope")


@check("ERROR_METHOD_NOT_FOUND")
def _():
    webhook = token("USER")
    error = raised(
        errors.BitrixAPINotFound,
        lambda: webhook.call_method(api_method="no.such.method", params={}),
    )
    api_error(error, 404, "ERROR_METHOD_NOT_FOUND")


@check("user.add by an ordinary employee")
def _():
    add = Client(token("PLAIN")).user.add({"EMAIL": email(), "UF_DEPARTMENT": [1]})
    error = raised(errors.BitrixAPIBadRequest, lambda: add.result)
    api_error(error, 400, "ERROR_CORE", "access_denied")


@check("user.add with a wrong address")
def _():
    add = client.user.add({"EMAIL": "not an address"})
    error = raised(errors.BitrixAPIBadRequest, lambda: add.result)
    api_error(error, 400, "ERROR_ARGUMENT", "wrong_email")


@check("user.add with a taken address")
def _():
    department = int(departments[0]["ID"])
    fields = {"EMAIL": added["EMAIL"], "UF_DEPARTMENT": [department]}
    add = client.user.add(fields)
    error = raised(errors.BitrixAPIBadRequest, lambda: add.result)
    api_error(error, 400, "ERROR_ARGUMENT")


@check("QUERY_LIMIT_EXCEEDED, and the SDK waits it out")
def _():
    hasty = Client(token("LIMITED"), max_retries=1)

    def hurry():
        for _ in range(200):
            hasty.profile().call()

    error = raised(errors.BitrixAPIQueryLimitExceeded, hurry)
    api_error(error, 503, "QUERY_LIMIT_EXCEEDED")
    patient = Client(token("LIMITED"))
    for _ in range(3):
        true(patient.profile().value.bitrix_id, "no profile")


# -- 8. access levels --------------------------------------------------------


@check("user_basic shows EMAIL, user_brief does not")
def _():
    for kind, shown in (("BASIC", True), ("BRIEF", False)):
        other = Client(token(kind))
        rows = other.user.get().result + [other.user.current().result]
        wrong = [row["ID"] for row in rows if ("EMAIL" in row) is not shown]
        equal(wrong[:5], [], f"users whose EMAIL is {'hidden' if shown else 'shown'}")
        between(ids(rows[:-1]), [], IDS + [int(added["ID"])], f"users of {kind}")


# -- REST 3.0 ----------------------------------------------------------------


@check("REST 3.0: documentation and rest.scope.list")
def _():
    v3 = Client(token("USER"), prefer_version=3)
    for document in (
        v3.documentation().response,
        v3.rest.documentation.openapi().response,
    ):
        true("openapi" in document, f"no OpenAPI document: {str(document)[:200]}")
    true(v3.rest.scope.list().result, "rest.scope.list is empty")


# -- 9. workgroups and custom fields -----------------------------------------


@check("sonet_group: create, get, people, update, delete")
def _():
    name = f"b24pysdk {email()}"
    group = client.sonet_group.create(name, opened=True, keywords="one, two").result
    try:
        people = [user for user in IDS if user != ADMIN_ID][:2]
        equal(
            client.sonet_group.user.add(group, people).result,
            [str(user) for user in people],
            "who was added",
        )
        members = client.sonet_group.user.get(group).result
        equal(
            sorted((int(it["USER_ID"]), it["ROLE"]) for it in members),
            sorted([(ADMIN_ID, "A"), *((user, "K") for user in people)]),
            "members and roles",
        )
        rows = client.sonet_group.get(filter={"NAME": name}).result
        equal([row["ID"] for row in rows], [str(group)], "groups by name")
        equal(rows[0]["NUMBER_OF_MEMBERS"], "3", "NUMBER_OF_MEMBERS")
        mine = [row["GROUP_ID"] for row in client.sonet_group.user.groups().result]
        true(str(group) in mine, "the group is not among one's own")
        update = client.sonet_group.user.update(group, people[0], "E")
        equal(update.result, [str(people[0])], "whose role was changed")
        equal(client.sonet_group.setowner(group, people[0]).result, True, "setowner")
        equal(client.sonet_group.update(group, description="New").result, group, "ID")
        access = client.sonet_group.feature.access(group, "tasks", "view")
        true(isinstance(access.result, bool), "feature.access is no boolean")
    finally:
        equal(client.sonet_group.delete(group).result, True, "delete")
    error = raised(
        errors.BitrixAPIBadRequest, lambda: client.sonet_group.delete(group).result
    )
    equal(error.status_code, 400, "HTTP status")


@check("user.userfield: add, list, values, update, delete")
def _():
    code = f"UF_USR_T{email().split('@')[0][-12:].upper()}"
    fields = {"FIELD_NAME": code, "USER_TYPE_ID": "integer", "MULTIPLE": "Y"}
    field = client.user.userfield.add(fields).result
    try:
        listed = client.user.userfield.list(filter={"FIELD_NAME": code}).result
        equal([row["ID"] for row in listed], [str(field)], "fields by code")
        department = int(departments[0]["ID"])
        new = {"EMAIL": email(), "UF_DEPARTMENT": [department], code: [3, 5]}
        user = client.user.add(new).result
        equal(ids(found(**{code: 5})), [user], "users by a value")
        equal(ids(found(**{f">={code}": 6})), [], "users by a range")
        row = client.user.get(filter={"ID": user}).result[0]
        equal(row[code], [3, 5], "values")
        changed = client.user.userfield.update(field, {"SORT": 7})
        equal(changed.result, True, "update")
    finally:
        equal(client.user.userfield.delete(field).result, True, "delete")
    row = client.user.get(filter={"ID": user}).result[0]
    true(code not in row, "a deleted field is still there")


# -- 10. tasks ---------------------------------------------------------------

tasks = client.tasks.task


@check("tasks.task: add, get, list, update, statuses, delete")
def _():
    name = f"b24pysdk {email()}"
    other = next(user for user in IDS if user != ADMIN_ID)
    fields = {
        "TITLE": name,
        "RESPONSIBLE_ID": other,
        "DEADLINE": "2030-12-31T23:59:59+00:00",
        "AUDITORS": [ADMIN_ID],
    }
    added = tasks.add(fields).result["task"]
    number = int(added["id"])
    try:
        got = tasks.get(number, select=["ID", "TITLE", "AUDITORS"]).result["task"]
        equal((got["title"], got["auditors"]), (name, [str(ADMIN_ID)]), "the task")
        listed = tasks.list(
            filter={"TITLE": name, ">=DEADLINE": "2030-12-31"},
            order={"ID": "desc"},
            select=["ID", "STATUS"],
        )
        rows = listed.result["tasks"]
        equal([(row["id"], row["status"]) for row in rows], [(str(number), "2")], "list")
        equal(listed.response.total, 1, "total")
        changed = tasks.update(number, {"TITLE": name + "!"}).result["task"]
        equal(changed["title"], name + "!", "title after the update")
        for verb, status in (
            ("start", "3"),
            ("pause", "2"),
            ("defer", "6"),
            ("complete", "5"),
            ("renew", "2"),
        ):
            got = getattr(tasks, verb)(number).result["task"]["status"]
            equal(got, status, f"status after {verb}")
        equal(tasks.favorite.add(number).result, True, "favorite.add")
        equal(tasks.favorite.remove(number).result, True, "favorite.remove")
        moved = tasks.delegate(number, ADMIN_ID).result["task"]
        equal(moved["responsibleId"], str(ADMIN_ID), "responsible")
        events = tasks.history.list(number).result["list"]
        true("NEW" in {event["field"] for event in events}, "no NEW in the history")
        true("TITLE" in tasks.get_fields().result["fields"], "no TITLE")
        true(tasks.getaccess(number).result["allowedActions"], "no allowedActions")
        true("expired" in tasks.counters.get().result, "no counter expired")
    finally:
        equal(tasks.delete(number).result, {"task": True}, "delete")
    equal(tasks.get(number).result, [], "after it is deleted")
    error = raised(errors.BitrixAPIBadRequest, lambda: tasks.add({"TITLE": "A"}).result)
    api_error(error, 400, "ERROR_CORE")


@check("tasks.task.list as_list")
def _():
    name = f"b24pysdk many {email()}"
    numbers = [
        int(tasks.add({"TITLE": f"{name} {i}", "RESPONSIBLE_ID": ADMIN_ID}).result["task"]["id"])
        for i in range(53)
    ]
    try:
        rows = tasks.list(filter={"%TITLE": name}, select=["ID"]).as_list().result
        same_ids([int(row["id"]) for row in rows], numbers, "all of them")
    finally:
        for number in numbers:
            tasks.delete(number).call()


@check("task.*: time, checklists, comments, dependences, stages")
def _():
    task = client.task
    number = int(tasks.add({"TITLE": "A", "RESPONSIBLE_ID": ADMIN_ID}).result["task"]["id"])
    later = int(tasks.add({"TITLE": "B", "RESPONSIBLE_ID": ADMIN_ID}).result["task"]["id"])
    try:
        time = task.elapseditem.add(number, {"SECONDS": 113, "COMMENT_TEXT": "x"}).result
        equal(task.elapseditem.get(number, time).result[0]["SECONDS"], "113", "SECONDS")
        rows = task.elapseditem.getlist(task_id=number, order={"ID": "desc"}).result
        equal([row["ID"] for row in rows], [str(time)], "records of time")
        item = task.checklistitem.add(number, {"TITLE": "Item"}).result
        equal(task.checklistitem.complete(number, item).result, True, "complete")
        equal(task.checklistitem.get(number, item).result["IS_COMPLETE"], "Y", "done")
        equal(len(task.checklistitem.getlist(number).result), 2, "a list and an item")
        equal(task.checklistitem.renew(number, item).result, True, "renew")
        fields = {"TITLE": "Other", "IS_IMPORTANT": "Y"}
        equal(task.checklistitem.update(number, item, fields).result, None, "update")
        rows = task.checklistitem.getlist(number, order={"ID": "desc"}).result
        got = [rows[0][name] for name in ("TITLE", "IS_IMPORTANT", "IS_COMPLETE")]
        equal(got, ["Other", "Y", "N"], "the item after it was changed")
        after = task.checklistitem.add(number, {"TITLE": "After"}).result
        equal(task.checklistitem.moveafteritem(number, item, after).result, None, "move")
        true(task.checklistitem.isactionallowed(number, item, 2).result, "not allowed")
        equal(task.checklistitem.delete(number, item).result, True, "delete an item")
        comment = task.commentitem.add(number, {"POST_MESSAGE": "Hi"}).result
        got = task.commentitem.get(number, comment).result
        equal(got["POST_MESSAGE"], "Hi", "POST_MESSAGE")
        changed = task.commentitem.update(number, comment, {"POST_MESSAGE": "Ho"}).result
        equal(changed, True, "a comment changed")
        rows = task.commentitem.getlist(
            number, order={"ID": "asc"}, filter={"AUTHOR_ID": ADMIN_ID}
        ).result
        equal([(row["ID"], row["POST_MESSAGE"]) for row in rows], [(str(comment), "Ho")], "comments")
        pinned = tasks.result.add_from_comment(comment).result
        equal((pinned["commentId"], pinned["text"]), (comment, "Ho"), "a result")
        found = [it["id"] for it in tasks.result.list(number).result]
        equal(found, [pinned["id"]], "results")
        equal(tasks.result.delete_from_comment(comment).result, None, "no result any more")
        equal(task.commentitem.delete(number, comment).result, True, "delete a comment")
        equal(task.dependence.add(number, later, 2).result, [], "dependence.add")
        equal(task.dependence.delete(number, later).result, [], "dependence.delete")
        true(task.stages.get(0).result, "no stages")
        true(isinstance(task.planner.getlist().result, list), "the plan is no list")
    finally:
        for it in (number, later):
            tasks.delete(it).call()


@check("REST 3.0: tasks.task")
def _():
    v3 = Client(token("USER"), prefer_version=3).tasks.task
    fields = {"title": "A", "creatorId": ADMIN_ID, "responsibleId": ADMIN_ID}
    number = v3.add(fields).result["item"]["id"]
    select = ["title", "responsible.name"]
    item = v3.get(number, select=select).result["item"]
    equal((item["id"], item["title"]), (number, "A"), "id and title")
    true(item["responsible"]["name"], "no name of the responsible")
    equal(v3.update(number, {"title": "B"}).result, {"result": True}, "update")
    items = v3.list(select=["title"], filter=[["id", "=", number]]).result["items"]
    equal(items, [{"id": number, "title": "B"}], "list")
    equal(v3.delete(number).result, {"result": True}, "delete")


finish()
