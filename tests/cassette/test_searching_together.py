"""Interactions are searched together for secrets, and nothing is missed that one alone shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_known_secrets import FORMS, SECRETS, placed
from test_scan import SECRETS as LOOKALIKES

from twreplay import Interaction, Request, Response
from twreplay._cassette import Redactor, scan
from twreplay._cassette.secrets.finder import find_in_body, find_in_fields, find_secrets
from twreplay._cassette.secrets.known import KnownSecrets
from twreplay._cassette.secrets.together import find_clean, look_clean

TOKEN = "5ecbe75ecbe75ecbe75ecbe75ecbe75e"
BASE = "https://api.twilio.com/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef"
KIND = {"Content-Type": "application/xml"}


def clean(number: int) -> Interaction:
    body = f"<Call><Sid>CA{number:032x}</Sid><To>415555{number:04d}</To></Call>"
    return Interaction(Request("GET", f"{BASE}/Calls?Page={number}"), Response(200, KIND, body))


AROUND = tuple(map(clean, range(70)))


def test_what_is_clean_is_found_to_be():
    assert all(find_clean(AROUND, KnownSecrets()))


@pytest.mark.parametrize("name", LOOKALIKES)
def test_what_looks_like_a_secret_is_found_among_others(name):
    planted = LOOKALIKES[name][0]
    alone = scan([planted])

    among = scan([*AROUND, planted, *AROUND])

    assert {found.interaction for found in among} <= {len(AROUND) + 1}
    assert [str(f).partition(", ")[2] for f in among] == [str(f).partition(", ")[2] for f in alone]


@pytest.mark.parametrize("form", FORMS)
def test_a_known_secret_is_taken_out_among_others(form):
    for secret in SECRETS:
        redactor = Redactor()
        planted = []
        for request, response in placed(secret, FORMS[form](secret)):
            redactor.learn_request(request)
            planted.append(Interaction(request, response))
        one_by_one = [(redactor.request(i.request), redactor.response(i.response)) for i in planted]

        together = redactor.redact_all([*AROUND, *planted, *AROUND])[len(AROUND) : -len(AROUND)]

        assert [(each.request, each.response) for each in together] == one_by_one


WRITTEN = [FORMS[form](TOKEN) for form in FORMS]
PIECES = st.sampled_from(
    [
        *WRITTEN,
        *(text[: len(text) // 2] for text in WRITTEN),
        *(text[len(text) // 2 :] for text in WRITTEN),
        *("AC0123456789abcdef0123456789abcdef", "9f86d081884c7d659a2feaa0c55ad015", TOKEN),
        *("AuthToken=", "token", ": ", "%41uth", "&#116;oken", "H4sI", "KLUv", "eyJhbGciOi"),
        *("\n", "\r\n", " ", "|", "\\", "%", "&", "=", "/", "<a>", '"', "\x00", "é", "%00", "%ff"),
    ]
)
CONTENTS = st.lists(PIECES, min_size=1, max_size=4).map("".join).map(str.encode)


@given(st.lists(CONTENTS, min_size=1, max_size=4))
def test_what_is_clean_together_is_clean_alone(contents):
    known = KnownSecrets()
    known.add(TOKEN)

    if look_clean(contents):
        assert not [f for c in contents for f in (*find_secrets(c), *find_in_fields(c))]
        assert not any(find_in_body(c, "", False) for c in contents if len(c.strip()) != 32)
    if all(c.isascii() and b"\0" not in c for c in contents) and known.are_surely_absent(contents):
        assert [known.holds(content) for content in contents] == [None] * len(contents)
