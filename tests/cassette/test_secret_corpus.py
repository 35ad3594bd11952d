"""Whatever client sends a secret, and wherever it stands: none is written, shown or told."""

from __future__ import annotations

import base64
import gzip
import os
from urllib.parse import quote

import pytest
import secret_corpus
from cassette_files import read, render
from recorder import record
from scenario import CLIENTS
from secret_corpus import (
    NOTATIONS,
    OTHER_TOKEN,
    PLANTS,
    SAMPLE,
    SECRETS,
    TOKEN,
    authorization_plants,
    can,
    found_in,
    interaction_of,
    named_plants,
    places,
    send,
)
from token_guard import TOKENS

import twreplay
from twreplay import errors

TOKENS.update({*SECRETS, OTHER_TOKEN})


class CodeUnderTestFailed(Exception):
    pass


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with secret_corpus.server(tmp_path_factory.mktemp("server")) as running:
        yield running


def assert_it_was_sent(server):
    assert any(map(found_in, server.passed)), "nothing was planted"


def everything_told(error: BaseException) -> str:
    told = [str(error), repr(error), *getattr(error, "__notes__", ())]
    return "\n".join(told)


EVERYWHERE = {**PLANTS, **SAMPLE}

CASES = [
    pytest.param(client, EVERYWHERE[name], id=f"{client}-{name}")
    for client in CLIENTS
    for name in EVERYWHERE
    if can(client, EVERYWHERE[name])
]


@pytest.mark.parametrize(("client", "plant"), CASES)
def test_no_secret_is_written(client, plant, server, tmp_path, caplog, capfd):
    path = tmp_path / "new.yaml"

    with twreplay.use_cassette(path, record_mode="once") as cassette:
        send(client, plant, server)

    assert_it_was_sent(server)
    assert places(path) == 0
    assert [file.name for file in tmp_path.iterdir() if file.suffix != ".lock"] == ["new.yaml"]
    shown = f"{cassette!r} {cassette.interactions!r} {caplog.text} {capfd.readouterr()}"
    assert not found_in(shown.encode())


def recorded(path, plants):
    """Records *plants* into *path*; the names of those of which a secret was written."""
    record(path, *map(interaction_of, plants.values()), record_mode="rewrite")
    written = read(path).interactions
    assert len(written) == len(plants)
    return [
        name
        for name, interaction in zip(plants, written, strict=True)
        if found_in(render([interaction]).encode()) or found_in(interaction.response.body)
    ]


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_field_named_as_a_secret_is_written_without_it(notation, tmp_path):
    assert recorded(tmp_path / "new.yaml", named_plants(notation)) == []


def test_a_header_of_credentials_of_any_shape_is_written_without_them(tmp_path):
    assert recorded(tmp_path / "new.yaml", authorization_plants()) == []


# The whole product takes a quarter of an hour.
if os.environ.get("TWREPLAY_ALL_PLANTS"):

    @pytest.mark.parametrize("client", CLIENTS)
    @pytest.mark.parametrize("notation", NOTATIONS)
    def test_no_client_writes_a_field_named_as_a_secret(client, notation, server, tmp_path):
        for index, plant in enumerate(named_plants(notation).values()):
            path = tmp_path / f"{index}.yaml"
            with twreplay.use_cassette(path, record_mode="once"):
                send(client, plant, server)
            assert places(path) == 0


@pytest.mark.parametrize("plant", EVERYWHERE.values(), ids=EVERYWHERE)
def test_no_secret_is_written_when_the_code_under_test_fails(plant, server, tmp_path):
    client = "requests"
    path = tmp_path / "new.yaml"

    with pytest.raises(CodeUnderTestFailed) as failed:
        with twreplay.use_cassette(path, record_mode="once"):
            send(client, plant, server)
            raise CodeUnderTestFailed

    assert_it_was_sent(server)
    assert not path.exists()
    assert places(tmp_path / "new.failed.yaml") == 0
    assert not found_in(everything_told(failed.value).encode())


@pytest.mark.parametrize("name", PLANTS)
def test_a_miss_tells_no_secret(name, server, cassette_path):
    plant = PLANTS[name]

    with pytest.raises(errors.UnmatchedRequest) as missed:
        with twreplay.use_cassette(cassette_path, allow_unused=True):
            send("requests", plant, server)

    assert not found_in(everything_told(missed.value).encode())


@pytest.mark.parametrize("name", PLANTS)
def test_the_json_form_of_a_cassette_has_none_either(name, server, tmp_path):
    path = tmp_path / "new.json"

    with twreplay.use_cassette(path, record_mode="once"):
        send("requests", PLANTS[name], server)

    assert_it_was_sent(server)
    assert places(path) == 0


def test_the_recording_replays_with_the_secrets_of_today(server, tmp_path):
    path = tmp_path / "new.yaml"
    planted = [plant for plant in PLANTS.values() if plant.answer.status == 200]
    with twreplay.use_cassette(path, record_mode="once"):
        for plant in planted:
            send("requests", plant, server)
    server.passed = []

    with twreplay.use_cassette(path):
        for plant in planted:
            send("requests", plant, server)

    assert server.passed == []


@pytest.mark.parametrize(
    "hidden",
    [
        TOKEN.encode(),
        quote(quote("".join(f"%{ord(char):02x}" for char in TOKEN))).encode(),
        base64.b64encode(b"a" + TOKEN.encode()),
        base64.b64encode(gzip.compress(TOKEN.encode())),
        b"==" + base64.urlsafe_b64encode(f"AC1:{OTHER_TOKEN}".encode()),
        base64.b64encode(base64.b64encode(TOKEN.upper().encode())),
    ],
    ids=["raw", "percents", "base64", "gzip", "urlsafe", "twice"],
)
def test_the_search_finds_what_is_hidden(hidden):
    assert found_in(b"before " + hidden + b" after")


@pytest.mark.parametrize("name", ["AuthToken", "auth_token", "AUTHTOKEN"])
def test_a_column_of_tokens_is_known_by_its_name(name, server, tmp_path):
    body = f"Sid,{name}\r\nAC1,a token of words\r\n".encode()
    plant = secret_corpus.Plant(answer=secret_corpus.Answer(body, kind="text/csv"))
    with twreplay.use_cassette(tmp_path / "new.yaml", record_mode="once"):
        send("requests", plant, server)

    assert "a token of words" not in (tmp_path / "new.yaml").read_text()


def test_a_request_of_nothing_but_a_secret_has_no_headers_left(tmp_path):
    request = twreplay.Request(
        "GET", "https://api.twilio.com/2008-08-01", {"Proxy-Authorization": "Basic secret"}
    )
    record(tmp_path / "x.yaml", twreplay.Interaction(request, twreplay.Response(200)))

    (written,) = read(tmp_path / "x.yaml").interactions
    assert written.request.headers.pairs == ()
