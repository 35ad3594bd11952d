"""Recordings, against the reference."""

from __future__ import annotations

import io
import wave

import pytest
from builders import NOT_FOUND, Client, at, client, rests_on


@pytest.fixture
def asking():
    return client()


@pytest.fixture
def recording(asking):
    return f"/Recordings/{asking.simulator.add_recording(Duration=3).Sid}"


class TestPlaying:
    @pytest.mark.parametrize("extension", ["", ".wav"])
    def test_is_wav_by_default(self, asking, recording, extension):
        answer = asking.get(recording, extension=extension)

        assert answer.headers["Content-Type"] == "audio/x-wav"
        with wave.open(io.BytesIO(answer.body)) as audio:
            assert audio.getnframes() / audio.getframerate() == 3

    def test_mp3_is_audio(self, asking, recording):
        answer = asking.get(recording, extension=".mp3")

        assert answer.headers["Content-Type"] == "audio/mpeg"
        assert answer.body.startswith(b"\xff\xfb")

    def test_xml_is_what_is_known_of_it(self, asking, recording):
        answer = asking.get(recording, extension=".xml")

        assert answer.headers["Content-Type"] == "application/xml"
        assert answer.names == [
            *("Sid", "AccountSid", "CallSid", "Duration", "DateCreated", "DateUpdated")
        ]

    @pytest.mark.parametrize("extension", ["wav", "mp3"])
    def test_audio_that_was_arranged_is_played(self, asking, extension):
        sid = asking.simulator.add_recording(**{extension: b"hello\xff"}).Sid

        assert asking.get(f"/Recordings/{sid}", extension=f".{extension}").body == b"hello\xff"

    @pytest.mark.parametrize("extension", ["", ".wav", ".mp3", ".xml"])
    def test_needs_no_credentials(self, asking, recording, extension):
        assert asking.get(recording, extension=extension, auth=False).status == 200

    def test_wrong_credentials_do_not_harm(self, asking, recording):
        assert asking.get(recording, auth=("AC0", "x")).status == 200

    def test_list_needs_credentials(self, asking, recording):
        assert asking.get("/Recordings", auth=False).status == 401

    def test_transcriptions_need_credentials(self, asking, recording):
        assert asking.get(f"{recording}/Transcriptions", auth=False).status == 401

    @pytest.mark.parametrize("auth", [True, False])
    @pytest.mark.parametrize("extension", ["", ".mp3", ".xml"])
    def test_unknown_one_is_404(self, asking, extension, auth):
        answer = asking.get("/Recordings/RE0", extension=extension, auth=auth)

        assert answer.refusal == NOT_FOUND

    def test_of_another_account_is_404(self, asking, recording):
        other = Client(asking.simulator, asking.simulator.add_account())

        assert other.get(recording, auth=False).refusal == NOT_FOUND

    @pytest.mark.parametrize("extension", [".ogg", ".txt"])
    def test_other_formats_are_404(self, asking, recording, extension):
        with rests_on(15):
            assert asking.get(recording, extension=extension).refusal == NOT_FOUND

    def test_lists_have_no_audio(self, asking):
        with rests_on(15):
            assert asking.get("/Recordings.wav").refusal == NOT_FOUND

    def test_list_is_xml(self, asking, recording):
        assert asking.get("/Recordings").thing.tag == "Recordings"


class TestDeleting:
    def test_is_204_without_body(self, asking, recording):
        answer = asking.delete(recording)

        assert (answer.status, answer.body) == (204, b"")

    def test_it_is_gone(self, asking, recording):
        asking.delete(recording)

        assert asking.get("/Recordings").items == []
        with rests_on(29):
            assert asking.get(recording, auth=False).refusal == NOT_FOUND

    def test_deleting_needs_credentials(self, asking, recording):
        with rests_on(28):
            assert asking.delete(recording, auth=False).status == 401
        assert asking.get(recording).status == 200

    def test_of_another_account_is_404(self, asking, recording):
        other = Client(asking.simulator, asking.simulator.add_account())

        assert other.delete(recording).refusal == NOT_FOUND


class TestFilters:
    @pytest.fixture
    def asking(self, asking):
        asking.simulator.add_call(Sid="CA1")
        asking.simulator.add_call(Sid="CA2")
        days = ("2009-07-05 23:59:59", "2009-07-06 00:00:00", "2009-07-06 23:59:59", "2009-07-07")
        for number, day in enumerate(days, 1):
            asking.simulator.add_recording(
                CallSid=f"CA{1 + number % 2}", Duration=number, DateCreated=at(day)
            )
        return asking

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", "4321"),
            ("?CallSid=CA1", "42"),
            ("?CallSid=CA9", ""),
            ("?CallSid=ca1", ""),
            ("?DateCreated=2009-07-06", "32"),
            ("?DateCreated>=2009-07-06", "432"),
            ("?DateCreated<=2009-07-06", "21"),
            ("?DateCreated%3C=2009-07-06&DateCreated%3E=2009-07-06", "2"),
            ("?DateCreated>=2009-07-06&CallSid=CA2", "3"),
        ],
    )
    def test_filters_narrow_the_list_newest_first(self, asking, query, found):
        assert "".join(asking.get(f"/Recordings{query}").each("Duration")) == found
