"""What opens nothing is recorded as it is: sums, identifiers, traces, media."""

from __future__ import annotations

import pytest
from innocent_corpus import INNOCENT, TOKEN
from recorder import handler_of
from token_guard import TOKENS

import twreplay
from twreplay._cassette import load, scan

TOKENS.add(TOKEN)

# Any value of a field of this name is taken out, and what a cookie is set to.
HIDDEN = {"callback, key", "Set-Cookie, nothing in it"}


@pytest.mark.parametrize("name", INNOCENT)
def test_an_innocent_recording_is_saved_as_it_was(name, tmp_path):
    path = tmp_path / "new.yaml"
    given = INNOCENT[name]

    with twreplay.use_cassette(path, record_mode="once") as cassette:
        handler_of(cassette).record(given.request, given.response)

    (written,) = load(path).interactions
    if name not in HIDDEN:
        assert "REDACTED" not in written.request.url
        assert (written.request.body, written.response.body) == (
            given.request.body,
            given.response.body,
        )
        # One by one: the text of them all is without what may be a secret.
        assert [value for _, value in written.response.headers.pairs if "REDACTED" in value] == []


def test_the_corpus_is_as_large_as_it_says():
    assert len(INNOCENT) >= 72
    assert scan(list(INNOCENT.values())), "their own credentials are found"
