"""Nobody imports past a package's face."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "twreplay"
OPEN = {
    ("_api", "resources"),
    ("_api", "errors"),
    ("_simulator", "state"),
}
"""What is public within the package: read by others, by its own name."""


def deep_imports(path):
    owner = path.relative_to(PACKAGE).parts[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("twreplay._"):
            _, package, *rest = node.module.split(".")
            if rest and package != owner and (package, rest[0]) not in OPEN:
                yield f"{path.relative_to(PACKAGE)}:{node.lineno} imports {node.module}"


def test_no_module_imports_past_another_packages_face():
    assert [found for path in PACKAGE.rglob("*.py") for found in deep_imports(path)] == []


def test_an_import_past_a_face_would_be_found(tmp_path):
    module = PACKAGE / "_cli" / "x.py"

    class Fake:
        parts = module.parts

        def relative_to(self, other):
            return module.relative_to(other)

        def read_text(self, encoding):
            return "from twreplay._cassette.files.codec import decode\n"

    assert len(list(deep_imports(Fake()))) == 1
