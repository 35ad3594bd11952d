"""YAML as cassettes use it: plain values, no objects. The only module that imports yaml."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from twreplay._cassette.files.bodies import Bare, Number
from twreplay._cassette.files.damage import DecodeError, find_position, find_unprintable, named

try:
    from yaml import CSafeDumper as _BaseDumper
    from yaml import CSafeLoader as _BaseLoader
except ImportError:  # a PyYAML that was built without libyaml
    from yaml import SafeDumper as _BaseDumper  # type: ignore[assignment]
    from yaml import SafeLoader as _BaseLoader  # type: ignore[assignment]

_TAG = "tag:yaml.org,2002:"

# A cassette needs eight. libyaml's composer has no limit but the stack, which ends the process.
_DEEPEST = 64

# Aliases that unfold to more characters than this are not there to save a tool some typing.
_MOST_UNFOLDED = 64_000_000

# A mapping in a cassette has a dozen keys, or as many as a message has headers. A million took ten
# seconds and 424 MB to find that they are no cassette.
_MOST_KEYS = 10_000

# A status has three digits. Python takes ten million for a number, and then cannot print it.
_LONGEST_NUMBER = 32

# What parsers say of a depth that they do not like depends on their version: PyYAML 6.0.4 and
# libyaml stop at limits of their own, before a node is made that we could count.
_TOO_DEEP_FOR_A_PARSER = re.compile("nesting|nested|depth|recursion")
_OPENED = re.compile(r"""[\[{](?:[^\[\]{}"']*[\[{])""" + f"{{{_DEEPEST}}}")
_TOO_DEEP = f"is nested more than {_DEEPEST} levels deep"

# Both may also stand in a text; then it is looked at closely for nothing.
_ANCHOR = re.compile(r"[\s\[{,]&[^\s\[\]{},&]+[\s,\]}]")
_ALIAS = re.compile(r"[\s\[{,]\*[^\s\[\]{},*]+\s*(?:[,\]}\n:]|\Z)")

_LONG_LINE = 80


class _Refused(yaml.MarkedYAMLError):
    """YAML that is right and still has no place in a cassette; *problem* is the headline."""


def _is_merge(key: yaml.Node) -> bool:
    is_plain = isinstance(key, yaml.ScalarNode) and not key.style
    return is_plain and key.value == "<<" and key.tag == f"{_TAG}str"


# Tags of our own: with one of YAML's a file could say the same of any text.
_BARE = {f"{_TAG}bool": "!bare", f"{_TAG}float": "!bare"}
_AS_YAML_SAYS = {f"{_TAG}int": f"{_TAG}int", f"{_TAG}null": f"{_TAG}null"}


class _Loader(_BaseLoader):
    """The safe loader, with less: no dates, floats and booleans; those are text."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # PyYAML's own way of saying it
        first: [
            ((_BARE | _AS_YAML_SAYS)[tag], form)
            for tag, form in forms
            if tag in _BARE or tag in _AS_YAML_SAYS
        ]
        for first, forms in _BaseLoader.yaml_implicit_resolvers.items()
    }

    depth = 0

    def descend_resolver(self, parent: yaml.Node | None, index: Any) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _Refused(problem=_TOO_DEEP, problem_mark=parent.start_mark if parent else None)
        if isinstance(parent, yaml.MappingNode) and len(parent.value) > _MOST_KEYS:
            problem = f"has more than {_MOST_KEYS} keys in one place"
            raise _Refused(problem=problem, problem_mark=parent.start_mark)

    def ascend_resolver(self) -> None:
        self.depth -= 1

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Leave `<<` to *construct_mapping*: to copy what is merged takes 2^n for n merges."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        merged = [value for key, value in node.value if _is_merge(key)]
        if merged:
            return self._merge(node, merged)
        written = len(node.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        if len(mapping) < written:
            twice = _repeated(node)
            problem = f"has the key `{named(twice.value)}` twice in one place"
            raise _Refused(problem=problem, problem_mark=twice.start_mark)
        return mapping

    def _merge(self, node: yaml.MappingNode, merged: list[yaml.Node]) -> dict[Any, Any]:
        """Return the mapping of *node*, and of what it merges the keys that it has not itself."""
        pairs = [pair for pair in node.value if not _is_merge(pair[0])]
        own = yaml.MappingNode(node.tag, pairs, node.start_mark, node.end_mark)
        mapping = self.construct_mapping(own, deep=True)
        for value in merged:
            for each in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if not isinstance(each, yaml.MappingNode):
                    problem = "merges something with `<<` that is no mapping"
                    raise _Refused(problem=problem, problem_mark=each.start_mark)
                for name, text in self.construct_object(each, deep=True).items():
                    mapping.setdefault(name, text)
        return mapping

    def integer(self, node: yaml.ScalarNode) -> int:
        written = str(self.construct_scalar(node))
        try:
            if len(written) > _LONGEST_NUMBER:
                raise ValueError
            number = Number(self.construct_yaml_int(node))
        except (ValueError, IndexError):  # IndexError: `!!int ''` and `!!int '-'`
            problem = "has a number in it that is none"
            raise _Refused(problem=problem, problem_mark=node.start_mark) from None
        number.written = written
        return number

    def bare(self, node: yaml.ScalarNode) -> Bare:
        return Bare(self.construct_scalar(node))

    def binary(self, node: yaml.ScalarNode) -> bytes:
        written = str(self.construct_scalar(node))
        try:
            # Strictly: what is skipped silently is a body that silently differs.
            return base64.b64decode(b"".join(written.encode().split()), validate=True)
        except ValueError:
            problem = "has binary in it that is not base64"
            raise _Refused(problem=problem, problem_mark=node.start_mark) from None

    def unknown(self, node: yaml.Node) -> None:
        tag = node.tag.replace(_TAG, "!!")
        what = "Python object" if tag.startswith("!!python/") else "tag that no cassette has"
        problem = f"has a {what} in it, {tag}, which is never loaded"
        raise _Refused(problem=problem, problem_mark=node.start_mark)


_Loader.yaml_constructors = {
    f"{_TAG}{name}": _BaseLoader.yaml_constructors[f"{_TAG}{like}"]
    for name, like in (
        ("null", "null"),
        ("str", "str"),
        ("seq", "seq"),
        ("map", "map"),
        # The harmless ones of those that vcrpy wrote in its time.
        ("python/unicode", "str"),
        ("python/str", "str"),
        ("python/tuple", "seq"),
    )
}
_Loader.add_constructor(f"{_TAG}int", _Loader.integer)
_Loader.add_constructor("!bare", _Loader.bare)
_Loader.add_constructor(f"{_TAG}binary", _Loader.binary)
_Loader.add_constructor("!binary", _Loader.binary)  # how Ruby writes it
_Loader.add_constructor(None, _Loader.unknown)


class _Dumper(_BaseDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    # A URL stays on its line, however long.
    is_prose = len(value) > _LONG_LINE and " " in value
    style = "|" if "\n" in value or is_prose else None
    # The emitter takes no subclass of str, as the values of headers with secret names are.
    return dumper.represent_scalar(f"{_TAG}str", str(value), style=style)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_multi_representer(str, _represent_text)
_Dumper.add_multi_representer(bytes, _BaseDumper.represent_binary)


def dump(data: object) -> str:
    """Write *data* for reviewers: its order kept, long text in separate lines."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1 << 30)
    return text


@dataclass(frozen=True, slots=True)
class YamlError:
    """Text that is not YAML, or not YAML for a cassette, and the index where that shows."""

    flaw: DecodeError
    index: int = 0


def load(text: str) -> tuple[Any, yaml.Node] | YamlError:
    """The value of *text*, and the node it was made of."""
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return YamlError(DecodeError(headline="holds nothing but comments"))
            has_aliases = _ANCHOR.search(text) and _ALIAS.search(text)
            if has_aliases and _unfolded(node) > _MOST_UNFOLDED:
                problem = "has aliases that unfold to more than any cassette holds"
                raise _Refused(problem=problem, problem_mark=node.start_mark)
            return loader.construct_document(node), node
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        index = min(mark.index, len(text)) if mark else 0
        line, column = find_position(text, index)
        if isinstance(error, _Refused):
            headline = str(error.problem)
        elif _TOO_DEEP_FOR_A_PARSER.search(str(error.problem)) or _is_deep(text, index):
            headline = _TOO_DEEP
        else:
            headline = f"is not a YAML cassette: {error.problem}"
        return YamlError(DecodeError(headline=headline, line=line, column=column), index)
    except RecursionError:
        return YamlError(DecodeError(headline=_TOO_DEEP))
    except (yaml.YAMLError, ArithmeticError, LookupError, ValueError, TypeError) as error:
        reason = f"is not a YAML cassette: {str(error).partition(chr(10))[0]}"
        return YamlError(find_unprintable(text) or DecodeError(headline=reason))


def _is_deep(text: str, index: int) -> bool:
    """Return whether a parser that stopped at *index* had more open than a cassette has levels."""
    # It may have looked ahead as far as a key can reach.
    return _OPENED.search(text, max(0, index - 2048), index + 2048) is not None


def text(scalar: str) -> str:
    """The text that *scalar* is; it must be one."""
    loader = _Loader(scalar)
    try:
        return str(loader.get_single_data())
    finally:
        loader.dispose()


def compose(text: str) -> yaml.Node | None:
    """The nodes of *text*, to find a place in it; None if it is not YAML."""
    try:
        loader = _Loader(text)
        try:
            node: yaml.Node | None = loader.get_single_node()
            return node
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def index_of(node: yaml.Node, keys: Sequence[str | int]) -> int:
    """Return the start of the value at *keys*, or of its last existing parent."""
    index = node.start_mark.index
    for key in keys:
        if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            index = node.start_mark.index
            continue
        named = node.value if isinstance(node, yaml.MappingNode) else []
        pair = next((pair for pair in named if pair[0].value == str(key)), None)
        if pair is None:
            break
        node = pair[1]
        index = (node if isinstance(node, yaml.ScalarNode) else pair[0]).start_mark.index
    return int(index)


def repeated_key(node: yaml.Node | None) -> tuple[str, int] | None:
    """The first key that a mapping below *node* has twice, and where it is."""
    waiting = [node] if node is not None else []
    while waiting:
        here = waiting.pop()
        if isinstance(here, yaml.SequenceNode):
            waiting += reversed(here.value)
        elif isinstance(here, yaml.MappingNode):
            if len({key.value for key, _ in here.value}) < len(here.value):
                twice = _repeated(here)
                return named(twice.value), int(twice.start_mark.index)
            waiting += [value for _, value in reversed(here.value)]
    return None


def _repeated(node: yaml.Node) -> yaml.Node:
    seen: set[object] = set()
    for key, _ in node.value:
        name = str(key.value)
        if name in seen:
            break
        seen.add(name)
    found: yaml.Node = key
    return found


def _unfolded(root: yaml.Node) -> float:
    """Return the length of *root* without aliases; infinite if it contains itself."""
    sizes: dict[int, float] = {}
    waiting = [root]
    while waiting:
        node = waiting[-1]
        if isinstance(node, yaml.ScalarNode):
            sizes[id(node)] = len(node.value) + 1
            waiting.pop()
            continue
        parts = [
            part
            for entry in node.value
            for part in (entry if isinstance(entry, tuple) else (entry,))
        ]
        if id(node) not in sizes:
            # A reference to it while it is still open is inside it.
            sizes[id(node)] = float("inf")
            waiting += [part for part in parts if id(part) not in sizes]
            continue
        sizes[id(node)] = 1 + sum(sizes[id(part)] for part in parts)
        waiting.pop()
    return sizes[id(root)]
