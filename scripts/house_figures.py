"""
Measure how the code reads, and compare it with the aims in CONTRIBUTING.

    python scripts/house_figures.py            the figures; exit status 1 if one misses its aim
    python scripts/house_figures.py --list     and what counts against them

The first word of a function's name is looked up in a list of verbs. Properties, overloads and
dunder methods are left out: they are named after what they are.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parents[1] / "twreplay"

VERBS = frozenset(
    """
    accept activate add adjust advance allow answer append apply arrange ask assert assume attach
    authenticate authorize await become begin bind block build call cancel cast catch change check
    choose clean clear close collect combine commit compare compile complete compute configure
    connect consume continue convert copy count create cut deactivate decide decode decorate define
    delete deliver derive describe detach detect diff disable discard dispatch distribute download
    draw drive drop dump emit enable encode end enforce ensure enter escape exclude execute exit
    expand expect explain export extend extract fail feed fetch fill filter find finish fit flush
    follow forget fork format forward freeze gather generate get give group guess handle has hash
    hide hold identify ignore import include increment index infer inject insert inspect install
    instrument interpret interrupt intercept invert is iterate join keep know learn leave let limit
    link list load locate lock log look make map mark match may measure mention merge migrate mock
    move name narrow negotiate normalize note notify observe offer open operate order override pack
    parse pass patch pick place plan play pop predict prepare press print process produce prune
    pseudonymize pull push put query queue quote raise rank read rebuild receive recognize record
    redact redirect reduce refuse register rehearse release reload remove rename render renew repair
    repeat replace replay reply report request require reraise rescale reset resolve respond restore
    retry return reveal revert rewind rewrite round route run save say scan schedule script seal
    search see select send serialize serve set settle shorten should show sign simulate skip sleep
    slice sort split start state step stop store stream strip submit substitute suggest summarize
    supply swap sync tag take tell test throw tidy to tokenize track transform translate trim
    try tune undo uninstall unlock unpack unregister unwrap update use validate verify visit wait
    walk warn watch weigh wrap write yield
    """.split()  # noqa: SIM905 - a list of 280 quoted words is not easier to read
)
CLAUSE = re.compile(r"(What|Whether|Where|How|Who|Have|Let)\b")
CONNECTIVES = re.compile(
    r"\b([Ww]hoever|[Ww]hatever|[Nn]obody|[Tt]ells|[Tt]old|anew|[Bb]esides|[Mm]eanwhile"
    r"|(?<!there )is none|[Aa]s it was|of its own|in vain|thereby|[Ww]herever|[Ww]hichever)\b"
)
"""Words of stories. *If there is none* is plain English, *what is none* is not."""
OPEN = {("_api", "resources"), ("_api", "errors"), ("_simulator", "state")}
"""What is public within the package, as in tests/contributing/test_faces.py."""

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
STATEMENTS = ast.stmt | ast.excepthandler | ast.match_case


class Figure(NamedTuple):
    """One measured figure, its aim, and what counts against it."""

    name: str
    value: float
    aim: str
    is_met: bool
    against: list[str]


def parse_package() -> dict[Path, ast.Module]:
    """Parse every module of the package."""
    return {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def find_definitions(node: ast.AST) -> Iterator[ast.AST]:
    """Iterate over the functions and classes in *node*: in statements, never in expressions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, STATEMENTS):
            if isinstance(child, FUNCTIONS | ast.ClassDef):
                yield child
            yield from find_definitions(child)


def show(path: Path, node: ast.AST, text: str) -> str:
    """Format one place of the package."""
    return f"{path.relative_to(PACKAGE.parent)}:{getattr(node, 'lineno', 0)} {text}"


def measure_verbs(modules: dict[Path, ast.Module]) -> Figure:
    """Measure the share of functions whose name begins with a verb."""
    names = total = 0
    against = []
    for path, tree in modules.items():
        for node in find_definitions(tree):
            if not isinstance(node, FUNCTIONS) or node.name.startswith("__"):
                continue
            marks = {getattr(d, "id", getattr(d, "attr", "")) for d in node.decorator_list}
            if marks & {"property", "cached_property", "overload", "_once"}:
                continue
            total += 1
            if node.name.strip("_").split("_")[0] in VERBS:
                names += 1
            else:
                against.append(show(path, node, node.name))
    share = 100 * names / total
    return Figure("functions that begin with a verb, %", share, ">= 60", share >= 60, against)


