"""b24pysdk as an app: tokens that it refreshes by itself, events, widgets, options."""

import json
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Empty, Queue
from urllib.parse import parse_qsl

from b24pysdk import BitrixApp, BitrixToken, Client, Config, errors
from b24pysdk.api.requesters import BitrixOAuthRequester
from b24pysdk.constants.event import EventType
from b24pysdk.credentials import OAuthEventData
from b24pysdk.errors import oauth

from checks import ADMIN_ID, SAMPLE_ID, check, env, equal, finish, raised, true

APP = json.loads(env("MUSTER_APP"))
BASE = f"https://{APP['domain']}"

# The SDK asks the authorization server of the vendor's cloud; Muster is its own.
BitrixOAuthRequester._OAUTH_TOKEN_URL = f"{BASE}/oauth/token/"
BitrixOAuthRequester._APP_INFO_URL = f"{BASE}/rest/app.info/"

# Other tests run beside this one, on few processors.
Config().configure(default_read_timeout=60)

app = BitrixApp(client_id=APP["client_id"], client_secret=APP["client_secret"])


def token(kind="expired"):
    return BitrixToken(
        domain=APP["domain"],
        auth_token=APP[kind]["access_token"],
        refresh_token=APP[kind]["refresh_token"],
        bitrix_app=app,
    )


# -- 1. tokens ---------------------------------------------------------------

admin = token()
client = Client(admin)


@check("an expired token is refreshed by itself")
def _():
    equal(client.user.current().result["ID"], str(ADMIN_ID), "ID")
    true(admin.auth_token != APP["expired"]["access_token"], "there is a new access token")
    true(admin.refresh_token != APP["expired"]["refresh_token"], "and a new refresh token")
    true(admin.expires > datetime.now(timezone.utc), "which lasts")
    equal(client.user.current().result["ID"], str(ADMIN_ID), "ID")


@check("refreshing leaves an access token alone until it ends")
def _():
    before = admin.auth_token
    admin.refresh_and_set_oauth_token()
    old = BitrixToken(domain=APP["domain"], auth_token=before, bitrix_app=app)
    equal(Client(old).user.current().result["ID"], str(ADMIN_ID), "ID")


@check("app.info names the installation")
def _():
    renewed = admin.refresh_oauth_token()
    info = renewed.get_app_info(app)
    true(renewed.validate_against_app_info(info), "the tokens are of this installation")
    equal(info.client_id, APP["client_id"], "client_id")
    true(info.install.installed, "installed")
    admin.oauth_token = renewed.oauth_token


@check("a wrong secret and a wrong refresh token are refused")
def _():
    stranger = BitrixApp(client_id=APP["client_id"], client_secret="x")
    raised(oauth.BitrixOAuthInvalidClient, lambda: stranger.refresh_oauth_token(admin.refresh_token))
    raised(oauth.BitrixOAuthInvalidGrant, lambda: app.refresh_oauth_token("x"))
    nobody = BitrixApp(client_id="local.x", client_secret="x")
    raised(oauth.BitrixOauthWrongClient, lambda: nobody.refresh_oauth_token(admin.refresh_token))


# -- 2. options --------------------------------------------------------------


@check("options of the app and of a person")
def _():
    true(client.app.option.set(options={"data": "value"}).result, "set")
    equal(client.app.option.get(option="data").result, "value", "of the app")
    true(client.user.option.set(options={"mine": {"deep": [1, 2]}}).result, "set")
    equal(client.user.option.get().result, {"mine": {"deep": [1, 2]}}, "of the person")
    employee = Client(token("employee"))
    equal(employee.app.option.get(option="data").result, "value", "of the app, for everyone")
    equal(employee.user.option.get().result, [], "of another person")


# -- 3. widgets --------------------------------------------------------------


