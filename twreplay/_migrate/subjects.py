"""Is a test about this version of the API? Its cassettes tell, or the addresses in its file."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from twreplay._migrate.cassettes import Subject
from twreplay._migrate.notes import STAYS
from twreplay._migrate.plan import Plan
from twreplay._migrate.project import Project
from twreplay._migrate.source import SourceFile

ONLY_HERE = "twreplay answers requests to https://api.twilio.com/2008-08-01 and no others"
_OTHERS = "cassettes of other hosts"


def judge_subject(
    plan: Plan,
    project: Project,
    file: SourceFile,
    node: cst.CSTNode,
    subject: Subject | None,
    name: str,
    *,
    what: str = "",
) -> None:
    """Tell *plan* whether the unit of *node* is about this API, by its cassettes."""
    unit = file.unit(node)
    if subject is not None and subject.is_known:
        if subject.is_ours:
            plan.want(unit)
            return
        others = subject.describe_others()
        if not subject.here:
            why = f"its requests are to {others}; {ONLY_HERE}"
            note = file.note(node, why, what=what or _OTHERS)
            plan.refuse(unit, replace(note, kind=STAYS))
            return
        why = f"the cassette has requests to the API, and to {others}; {ONLY_HERE}"
        to_do = (
            "two cassettes, the one of the API for twreplay.use_cassette inside the other's block"
        )
        plan.refuse(unit, file.note(node, why, to_do))
        return
    if project.options.everything or names_the_api(project, file):
        plan.want(unit)
        return
    where = name if name.strip("*/.") else "(its path cannot be read off)"
    why = f"no cassette was found that tells whether it is about the API: {where}"
    to_do = "twreplay migrate --all, if it is; record it first, if it never was"
    plan.doubt(unit, file.note(node, why, to_do, what=what))


def names_the_api(project: Project, file: SourceFile) -> bool:
    """Return whether a text in *file* is an address of the API, and none is another's."""
    here = False
    for node in file.find(cst.SimpleString):
        value = node.evaluated_value
        text = value if isinstance(value, str) else ""
        here = here or "api.twilio.com/2008-08-01" in text
        if text.startswith(("http://", "https://")) and "api.twilio.com" not in text:
            return False
    for part in file.find(cst.FormattedStringText):
        here = here or "api.twilio.com/2008-08-01" in part.value
    return here
