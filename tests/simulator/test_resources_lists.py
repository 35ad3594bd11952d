"""What all lists have in common: counters, pages and their URIs, against the reference."""

from __future__ import annotations

import pytest
from builders import Client, client, hints, rests_on

COUNTERS = ["page", "numpages", "pagesize", "total", "start", "end"]
URIS = ["uri", "firstpageuri", "nextpageuri", "previouspageuri", "lastpageuri"]

CONTAINERS = {
    "/Calls": "Calls",
    "/Conferences": "Conferences",
    "/IncomingPhoneNumbers": "IncomingPhoneNumbers",
    "/IncomingPhoneNumbers/Local": "IncomingPhoneNumbers",
    "/IncomingPhoneNumbers/TollFree": "IncomingPhoneNumbers",
    "/Notifications": "Notifications",
    "/OutgoingCallerIds": "OutgoingCallerIds",
    "/Recordings": "Recordings",
    "/Transcriptions": "Transcriptions",
    "/SMS/Messages": "SMSMessages",
    "/SMS/ShortCodes": "ShortCodes",
}


@pytest.fixture
def asking():
    return client()


def add_calls(asking, count):
    for number in range(count):
        asking.simulator.add_call(Sid=f"CA{number}")


def numbers(counters):
    return [int(counters[name]) for name in COUNTERS]


class TestCounters:
    @pytest.mark.parametrize("path", CONTAINERS)
    def test_stand_in_this_order(self, asking, path):
        answer = asking.get(path)

        assert answer.thing.tag == CONTAINERS[path]
        assert list(answer.counters) == COUNTERS + URIS

    @pytest.mark.parametrize(
        ("total", "query", "expected"),
        [
            (1, "", [0, 1, 50, 1, 0, 0]),
            (2, "", [0, 1, 50, 2, 0, 1]),
            (49, "", [0, 1, 50, 49, 0, 48]),
            (50, "", [0, 1, 50, 50, 0, 49]),
            (51, "", [0, 2, 50, 51, 0, 49]),
            (51, "?page=1", [1, 2, 50, 51, 50, 50]),
            (7, "?num=3", [0, 3, 3, 7, 0, 2]),
            (7, "?num=3&page=0", [0, 3, 3, 7, 0, 2]),
            (7, "?num=3&page=1", [1, 3, 3, 7, 3, 5]),
            (7, "?num=3&page=2", [2, 3, 3, 7, 6, 6]),
            (6, "?num=3&page=1", [1, 2, 3, 6, 3, 5]),
            (7, "?num=7", [0, 1, 7, 7, 0, 6]),
            (7, "?num=1&page=6", [6, 7, 1, 7, 6, 6]),
            (7, "?num=1000", [0, 1, 1000, 7, 0, 6]),
        ],
    )
    def test_tell_where_the_page_is(self, asking, total, query, expected):
        add_calls(asking, total)

        answer = asking.get(f"/Calls{query}")

        assert numbers(answer.counters) == expected
        assert len(answer.items) == expected[5] - expected[4] + 1

    @pytest.mark.parametrize("path", CONTAINERS)
    def test_counters_of_an_empty_list_are_zero(self, path):
        asking = client()
        empty = Client(asking.simulator, asking.simulator.add_account())

        answer = empty.get(path)

        assert numbers(answer.counters) == [0, 0, 50, 0, 0, 0]
        assert [answer.counters[name] for name in URIS] == [f"{empty.path}{path}", *[""] * 4]

    def test_empty_list_is_closed_in_itself(self, asking):
        assert asking.get("/Calls").text.endswith('lastpageuri=""/></TwilioResponse>\n')

    def test_of_a_filtered_list_count_what_was_found(self, asking):
        for status in (1, 2, 2, 2, 3):
            asking.simulator.add_call(Status=status)

        answer = asking.get("/Calls?Status=2&num=2")

        assert numbers(answer.counters) == [0, 2, 2, 3, 0, 1]

    @pytest.mark.parametrize("name", ["page", "Page"])
    def test_page_number_has_two_names(self, asking, name):
        """The newest text calls Page deprecated; applications sent page."""
        add_calls(asking, 3)

        assert asking.get(f"/Calls?num=1&{name}=2").each("Sid") == ["CA0"]