def measure_clauses(modules: dict[Path, ast.Module]) -> Figure:
    """Measure the share of docstrings that begin with a clause instead of a verb or a noun."""
    total = 0
    against = []
    for path, tree in modules.items():
        for node in find_definitions(tree):
            if text := ast.get_docstring(node):
                total += 1
                if CLAUSE.match(text):
                    against.append(show(path, node, text.splitlines()[0]))
    share = 100 * len(against) / total
    return Figure("docstrings that are clauses, %", share, "<= 3", share <= 3, against)


def measure_connectives(modules: dict[Path, ast.Module]) -> Figure:
    """Measure the ornate connectives in 1,000 words of docstrings and comments."""
    words = 0
    against = []
    for path, tree in modules.items():
        for line, text in read_prose(path, tree):
            words += len(text.split())
            against += [
                f"{path.relative_to(PACKAGE.parent)}:{line} {found[0]}"
                for found in CONNECTIVES.finditer(text)
            ]
    rate = 1000 * len(against) / words
    return Figure("ornate connectives per 1,000 words", rate, "<= 1.5", rate <= 1.5, against)


def read_prose(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Iterate over the docstrings and comments of a module, as (line, text)."""
    for node in (tree, *find_definitions(tree)):
        yield getattr(node, "lineno", 1), ast.get_docstring(node) or ""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def measure_longest(modules: dict[Path, ast.Module]) -> Figure:
    """Measure the longest function, in lines with its docstring."""
    longest = 0
    against = []
    for path, tree in modules.items():
        for node in find_definitions(tree):
            if isinstance(node, FUNCTIONS):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                longest = max(longest, length)
                if length > 60:
                    against.append(show(path, node, f"{node.name}: {length} lines"))
    return Figure("longest function, lines", longest, "<= 60", longest <= 60, against)


def measure_deep_imports(modules: dict[Path, ast.Module]) -> Figure:
    """Count the imports past another package's face."""
    against = []
    for path, tree in modules.items():
        owner = path.relative_to(PACKAGE).parts[0]
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("twreplay._"):
                _, package, *rest = str(node.module).split(".")
                if rest and package != owner and (package, rest[0]) not in OPEN:
                    against.append(show(path, node, str(node.module)))
    return Figure("imports past a face", len(against), "0", not against, against)


def measure_cycles(modules: dict[Path, ast.Module]) -> Figure:
    """Count the modules in a cycle of imports, those for types too, but not those in functions."""
    names = {path: name_module(path) for path in modules}
    known = set(names.values())
    imports = {
        names[path]: {target for target in read_imports(tree) if target in known}
        for path, tree in modules.items()
        if path.name != "__init__.py"  # a face imports its rooms, and they import others' faces
    }
    against = [name for name in imports if name in reach(imports, name)]
    return Figure("modules in import cycles", len(against), "0", not against, against)


def name_module(path: Path) -> str:
    """Return the dotted name of the module at *path*."""
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


def read_imports(tree: ast.Module) -> Iterator[str]:
    """Iterate over the modules that a module imports when it is loaded or checked."""
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.If | ast.Try):
            waiting += [*node.body, *node.orelse]


def reach(imports: dict[str, set[str]], start: str) -> set[str]:
    """Return all modules that *start* imports, directly or not."""
    seen: set[str] = set()
    waiting = list(imports[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += imports.get(name, ())
    return seen


MEASURES = (
    measure_verbs,
    measure_clauses,
    measure_connectives,
    measure_longest,
    measure_deep_imports,
    measure_cycles,
)


def main(options: list[str]) -> int:
    """Print the figures; return 1 if one misses its aim."""
    modules = parse_package()
    figures = [measure(modules) for measure in MEASURES]
    for figure in figures:
        verdict = "" if figure.is_met else "   <- misses its aim"
        print(f"{figure.name:<40} {figure.value:8.1f}   aim {figure.aim}{verdict}")
        if "--list" in options:
            print(*(f"    {place}" for place in figure.against), sep="\n")
    return 0 if all(figure.is_met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
