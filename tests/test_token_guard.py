"""The guard that watches the whole run can fail, or it would be no guard."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from conftest import ACCOUNT
from inner_runs import run_inner
from token_guard import LET_BE, forms

# Known to the guard of the run that is started here, not to the one of this run.
PLANTED = "a/planted+token 0123456789"

WRITTEN = {
    "raw": PLANTED,
    "percent-encoded": "x=a%2Fplanted%2Btoken%200123456789",
    "form": "x=a%2Fplanted%2Btoken+0123456789",
    "basic": base64.b64encode(f"{ACCOUNT}:{PLANTED}".encode()).decode(),
    "basic of another user": base64.b64encode(f"user:{PLANTED}".encode()).decode(),
    "basic of a third": base64.b64encode(f"me:{PLANTED}\n".encode()).decode(),
}


@pytest.fixture
def guarded(pytester, monkeypatch):
    """A run with the guard, of a test that writes something; call it with that."""
    root = Path(__file__).parent
    monkeypatch.setenv("PYTHONPATH", f"{root}:{root.parent / 'examples' / 'recording'}")
    pytester.makeconftest(f"import token_guard\ntoken_guard.TOKENS.add({PLANTED!r})")

    def run(written: str, *arguments: str, name: str = "x.yaml"):
        pytester.makepyfile(
            f"def test_a(tmp_path):\n    path = tmp_path / {name!r}\n"
            f"    path.parent.mkdir(exist_ok=True)\n    path.write_text({written!r})\n"
        )
        return run_inner(pytester, "-p", "token_guard", *arguments)

    return run


def test_a_written_token_fails_the_run(guarded):
    result = guarded(PLANTED)

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*a token was written*", "*test_a0/x.yaml"])
    assert PLANTED not in result.stdout.str()


def test_a_token_is_found_in_each_form(guarded, pytester):
    pytester.makepyfile(
        test_forms="def test_forms(tmp_path):\n"
        f"    for number, text in enumerate({[*WRITTEN.values()]!r}):\n"
        "        (tmp_path / f'form{number}').write_text(text)\n"
    )

    result = guarded("nothing")

    found = [line for line in result.outlines if "/test_forms0/form" in line]
    assert len(found) == len(WRITTEN)
    assert PLANTED not in result.stdout.str()


@pytest.mark.slow
def test_a_token_written_by_a_worker_fails_the_run(guarded):
    result = guarded(PLANTED, "-n", "1")

    assert result.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.slow
def test_a_token_that_only_a_worker_knows_fails_the_run(guarded, pytester):
    pytester.makepyfile(
        test_b="import local_api\n\ndef test_b(tmp_path):\n    with local_api.local_api() as api:\n"
        "        (tmp_path / 'b').write_text(api.auth_token)\n"
    )

    assert guarded("nothing", "-n", "1").ret == pytest.ExitCode.TESTS_FAILED


def test_a_run_that_wrote_none_passes(guarded):
    result = guarded("nothing")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*files searched for 1 tokens: none found"])


def test_what_others_wrote_is_let_be(guarded):
    assert guarded(PLANTED, name=f"{LET_BE}/x.yaml").ret == pytest.ExitCode.OK


@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("after", range(3))
def test_base64_is_found_wherever_the_token_stands(before, after):
    encoded = base64.b64encode(b"u" * before + PLANTED.encode() + b"\n" * after)

    assert any(form in encoded for form in forms(PLANTED))
