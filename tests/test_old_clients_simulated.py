"""
Twilio's own clients of 2009 and 2014 drive the simulator, unmodified but for what Python 3 needs.

All these packages are called ``twilio``, so only the oldest can be a requirement. The others are
fetched from the package index into folders of their own; without an index those tests are skipped,
and say so.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import xml.etree.ElementTree as ET

import pytest
from test_old_clients import old_twilio  # noqa: F401  # a fixture

import twreplay


class Account2:
    """``twilio.Account`` of 2.0.10, with answers parsed as its users did."""

    def __init__(self, module, twilio):
        self._account = module.Account(*twilio.auth)
        self._home = f"/2008-08-01/Accounts/{twilio.account_sid}"

    def ask(self, path, method="GET", fields=None):
        answer = self._account.request(self._home + path, method, fields or {})
        return ET.fromstring(answer) if answer else None


class TestTwilio2:
    @pytest.fixture
    def account(self, old_twilio, twilio):  # noqa: F811
        return Account2(old_twilio, twilio)

    def test_calls_are_made_listed_and_redirected(self, account, twilio):
        form = {"Caller": "415-867-5309", "Called": "4155551212", "Url": "http://a.example/"}

        made = account.ask("/Calls", "POST", form)
        twilio.clock.advance(seconds=10)
        live = account.ask("/Calls", "GET", {"Status": "1"})
        sid = live.findtext(".//Sid")
        account.ask(f"/Calls/{sid}", "POST", {"CurrentUrl": "http://a.example/hangup"})

        assert sid == made.findtext("Call/Sid")
        assert [entry.response.status for entry in twilio.requests] == [200, 200, 200]

    def test_pages_are_walked_by_number(self, account, twilio):
        for number in range(5):
            twilio.add_call(Called=f"415555{number:04d}")

        pages = [account.ask("/Calls", "GET", {"num": "2", "page": str(n)}) for n in range(3)]

        assert [len(page.findall(".//Call")) for page in pages] == [2, 2, 1]

    def test_numbers_are_changed_by_put_and_released(self, account, twilio):
        number = account.ask("/IncomingPhoneNumbers").findtext(".//Sid")

        account.ask(
            f"/IncomingPhoneNumbers/{number}",
            "PUT",
            {"Url": "http://a.example/", "FriendlyName": "Front desk"},
        )
        assert twilio.incoming_phone_numbers[0].FriendlyName == "Front desk"
        with pytest.warns(twreplay.errors.UndocumentedBehavior, match="question 4,"):
            account.ask(f"/IncomingPhoneNumbers/{number}", "DELETE")

        assert twilio.incoming_phone_numbers == ()

    def test_messages_are_sent(self, account, twilio):
        form = {"From": "4158675309", "To": "4155551212", "Body": "Hi", "StatusCallback": ""}

        sent = account.ask("/SMS/Messages", "POST", form)

        assert sent.findtext("SMSMessage/Status") == "queued"

    def test_refusals_are_http_errors_with_the_code_in_the_body(self, account):
        with pytest.raises(urllib.error.HTTPError) as refused:
            account.ask("/Calls", "POST", {"Caller": "4158675309"})

        with refused.value as error:
            assert ET.fromstring(error.read()).findtext("RestException/Code") == "21201"


def _find_environment_of_the_machine():
    """The environment with the authorities that the machine trusts; conftest.py puts in another."""
    ours = os.environ["SSL_CERT_FILE"]
    kept = {name: value for name, value in os.environ.items() if value != ours}
    return kept | json.loads(os.environ["CA_OF_THE_MACHINE"])


def fetched(folder, *packages):
    """*packages* in a folder of their own, put there by pip."""
    command = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    done = subprocess.run(
        [*command, "--target", str(folder), "--no-deps", *packages],
        check=False,
        capture_output=True,
        text=True,
        env=_find_environment_of_the_machine(),
    )
    if done.returncode:
        pytest.skip(f"{packages[0]} cannot be fetched: there is no package index here")
    return str(folder)


@pytest.fixture
def importable(monkeypatch):
    """Makes a folder importable, and forgets what was imported from it."""
    names = ("twilio", "six", "jwt", "aiohttp_retry")

    def loaded():
        return {name for name in sys.modules if name.partition(".")[0] in names}

    # Old versions of what the tests install have loaded six themselves.
    before = {name: sys.modules.pop(name) for name in loaded()}
    yield monkeypatch.syspath_prepend
    for name in loaded():
        del sys.modules[name]
    sys.modules.update(before)


@pytest.fixture
def twilio3(tmp_path, monkeypatch, importable):
    """``twilio`` 3.6.15, with a module that it knew under its old name."""
    importable(fetched(tmp_path / "fetched", "twilio==3.6.15", "six==1.17.0"))
    monkeypatch.setitem(sys.modules, "urlparse", urllib.parse)
    import twilio.rest.resources

    monkeypatch.setattr(logging.root, "level", logging.ERROR)
    return twilio


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")
def test_twilio_3_is_answered_in_json_after_a_challenge(twilio3):
    """Each request comes bare first, and again with credentials after the 401."""
    from twilio.rest.resources import make_twilio_request

    with twreplay.simulate(profile="observed", undocumented="ignore") as simulated:
        client = twilio3.rest.TwilioRestClient(*simulated.auth, version="2008-08-01")
        assert client.account_uri == simulated.account_url

        def ask(method, path, **kwargs):
            url = f"{client.account_uri}/{path}"
            answer = make_twilio_request(method, url, auth=client.auth, **kwargs)
            return json.loads(answer.content)["TwilioResponse"] if answer.content else None

        form = {"Caller": "4158675309", "Called": "4155551212", "Url": "http://a.example/"}
        call = ask("POST", "Calls", data=form)["Call"]
        assert call["Status"] == "0"
        assert simulated.calls[0].Sid == call["Sid"]
        simulated.clock.advance(seconds=10)
        (listed,) = ask("GET", "Calls", params={"num": "2"})["Calls"]
        assert listed["Call"]["Status"] == "1"
        redirect = {"CurrentUrl": "http://a.example/", "Method": "POST", "Timeout": "20"}
        assert ask("POST", f"Calls/{call['Sid']}", data=redirect)["Call"]["Sid"] == call["Sid"]
        bought = ask("POST", "IncomingPhoneNumbers/Local", data={"AreaCode": "206"})
        number = bought["IncomingPhoneNumber"]
        assert re.fullmatch(r"206555\d{4}", number["PhoneNumber"])
        caller_id = simulated.add_outgoing_caller_id()
        client.caller_ids.delete(caller_id.Sid)
        assert simulated.outgoing_caller_ids == ()
        with pytest.raises(twilio3.TwilioRestException) as refused:
            client.calls.create("4155551212", "4158675309", "http://a.example/")
        assert refused.value.status == 400

        answered = [entry.response.status for entry in simulated.requests]
        assert answered[::2] == [401] * 6
        assert answered[1::2] == [201, 200, 200, 201, 204, 400]
        assert simulated.requests[-1].hints == (
            "calls name the caller id Caller, not From",
            "calls name the number to call Called, not To",
        )
        logged = [n.MessageText.rpartition(" ")[2] for n in simulated.notifications]
        assert logged == ["Method=POST", "Timeout=20"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_vendors_client_of_today_pointed_at_the_old_base(tmp_path, importable):
    """Requests of its own go to another version, and are refused by name."""
    importable(fetched(tmp_path / "fetched", "twilio>=9,<10", "PyJWT>=2", "aiohttp-retry>=2.8"))
    from twilio.http.async_http_client import AsyncTwilioHttpClient
    from twilio.rest import Client

    with twreplay.simulate() as simulated:
        url = f"{simulated.account_url}/SMS/Messages.json"
        form = {"From": "4158675309", "To": "4155551212", "Body": "Hi"}
        sent = Client(*simulated.auth).request("POST", url, data=form)

        async def listed():
            async with AsyncTwilioHttpClient() as http_client:
                client = Client(*simulated.auth, http_client=http_client)
                return await client.request_async("GET", url)

        (shown,) = json.loads(asyncio.run(listed()).text)["TwilioResponse"]["SMSMessages"]
        assert shown == json.loads(sent.text)["TwilioResponse"]
        with pytest.raises(twreplay.errors.NotSimulated, match="2010-04-01"):
            Client(*simulated.auth).messages.create(to="+1", from_="+1", body="x")


def test_clients_that_wait_for_a_challenge_get_one(twilio):
    """urllib's own handler, which boto's notifications used."""
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password("Twilio API", "https://api.twilio.com/", *twilio.auth)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    form = urllib.parse.urlencode({"From": "4158675309", "To": "4155551212", "Body": "Hi"})

    with opener.open(f"{twilio.account_url}/SMS/Messages.json", form.encode()) as answer:
        sent = json.load(answer)

    assert sent["TwilioResponse"]["SMSMessage"]["Body"] == "Hi"
    assert [entry.response.status for entry in twilio.requests] == [401, 200]
    header = twilio.requests[1].request.headers["authorization"]
    assert base64.b64decode(header.partition(" ")[2]).decode() == ":".join(twilio.auth)
