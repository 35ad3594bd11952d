"""The lists and add_... methods of the simulator, which are written from the definitions."""

import subprocess
import sys
from pathlib import Path

import pytest
from published_reference import ELEMENTS

import twreplay

ROOT = Path(__file__).parents[2]
LISTS = {
    "accounts": "add_account",
    "calls": "add_call",
    "conferences": "add_conference",
    "incoming_phone_numbers": "add_incoming_phone_number",
    "notifications": "add_notification",
    "outgoing_caller_ids": "add_outgoing_caller_id",
    "participants": "add_participant",
    "recordings": "add_recording",
    "short_codes": "add_short_code",
    "sms_messages": "add_sms_message",
    "transcriptions": "add_transcription",
}
WITHOUT_PATH = {"ValidationRequest"}


def test_file_is_as_the_definitions_say():
    command = [sys.executable, "scripts/generate_face.py", "--check"]

    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def test_every_resource_has_its_list():
    simulator = twreplay.Simulator()
    names = {type(getattr(simulator, name)) for name in (*LISTS, "sandboxes")}

    assert names == {tuple}
    assert len(LISTS) + 1 == len(ELEMENTS.keys() - WITHOUT_PATH)
    assert set(LISTS.values()) == {name for name in dir(simulator) if name.startswith("add_")} - {
        "add_resource",
        "add_magic_numbers",
    }


@pytest.mark.parametrize(("name", "method"), LISTS.items())
def test_what_is_added_is_the_last_of_its_list(name, method):
    simulator = twreplay.Simulator()

    added = getattr(simulator, method)()

    assert getattr(simulator, name)[-1] is added
