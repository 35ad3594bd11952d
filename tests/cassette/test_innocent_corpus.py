"""What opens nothing is recorded as it is: sums, identifiers, traces, media."""

from __future__ import annotations

import pytest
from cassette_files import read, write
from click.testing import CliRunner
from command_line import main
from innocent_corpus import INNOCENT, TOKEN
from recorder import handler_of
from token_guard import LET_BE, TOKENS

import twreplay

TOKENS.add(TOKEN)

# Any value of a field of this name is taken out, and what a cookie is set to.
HIDDEN = {"callback, key", "Set-Cookie, nothing in it"}


@pytest.mark.parametrize("name", INNOCENT)
def test_an_innocent_recording_is_saved_as_it_was(name, tmp_path):
    path = tmp_path / "new.yaml"
    given = INNOCENT[name]

    with twreplay.use_cassette(path, record_mode="once") as cassette:
        handler_of(cassette).record(given.request, given.response)

    (written,) = read(path).interactions
    if name not in HIDDEN:
        assert "REDACTED" not in written.request.url
        assert (written.request.body, written.response.body) == (
            given.request.body,
            given.response.body,
        )
        # One by one: the text of them all is without what may be a secret.
        assert [value for _, value in written.response.headers.pairs if "REDACTED" in value] == []


def test_the_corpus_is_as_large_as_it_says(tmp_path):
    assert len(INNOCENT) >= 72
    folder = tmp_path / LET_BE
    folder.mkdir()
    path = write(folder / "given.yaml", *INNOCENT.values())
    found = CliRunner().invoke(main, ["scan", str(path)])
    assert found.exit_code == 1, "their own credentials are found"
