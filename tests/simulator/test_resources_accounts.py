"""Accounts, against the reference."""

from __future__ import annotations

import pytest
from builders import NOT_FOUND, Client, client, hints, rests_on

import twreplay

LIST = "https://api.twilio.com/2008-08-01/Accounts"


class TestProperties:
    def test_are_in_wire_order(self):
        assert client().get("").names == [
            *("Sid", "FriendlyName", "Status", "StatusText"),
            *("DateCreated", "DateUpdated", "AuthToken"),
        ]

    def test_sid_has_34_characters(self):
        sid = client().get("")["Sid"]

        assert sid.startswith("AC")
        assert len(sid) == 34

    def test_new_account_is_active(self):
        shown = client().get("")

        assert (shown["Status"], shown["StatusText"]) == ("2", "Active")

    def test_friendly_name_defaults_to_an_email_address(self):
        assert "@" in client().get("")["FriendlyName"]

    def test_token_is_the_one_of_the_credentials(self):
        asking = client()

        assert asking.get("")["AuthToken"] == asking.simulator.auth_token


class TestUpdate:
    @pytest.mark.parametrize("method", ["POST", "PUT"])
    def test_renames_and_shows_the_account(self, method):
        asking = client()

        answer = asking.send(method, "", {"FriendlyName": "Reminders"})

        assert answer.status == 200
        assert answer["FriendlyName"] == "Reminders"
        assert asking.get("").text == answer.text

    @pytest.mark.parametrize("length", [1, 63, 64])
    def test_name_of_up_to_64_characters(self, length):
        answer = client().post("", {"FriendlyName": "ä" * length})

        assert answer["FriendlyName"] == "ä" * length

    @pytest.mark.parametrize("length", [65, 1000])
    def test_longer_name_is_refused(self, length):
        asking = client()

        with rests_on(37):
            answer = asking.put("", {"FriendlyName": "x" * length})

        assert answer.refusal == (400, 20002, "Invalid FriendlyName")

    def test_changes_the_date_updated_only(self):
        asking = client()
        before = asking.get("")
        asking.simulator.clock.advance(seconds=60)

        after = asking.post("", {"FriendlyName": "Later"})

        assert after["DateCreated"] == before["DateCreated"]
        assert after["DateUpdated"] != before["DateUpdated"]

    @pytest.mark.parametrize("name", ["Sid", "Status", "AuthToken", "DateCreated"])
    def test_nothing_but_the_name_can_be_written(self, name):
        asking = client(undocumented="ignore")
        before = asking.get("")[name]

        answer = asking.post("", {"FriendlyName": "A", name: "4"})

        assert (answer.status, answer[name]) == (200, before)


class TestList:
    def test_holds_only_the_account_of_the_credentials(self):
        asking = client()
        asking.simulator.add_account()

        answer = asking.get("", url=LIST)

        assert answer.thing.tag == "Accounts"
        assert answer.each("Sid") == [asking.sid]
        assert answer.counters["total"] == "1"

    def test_the_list_needs_credentials(self):
        assert client().get("", url=LIST, auth=False).refusal == (401, 20003, "Authenticate")


class TestSubaccounts:
    def test_post_makes_one_with_sid_and_token(self):
        asking = client()

        with rests_on(41):
            answer = asking.post("", {"FriendlyName": "Tenant"}, url=LIST)

        assert answer.status == 200
        assert answer.thing.tag == "Account"
        assert answer["FriendlyName"] == "Tenant"
        assert (len(answer["Sid"]), len(answer["AuthToken"])) == (34, 32)

    def test_new_credentials_work(self):
        asking = client(undocumented="ignore")
        made = asking.post("", {"FriendlyName": "Tenant"}, url=LIST)
        account = asking.simulator.accounts[-1]

        tenant = Client(asking.simulator, account)

        assert account.Sid == made["Sid"]
        assert tenant.get("")["FriendlyName"] == "Tenant"

    def test_observed_is_201_with_location(self):
        asking = client(profile="observed", undocumented="ignore")

        answer = asking.post("", {}, url=LIST)

        assert answer.status == 201
        assert answer.headers["Location"] == f"{LIST}/{answer['Sid']}"


class TestCredentials:
    def test_of_nobody_are_refused_for_an_account_that_does_not_exist(self):
        """Credentials are looked at before what exists."""
        asking = client()

        answer = asking.get("", url=f"{LIST}/AC{'0' * 32}", auth=("AC0", "x"))

        assert answer.refusal == (401, 20003, "Authenticate")

    def test_of_one_account_do_not_open_another(self):
        asking = client()
        other = asking.simulator.add_account()

        with rests_on(2):
            answer = asking.get("", url=f"{LIST}/{other.Sid}")

        assert answer.refusal == (401, 20003, "Authenticate")

    @pytest.mark.parametrize("status", [4, 16, 32])
    def test_of_a_suspended_account_are_refused(self, status):
        asking = client()
        suspended = Client(asking.simulator, asking.simulator.add_account(Status=status))

        with rests_on(38):
            answer = suspended.get("")

        assert answer.refusal == (401, 20005, "Account not active")

    def test_of_an_inactive_account_work(self):
        """Status 1 is shown in a sample; no page calls it suspended."""
        asking = client()
        inactive = Client(asking.simulator, asking.simulator.add_account(Status=1))

        assert inactive.get("")["StatusText"] == "Inactive"


def test_path_of_the_version_alone_is_404():
    with rests_on(14):
        answer = client().get("", url="https://api.twilio.com/2008-08-01")

    assert answer.refusal == NOT_FOUND


def test_slash_at_the_end_is_404():
    with hints("leave out the slash"), rests_on(14):
        answer = client().get("/")

    assert answer.refusal == NOT_FOUND


@pytest.mark.parametrize(("trial", "wanted"), [(True, "Trial"), (False, "Full")])
def test_type_is_there_in_the_observed_profile_alone(trial, wanted):
    """The vendor's own application compared it with Trial."""
    for profile in ("observed", "documented"):
        simulator = twreplay.Simulator(profile=profile)
        asking = Client(simulator, simulator.add_account(trial=trial))

        names = asking.get("").names
        assert ("Type" in names) == (profile == "observed")
        if "Type" in names:
            assert asking.get("")["Type"] == wanted
