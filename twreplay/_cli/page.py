"""A cassette as one HTML page that needs nothing else, and fits a telephone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from string import Template

from twreplay._cassette import Recording, replace_unprintable
from twreplay._cli.output import count
from twreplay._cli.reading import Reading

_PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --dim: #5a6675; --back: #fff; --line: #dde3ea;
  --box: #f4f6f8; --good: #17693b; --bad: #a32018; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --dim: #97a3b2; --back: #14181e;
  --line: #2a323d; --box: #1c222a; --good: #6fcf97; --bad: #f0a79b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--back); color: var(--ink);
  font: 16px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.2rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 0 0 .4rem; overflow-wrap: anywhere; }
p, dl { margin: .3rem 0; }
p, dt { color: var(--dim); }
article { border-top: 1px solid var(--line); margin-top: 1rem; padding-top: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
pre { background: var(--box); border-radius: .4rem; margin: .5rem 0 0; overflow-x: auto;
  padding: .7rem; font-size: .85rem; }
.good { color: var(--good); } .bad { color: var(--bad); }
</style>
</head>
<body>
<h1>$title</h1>
<p>$about</p>
$interactions
</body>
</html>
""")


def render_page(title: str, recording: Recording, wanted: Sequence[Reading]) -> str:
    """Render the page of *wanted*, interactions of *recording*."""
    origin = "written by another tool" if recording.foreign else recording.origin
    about = [count(len(recording.interactions), "interaction"), origin]
    if recording.recorded_at:
        about.append(recording.recorded_at)
    return _PAGE.substitute(
        title=_escape(title),
        about=_escape(", ".join(about)),
        interactions="\n".join(map(_render_interaction, wanted)),
    )


def _render_interaction(each: Reading) -> str:
    kind = "good" if each.status < 400 else "bad"
    parts = [
        f'<article id="i{each.number}">',
        f"<h2>{each.number}. {_escape(each.method)} {_escape(each.url)}</h2>",
        f"<p>as {_escape(each.who)}</p>",
        _render_pairs(each.form),
        _render_block(each.sent),
        f'<p><strong class="{kind}">{each.status} {_escape(each.reason)}</strong>, '
        f"{count(each.size, 'byte')}</p>",
        _render_pairs(each.told),
        _render_block(each.body),
        "</article>",
    ]
    return "\n".join(part for part in parts if part)


def _render_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{_escape(name)}</dt><dd>{_escape(value)}</dd>" for name, value in pairs)
    return f"<dl>{rows}</dl>" if rows else ""


def _render_block(body: str) -> str:
    return f"<pre>{_escape(body)}</pre>" if body else ""


def _escape(content: str) -> str:
    return escape(replace_unprintable(content))
