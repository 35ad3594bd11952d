from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twreplay._cassette import build_file_name


def test_plain_names_stay():
    assert build_file_name("TestCalls.test_list[xml-1]") == "TestCalls.test_list[xml-1]"


def test_names_that_would_collide_do_not():
    tests = ["t[a/b]", "t[a:b]", "t[a-b]", "t[get]", "t[GET]", "t[Get]", "con", "t[a ]."]

    assert len(tests) == len({build_file_name(test).lower() for test in tests})


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_parameters_never_share_a_file(one, two):
    names = {build_file_name(f"t[{value}]").lower() for value in (one, two)}

    assert len({one, two}) == len(names)


@given(st.text(min_size=1, max_size=400))
def test_every_name_fits_a_file_system(test):
    name = build_file_name(test) + ".failed.yaml"

    assert len(name.encode()) < 230
    assert not set(name) & set('/\\:*?"<>|\0')