@check("a widget is put, listed and taken away")
def _():
    languages = {"en": {"TITLE": "Title", "DESCRIPTION": "", "GROUP_NAME": ""}}
    where = dict(placement="PAGE_BACKGROUND_WORKER", handler="https://example.com/handler/")
    options = {"errorHandlerUrl": "https://example.com/handler/"}
    true(client.placement.bind(**where, lang_all=languages, options=options, user_id=ADMIN_ID).result, "bound")
    widget = client.placement.get().result[0]
    equal(widget["langAll"], languages, "langAll")
    equal([widget["userId"], widget["options"]], [ADMIN_ID, options], "userId and options")
    true("USER_PROFILE_MENU" in client.placement.list().result, "the profile has a place")
    equal(client.placement.list(scope="user").result, ["USER_PROFILE_MENU", "USER_PROFILE_TOOLBAR"], "of a scope")
    true(client.placement.unbind(**where).result["count"] > 0, "unbound")
    raised(errors.BitrixAPIAccessDenied, lambda: Client(token("employee")).placement.get().result)


# -- 4. events ---------------------------------------------------------------


class Receiver(BaseHTTPRequestHandler):
    """Takes what Muster sends, and fails the first time it is asked."""

    received = Queue()
    failures = 1

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if Receiver.failures:
            Receiver.failures -= 1
            self.send_response(500)
        else:
            Receiver.received.put(dict(parse_qsl(body)))
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
HANDLER = f"http://127.0.0.1:{server.server_port}/handler/"


def rename(position):
    true(client.user.update({"ID": SAMPLE_ID, "WORK_POSITION": position}).result, "changed")


@check("an event arrives, at the second try, in the form that the SDK reads")
def _():
    bound = client.event.bind(event="ONUSERUPDATE", handler=HANDLER, auth_type=ADMIN_ID, event_type=EventType.ONLINE)
    true(bound.result, "bound")
    listed = client.event.get().result
    true(any(it["event"] == "ONUSERUPDATE" and it["auth_type"] == str(ADMIN_ID) for it in listed), "listed")
    rename(f"Position {time.time()}")
    try:
        payload = Receiver.received.get(timeout=60)
    except Empty:
        raise AssertionError("no event came within a minute") from None
    event = OAuthEventData.from_dict(payload)
    equal(event.event, "ONUSERUPDATE", "event")
    equal(event.data["FIELDS"]["ID"], str(SAMPLE_ID), "ID")
    equal(event.auth.user_id, ADMIN_ID, "on whose behalf")
    true(event.validate_against_app_info(event.get_app_info(app)), "it is of this installation")
    # BitrixToken.from_oauth takes the host without its port, so it needs a Muster on port 443.
    told = BitrixToken(domain=APP["domain"], auth_token=event.auth.oauth_token.access_token, bitrix_app=app)
    told = Client(told).user.current().result
    equal(told["ID"], str(ADMIN_ID), "the event's token acts for the administrator")
    unbound = client.event.unbind(event="ONUSERUPDATE", handler=HANDLER, auth_type=ADMIN_ID)
    equal(unbound.value, 1, "unbound")


@check("offline events wait until they are asked for")
def _():
    true(client.event.bind(event="ONUSERUPDATE", handler="", event_type=EventType.OFFLINE).result, "bound")
    for number in range(3):
        rename(f"Offline {number} {time.time()}")
    taken = client.event.offline.get(limit=10, clear=False).result
    equal([it["EVENT_NAME"] for it in taken["events"]], ["ONUSERUPDATE"], "the last state only")
    message = taken["events"][0]["MESSAGE_ID"]
    true(client.event.offline.error(process_id=taken["process_id"], message_id=[message]).result, "marked")
    equal([it["ERROR"] for it in client.event.offline.list().result], ["1"], "as failed")
    again = client.event.offline.get(clear=True, error=True).result
    equal(again["events"][0]["MESSAGE_ID"], message, "taken again")
    equal(client.event.offline.list().result, [], "the queue is empty")


finish()
