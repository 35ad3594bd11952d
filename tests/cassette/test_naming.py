"""A cassette is named after its test; no two tests get one file, and every file system takes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import twreplay
from twreplay import errors


def find_file_name(test):
    """Return the name of the file that a decorated test named *test* asks for."""

    def function():
        pass

    function.__qualname__ = test
    with pytest.raises(errors.CassetteNotFound) as caught:
        twreplay.use_cassette(function)()
    return caught.value.path.name


def test_plain_names_stay():
    assert find_file_name("TestCalls.test_list[xml-1]") == "TestCalls.test_list[xml-1].yaml"


def test_names_that_would_collide_do_not():
    tests = ["t[a/b]", "t[a:b]", "t[a-b]", "t[get]", "t[GET]", "t[Get]", "con", "t[a ]."]

    assert len(tests) == len({find_file_name(test).lower() for test in tests})


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_parameters_never_share_a_file(one, two):
    names = {find_file_name(f"t[{value}]").lower() for value in (one, two)}

    assert len({one, two}) == len(names)


@given(st.text(min_size=1, max_size=400))
def test_every_name_fits_a_file_system(test):
    name = find_file_name(test).removesuffix(".yaml") + ".failed.yaml"

    assert len(name.encode()) < 230
    assert not set(name) & set('/\\:*?"<>|\0')
