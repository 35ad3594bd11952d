"""The code stays as short to walk and as plain to read as CONTRIBUTING says."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


def load_script(name):
    spec = spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Grades, notes and the clock that may follow another took one file more than the 23 there were;
# a response that is not parsed, made in one place for two clients, took one more. Whether a client
# would refuse the request takes three calls, and three more where a variable names the authorities.
@pytest.mark.parametrize(("way", "calls", "files"), [("simulated", 128, 25), ("replayed", 65, 12)])
def test_a_request_enters_no_more_functions_and_files_than_it_did(way, calls, files):
    entered = load_script("walk").WALKS[way]()

    assert 20 < len(entered) <= calls
    assert 5 < len({file for file, _, _ in entered}) <= files


class TestFigures:
    @pytest.fixture
    def house(self):
        return load_script("house_figures")

    def test_the_package_meets_its_aims(self, house):
        modules = house.parse_package()

        figures = [measure(modules) for measure in house.MEASURES]

        assert [figure for figure in figures if not figure.is_met] == []

    def test_each_figure_finds_what_it_counts(self, house, tmp_path, monkeypatch):
        monkeypatch.setattr(house, "PACKAGE", tmp_path / "twreplay")
        (tmp_path / "twreplay" / "_a").mkdir(parents=True)
        body = "\n".join(["    x = 1"] * 61)
        (tmp_path / "twreplay" / "_a" / "one.py").write_text(
            "from twreplay._a import two\nfrom twreplay._b.c import d\n"
            f'def answerer():\n    """What nobody tells."""\n{body}\n'
        )
        (tmp_path / "twreplay" / "_a" / "two.py").write_text("from twreplay._a.one import answerer")
        modules = house.parse_package()

        figures = {
            name: getattr(house, name)(modules).value
            for name in vars(house)
            if name.startswith("measure_")
        }

        assert figures == {
            "measure_verbs": 0,
            "measure_clauses": 100,
            "measure_connectives": pytest.approx(2000 / 3),
            "measure_longest": 63,
            "measure_deep_imports": 1,
            "measure_cycles": 2,
        }
