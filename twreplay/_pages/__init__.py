"""
The pages of twreplay, all of one make: templates that escape what was recorded, and one style.

A page in a file holds its style, and needs and fetches nothing else. A page of the server names its
style and script by path.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from twreplay._display import visible
from twreplay._pages.replacing import refuse_foreign

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["read_static", "refuse_foreign", "render_page"]

_POLICY = "default-src 'none'; style-src '{}'; img-src data:; base-uri 'none'; form-action 'none'"


def read_static(name: str) -> bytes:
    """Read a style sheet or a script."""
    return files(__name__).joinpath("static", name).read_bytes()


def render_page(name: str, **values: Any) -> str:
    """
    Render the template *name*.

    What *values* hold is text: it is escaped, and so is what a browser would obey otherwise, such
    as a change of direction.
    """
    return str(_build_environment().get_template(f"{name}.html").render(**values))


@cache
def _build_environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # late: few runs make a page
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("twreplay._pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_show,
    )
    style = read_static("page.css").decode()
    digest = b64encode(sha256(style.encode()).digest()).decode()
    environment.globals["style"] = Markup(style)  # noqa: S704 - a file of this package
    environment.globals["policy"] = _POLICY.format(f"sha256-{digest}")
    environment.filters["count"] = _count
    environment.filters["kind"] = _name_kind
    environment.filters["short_url"] = _shorten_url
    return environment


def _show(value: Any) -> Any:
    # Markup is what a macro or a filter made, escaped already.
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _shorten_url(url: str) -> str:
    """Shorten the URL of the API to its path below the version, and Sids in the middle."""
    below = re.sub(r"^https?://[^/]+/2008-08-01(?=/)", "", url)
    return re.sub(r"\b([A-Z]{2}[0-9a-f]{3})[0-9a-f]{26}([0-9a-f]{3})\b", "\\1…\\2", below)


def _name_kind(status: object) -> str:
    """Return the class of a status, by which it is colored."""
    text = str(status)
    if not (text.isascii() and text.isdigit()):
        return "bad"
    return "good" if int(text) < 300 else "other" if int(text) < 400 else "bad"
