"""Coverage as one HTML page that needs nothing else, and fits a telephone."""

from __future__ import annotations

from html import escape
from itertools import groupby
from string import Template

from twreplay._display import visible_line
from twreplay._reports.coverage.coverage import Coverage, Row

_PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>twreplay coverage: $percent%</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --dim: #5a6675; --back: #fff; --line: #dde3ea;
  --seen: 24, 128, 78; --never: #fbe9e7; --never-ink: #8c2f22; --other: #e8e4f8;
  --other-ink: #46357e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --dim: #97a3b2; --back: #14181e;
  --line: #2a323d; --seen: 60, 170, 110; --never: #3a2320; --never-ink: #f0a79b; --other: #2c2745;
  --other-ink: #c6b9f5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--back); color: var(--ink);
  font: 16px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.3rem; margin: 0 0 .25rem; }
h2 { font-size: 1rem; margin: 1.6rem 0 .3rem; }
p { margin: .3rem 0; color: var(--dim); }
meter { width: 100%; height: 1rem; }
ul { list-style: none; margin: 0; padding: 0; }
.operation { border-top: 1px solid var(--line); padding: .45rem 0; display: flex; flex-wrap: wrap;
  gap: .3rem 1rem; justify-content: space-between; }
.operation code { overflow-wrap: anywhere; flex: 1 1 18rem; font-size: .9rem; }
.operation b { display: inline-block; min-width: 3.6rem; }
.answers { display: flex; flex-wrap: wrap; gap: .25rem; }
.answers li { border-radius: .3rem; padding: .05rem .4rem; font-size: .85rem; min-width: 3.7rem;
  text-align: center; font-variant-numeric: tabular-nums; }
.seen { background: rgba(var(--seen), var(--heat)); }
.never { background: var(--never); color: var(--never-ink); text-decoration: line-through; }
.other { background: var(--other); color: var(--other-ink); }
.unused { opacity: .6; }
.key span { border-radius: .3rem; padding: .05rem .4rem; margin-right: .3rem; }
</style>
</head>
<body>
<h1>$percent% of the documented answers</h1>
<meter min="0" max="100" value="$percent">$percent%</meter>
<p>$seen of $documented, of the $used operations that this suite used; $idle of $operations
operations were never used. Profile: $profile.</p>
<p class="key"><span class="seen" style="--heat: .45">seen, and how often</span>
<span class="never">never</span> <span class="other">seen, not documented</span></p>
$sections
</body>
</html>
""")


def render_coverage_page(coverage: Coverage) -> str:
    """Render the page: used operations first, by resource."""
    rows = coverage.list_rows()
    summary = coverage.compute_summary()
    most = max((count for row in rows for count in row.seen.values()), default=0)
    used = [row for row in rows if row.was_used]
    idle = [row for row in rows if not row.was_used]
    sections = [
        _render_section(resource, list(of_resource), most)
        for resource, of_resource in groupby(used, lambda row: row.resource)
    ]
    if idle:
        sections.append(_render_section("Never used", idle, most))
    return _PAGE.substitute(
        percent=f"{summary.percent:.0f}",
        seen=summary.seen,
        documented=summary.documented,
        used=summary.used,
        idle=summary.operations - summary.used,
        operations=summary.operations,
        profile=_safe(coverage.profile),
        sections="\n".join(sections),
    )


def _render_section(title: str, rows: list[Row], most: int) -> str:
    listed = "\n".join(_render_operation(row, most) for row in rows)
    return f"<h2>{_safe(title)}</h2>\n<ul>\n{listed}\n</ul>"


def _render_operation(row: Row, most: int) -> str:
    if not row.was_used:
        where = f"<code><b>{row.method}</b> {_safe(row.path)}</code>"
        return f'<li class="operation unused">{where}</li>'
    answers = {**row.seen, **row.besides}
    chips = "".join(
        _render_answer(status, answers[status], most, is_documented=status in row.seen)
        for status in sorted(answers)
    )
    return (
        f'<li class="operation"><code><b>{row.method}</b> {_safe(row.path)}</code>'
        f'<ul class="answers">{chips}</ul></li>'
    )


def _render_answer(status: int, count: int, most: int, *, is_documented: bool) -> str:
    if not count:
        return f'<li class="never" title="never seen">{status}</li>'
    if not is_documented:
        return f'<li class="other" title="not documented">{status} &times;{count}</li>'
    heat = 0.25 + 0.55 * count / most
    return f'<li class="seen" style="--heat: {heat:.2f}">{status} &times;{count}</li>'


def _safe(text: str) -> str:
    return escape(visible_line(text))
