"""The rooms of the house: imports run downwards, and the checker would say if one did not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """The import rules of the project, on a copy of it."""
    linter = Path(sys.executable).with_name("lint-imports")
    paths = os.pathsep.join(str(root / name) for name in ("src", "generated"))
    return subprocess.run(
        [str(linter), "--no-cache", "--config", str(root / "pyproject.toml")],
        capture_output=True, text=True, timeout=120, cwd=root,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code."""
    root = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", root)
    for name in ("src", "generated"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def test_no_import_runs_upwards_and_none_in_a_circle(house: Path) -> None:
    """Every rule is kept, and every room has its place in them."""
    done = lint_imports(house)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "statement", "broken"),
    [
        ("src/plain_sdk/_transports/base.py", "from .._call.gate import Gate",
         "Imports run downwards"),
        ("src/plain_sdk/_lists/pages.py", "from .._customers.rows import CustomerRow",
         "Imports run downwards"),
        ("src/plain_sdk/_call/gate.py", "def f():\n    from .pipeline import Pipeline",
         "One call, in its order"),
        ("src/plain_sdk/_call/retry.py", "from . import quota", "One call, in its order"),
        ("src/plain_sdk/codegen/read/names.py", "from ..render import types",
         "The compiler reads"),
        ("src/plain_sdk/runtime/models.py", "from plain_sdk import _errors",
         "Generated code stands"),
        ("generated/plain_graphql/mappings.py", "import plain_sdk._config",
         "Generated code stands"),
        ("generated/plain_webhooks/objects.py", "import plain_sdk._webhooks.event",
         "Generated code stands"),
        ("src/plain_sdk/_webhooks/event.py", "from .. import webhooks", "Imports run downwards"),
        ("src/plain_sdk/_attachments/form.py", "from .._customers.rows import CustomerRow",
         "Imports run downwards"),
        ("src/plain_sdk/_components/wire.py", "from .._cards import protocol",
         "Imports run downwards"),
        ("src/plain_sdk/_bulk/source.py", "from . import outcomes", "No circles"),
        ("src/plain_sdk/new_room.py", "import json", "Imports run downwards"),
    ],
)  # fmt: skip
def test_an_import_that_is_planted_is_found(
    house: Path, file: str, statement: str, broken: str
) -> None:
    """Upwards, sideways, in a circle, from a function, and a room that has no place yet."""
    path = house / file
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text(f"{before or ''}\n{statement}\n", encoding="utf-8")
    try:
        done = lint_imports(house)
    finally:
        path.unlink() if before is None else path.write_text(before, encoding="utf-8")
    assert done.returncode != 0
    assert any(broken in line for line in done.stdout.splitlines() if "BROKEN" in line) or (
        "new_room" in done.stdout + done.stderr
    )
