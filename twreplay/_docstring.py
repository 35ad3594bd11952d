"""Docstrings of functions whose keywords stand in a TypedDict."""

from __future__ import annotations

from inspect import cleandoc

_KEYWORDS = "Attributes:\n"


def with_keywords(docstring: str | None, options: type) -> str | None:
    """
    Return *docstring* with the keywords of *options*, for ``help()``.

    They take the place of the line about ``options``. None if Python strips docstrings.
    """
    if docstring is None or options.__doc__ is None:
        return docstring
    keywords = cleandoc(options.__doc__).partition(_KEYWORDS)[2]
    lines = cleandoc(docstring).splitlines()
    replaced = [keywords.rstrip() if line.startswith("    options: ") else line for line in lines]
    return "\n".join(replaced)
