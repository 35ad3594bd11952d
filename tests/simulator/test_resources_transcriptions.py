"""Transcriptions, against the reference."""

from __future__ import annotations

import pytest
from builders import NOT_FOUND, client


@pytest.fixture
def asking():
    return client()


@pytest.fixture
def recording(asking):
    return asking.simulator.add_recording().Sid


@pytest.fixture
def path(recording):
    return f"/Recordings/{recording}/Transcriptions"


class TestInstance:
    def test_properties_are_in_wire_order(self, asking, path):
        sid = asking.simulator.add_transcription().Sid

        assert asking.get(f"{path}/{sid}").names == [
            *("Sid", "DateCreated", "DateUpdated", "AccountSid", "Status", "RecordingSid"),
            *("Duration", "TranscriptionText", "Price"),
        ]

    def test_dates_are_unix_seconds(self, asking, path):
        """Unlike those of all other resources."""
        sid = asking.simulator.add_transcription().Sid

        shown = asking.get(f"{path}/{sid}")

        assert shown["DateCreated"] == str(asking.simulator.clock.seconds)

    @pytest.mark.parametrize("status", ["in-progress", "completed", "failed"])
    def test_status_is_a_word(self, asking, path, status):
        sid = asking.simulator.add_transcription(Status=status).Sid

        assert asking.get(f"{path}/{sid}")["Status"] == status

    @pytest.mark.parametrize("status", ["in-progress", "failed"])
    def test_price_is_there_after_completion_only(self, asking, path, status):
        sid = asking.simulator.add_transcription(Status=status).Sid

        assert asking.get(f"{path}/{sid}")["Price"] == ""

    def test_sid_has_34_characters(self, asking, path):
        sid = asking.simulator.add_transcription().Sid

        assert sid.startswith("TR")
        assert len(sid) == 34

    @pytest.mark.parametrize("text", ["hello", "  hello \n", "5 < 6 & ü", ""])
    def test_the_text_alone_is_shown(self, asking, path, text):
        sid = asking.simulator.add_transcription(TranscriptionText=text).Sid

        answer = asking.get(f"{path}/{sid}", extension=".txt")

        assert answer.headers["Content-Type"].partition(";")[0] == "text/plain"
        assert answer.text == text

    @pytest.mark.parametrize("text", ["  hello \n", "5 < 6 & ü"])
    def test_text_in_xml_keeps_its_white_space(self, asking, path, text):
        sid = asking.simulator.add_transcription(TranscriptionText=text).Sid

        assert asking.get(f"{path}/{sid}")["TranscriptionText"] == text

    def test_unknown_one_is_404(self, asking, path):
        assert asking.get(f"{path}/TR0").refusal == NOT_FOUND

    def test_of_another_recording_is_404(self, asking, path):
        sid = asking.simulator.add_transcription().Sid
        other = asking.simulator.add_recording().Sid

        answer = asking.get(f"/Recordings/{other}/Transcriptions/{sid}")

        assert answer.refusal == NOT_FOUND


class TestLists:
    def test_the_list_of_a_recording_has_its_own_alone(self, asking, recording, path):
        one = asking.simulator.add_transcription(RecordingSid=recording).Sid
        asking.simulator.add_recording()
        asking.simulator.add_transcription()

        answer = asking.get(path)

        assert answer.thing.tag == "Transcriptions"
        assert answer.each("Sid") == [one]

    def test_the_list_of_the_account_has_all_newest_first(self, asking, recording):
        one = asking.simulator.add_transcription().Sid
        asking.simulator.add_recording()
        two = asking.simulator.add_transcription().Sid

        assert asking.get("/Transcriptions").each("Sid") == [two, one]

    def test_of_an_unknown_recording_is_404(self, asking):
        assert asking.get("/Recordings/RE0/Transcriptions").refusal == NOT_FOUND

    def test_last_updated_is_first(self, asking, recording):
        for seconds in (1, 3, 2):
            asking.simulator.add_transcription(DateUpdated=seconds, Duration=seconds)

        assert asking.get("/Transcriptions").each("Duration") == ["3", "2", "1"]


def test_instance_below_the_account_is_of_the_next_version():
    asking = client(undocumented="ignore")
    sid = asking.simulator.add_transcription().Sid

    assert asking.get(f"/Transcriptions/{sid}").refusal == NOT_FOUND