class TestPageUris:
    def uris(self, asking, path):
        counters = asking.get(path).counters
        return [counters[name].removeprefix(asking.path) for name in URIS]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", ["", "?num=50&page=0", "", "", "?num=50&page=0"]),
            ("?num=3", ["?num=3", "?num=3&page=0", "?num=3&page=1", "", "?num=3&page=2"]),
            (
                "?num=3&page=1",
                [
                    "?num=3&page=1",
                    "?num=3&page=0",
                    "?num=3&page=2",
                    "?num=3&page=0",
                    "?num=3&page=2",
                ],
            ),
            (
                "?num=3&page=2",
                ["?num=3&page=2", "?num=3&page=0", "", "?num=3&page=1", "?num=3&page=2"],
            ),
        ],
        ids=["only page", "first", "middle", "last"],
    )
    def test_name_the_neighbours(self, asking, query, expected):
        add_calls(asking, 7)

        own, *others = self.uris(asking, f"/Calls{query}")

        assert own == f"/Calls{expected[0]}"
        assert others == [f"/Calls{uri}" if uri else "" for uri in expected[1:]]

    def test_are_relative_and_escaped(self, asking):
        add_calls(asking, 2)

        assert (
            f'nextpageuri="{asking.path}/Calls?num=1&amp;page=1"' in asking.get("/Calls?num=1").text
        )

    @pytest.mark.parametrize("path", ["/Calls", "/Calls.json"])
    @pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
    def test_page_uris_lead_over_everything_once(self, asking, path, size):
        add_calls(asking, 7)
        below, seen = f"{path}?num={size}", []
        while below:
            answer = asking.get(below)
            if path.endswith(".json"):
                listed = answer.json
                seen += [item["Call"]["Sid"] for item in listed["Calls"]]
                below = listed["nextpageuri"].removeprefix(asking.path)
            else:
                seen += answer.each("Sid")
                below = answer.counters["nextpageuri"].removeprefix(asking.path)

        assert seen == [f"CA{number}" for number in reversed(range(7))]

    @pytest.mark.filterwarnings("ignore:.*question 72,:twreplay.errors.UndocumentedBehavior")
    @pytest.mark.parametrize(
        "query",
        [
            "Status=2",
            "StartTime>=2009-07-06",
            "StartTime%3E=2009-07-06",
            "StartTime<2037-01-01",
            "StartTime>=2009-07-06&StartTime<2037-01-01&Status=2",
        ],
    )
    def test_walk_keeps_to_the_filters(self, asking, query):
        for number in range(12):
            asking.simulator.add_call(Sid=f"CA{number}", Status=number % 2 + 1)
        if "Status" not in query:
            asking.simulator.add_call(Status=0)
        wanted = asking.get(f"/Calls?{query}").each("Sid")
        below, seen = f"/Calls?{query}&num=2", []
        while below:
            answer = asking.get(below)
            seen += answer.each("Sid")
            below = answer.counters["nextpageuri"].removeprefix(asking.path)

        assert seen == wanted
        assert len(seen) in (6, 12)

    def test_walk_back_is_the_walk_forth(self, asking):
        add_calls(asking, 5)
        first = asking.get("/Calls?num=2").counters
        last = asking.get(first["lastpageuri"].removeprefix(asking.path))
        middle = asking.get(last.counters["previouspageuri"].removeprefix(asking.path))

        assert last.each("Sid") == ["CA0"]
        assert middle.each("Sid") == ["CA2", "CA1"]


class TestOddPages:
    def test_past_the_end_is_an_empty_page(self, asking):
        add_calls(asking, 3)

        with rests_on(10):
            answer = asking.get("/Calls?num=2&page=2")

        assert answer.status == 200
        assert answer.items == []
        assert answer.counters["total"] == "3"
        assert answer.counters["nextpageuri"] == ""

    @pytest.mark.parametrize("value", ["0", "-1", "x", "1.5"])
    def test_size_that_is_none_is_the_default(self, asking, value):
        with rests_on(10):
            assert asking.get(f"/Calls?num={value}").counters["pagesize"] == "50"

    @pytest.mark.parametrize("value", ["1001", "99999999999999999999"])
    def test_size_is_at_most_1000(self, asking, value):
        with rests_on(10):
            assert asking.get(f"/Calls?num={value}").counters["pagesize"] == "1000"

    @pytest.mark.parametrize("value", ["-1", "x"])
    def test_page_that_is_none_is_the_first(self, asking, value):
        add_calls(asking, 1)

        with rests_on(10):
            assert asking.get(f"/Calls?page={value}").each("Sid") == ["CA0"]

    def test_a_page_of_a_thousand_is_whole(self, asking):
        add_calls(asking, 1001)

        answer = asking.get("/Calls?num=1000")

        assert numbers(answer.counters) == [0, 2, 1000, 1001, 0, 999]
        assert len(answer.items) == 1000

    def test_names_of_the_next_version_are_hinted_and_ignored(self, asking):
        add_calls(asking, 3)

        with hints("the size of a page is num"), rests_on(18):
            answer = asking.get("/Calls?PageSize=1")

        assert len(answer.items) == 3


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_first_and_last_day_of_the_calendar_are_days(asking, day):
    assert asking.get(f"/Calls?StartTime={day}").status == 200
