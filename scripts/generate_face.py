"""
Write the simulator's lists and add_... methods from the definitions, with types for editors.

    python scripts/generate_face.py           # writes the file anew
    python scripts/generate_face.py --check   # exit status 1 if it is not as it would be written
"""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import fill

from twreplay._api import RESOURCES, VALIDATION_REQUEST, Resource, WireFormat

FILE = Path(__file__).parents[1] / "twreplay/_simulator/face.py"

_TYPES = {
    WireFormat.DATE: "When",
    WireFormat.GMT_DATE: "When",
    WireFormat.UNIX_DATE: "When",
    WireFormat.TRUE_FALSE: "bool | str | int",
    WireFormat.ONE_ZERO: "bool | str | int",
}

_ANY_PROPERTY = "Any property of the resource, by its name on the wire."

_HEAD = '''"""
The lists of the simulator, and how a test adds to them.

Written by scripts/generate_face.py from the definitions; edit those, and write it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias, TypedDict, Unpack

from twreplay._simulator.state.instance import Instance
from twreplay._suggestion import explain_each_misuse

When: TypeAlias = datetime | int | str | None
"""A datetime with a time zone, Unix seconds, or an RFC 2822 date."""

Text: TypeAlias = str | int | float | bool | None
"""What a property takes."""
'''

_CLASS = '''

@explain_each_misuse
class WorldFace:
    """The lists of a simulated world, in the order in which instances came to be."""

    def _list(self, resource: str) -> tuple[Instance, ...]:
        raise NotImplementedError

    def _add(self, resource: str, properties: Mapping[str, object], **options: object) -> Instance:
        raise NotImplementedError
'''


def render_face() -> str:
    """Return the text of the file."""
    resources = sorted((*RESOURCES, VALIDATION_REQUEST), key=lambda resource: resource.plural)
    parts = [_HEAD]
    parts += [_render_properties(r) for r in resources if r.arranging is not None]
    parts.append(_CLASS)
    parts += [_render_list(resource) for resource in resources]
    parts += [_render_method(r) for r in resources if r.arranging is not None]
    return "".join(parts)


def _render_properties(resource: Resource) -> str:
    lines = [
        f"    {prop.name}: {_TYPES.get(prop.wire_format, 'Text')}"
        for prop in resource.properties
        if prop.wire_format is not WireFormat.PARTS
    ]
    body = "\n".join(lines)
    return (
        f"\n\nclass {resource.name}Properties(TypedDict, total=False):\n"
        f'    """The properties of a {resource.name}."""\n\n{body}\n'
    )


def _render_list(resource: Resource) -> str:
    return (
        "\n    @property\n"
        f"    def {resource.plural}(self) -> tuple[Instance, ...]:\n"
        f'        """{resource.listing}"""\n'
        f'        return self._list("{resource.name}")\n'
    )


def _render_method(resource: Resource) -> str:
    arranging = resource.arranging
    assert arranging is not None
    options = [f"{o.name}: {o.annotation} = {o.default}" for o in arranging.options]
    unpacked = f"**properties: Unpack[{resource.name}Properties]"
    signature = ", ".join(["self", "*", *options, unpacked] if options else ["self", unpacked])
    head = f"    def {arranging.method}({signature}) -> Instance:"
    if len(head) > 100:
        rows = "".join(f"        {part},\n" for part in signature.split(", "))
        head = f"    def {arranging.method}(\n{rows}    ) -> Instance:"
    passed = "".join(f", {o.name}={o.name}" for o in arranging.options)
    call = f'        return self._add("{resource.name}", properties{passed})'
    if len(call) > 100:
        call = call.replace("_add(", "_add(\n            ").removesuffix(")") + "\n        )"
    return f"\n{head}\n{_render_docstring(resource)}\n{call}\n"


def _render_docstring(resource: Resource) -> str:
    arranging = resource.arranging
    assert arranging is not None
    texts = [(option.name, option.text) for option in arranging.options]
    texts.append(("properties", arranging.properties or _ANY_PROPERTY))
    args = "\n\n".join(
        fill(f"{name}: {text}", 100, initial_indent=" " * 12, subsequent_indent=" " * 16)
        for name, text in texts
    )
    return f'        """\n        {arranging.summary}\n\n        Args:\n{args}\n        """'


def main() -> int:
    """Write the file, or compare it."""
    text = render_face()
    if "--check" in sys.argv:
        return 0 if FILE.read_text() == text else 1
    FILE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
