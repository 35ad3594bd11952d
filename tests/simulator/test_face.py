"""The lists and add_... methods of the simulator, which are written from the definitions."""

import subprocess
import sys
from pathlib import Path

import pytest

import twreplay
from twreplay._api import RESOURCES

ROOT = Path(__file__).parents[2]
ADDABLE = [r for r in RESOURCES if r.arranging is not None]


def test_file_is_as_the_definitions_say():
    command = [sys.executable, "scripts/generate_face.py", "--check"]

    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_every_resource_has_its_list(resource):
    assert isinstance(getattr(twreplay.Simulator(), resource.plural), tuple)


@pytest.mark.parametrize("resource", ADDABLE, ids=lambda resource: resource.name)
def test_what_is_added_is_the_last_of_its_list(resource):
    simulator = twreplay.Simulator()

    added = getattr(simulator, resource.arranging.method)()

    assert getattr(simulator, resource.plural)[-1] is added
