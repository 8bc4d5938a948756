"""Type checkers accept what users write, and find their mistakes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT

HERE = Path(__file__).parent
USER_CODE, MISTAKES = HERE / "user_code.py", HERE / "mistakes.py"
WEBHOOK_CODE = HERE / "webhook_code.py"


def mypy(file: Path, tmp_path: Path) -> dict[int, str]:
    """Lines and errors that mypy finds, strictly."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context",
         "--config-file=", str(file)],
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.stderr == ""
    errors = re.findall(rf"{re.escape(file.name)}:(\d+): error: (.*)", done.stdout)
    assert done.returncode == 0 or errors, done.stdout
    return {int(line): message for line, message in errors}


def pyright(file: Path, tmp_path: Path) -> dict[int, str]:
    """Lines and errors that pyright finds, strictly."""
    settings = tmp_path / "pyrightconfig.json"
    settings.write_text(json.dumps({"typeCheckingMode": "strict", "include": [str(file)]}))
    done = subprocess.run(
        [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable,
         "--project", str(settings)],
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == 1
    return {
        d["range"]["start"]["line"] + 1: d["message"]
        for d in report["generalDiagnostics"]
        if d["severity"] == "error"
    }


CHECKERS = pytest.mark.parametrize("check", [mypy, pyright])


@CHECKERS
@pytest.mark.parametrize("file", [USER_CODE, WEBHOOK_CODE], ids=["client", "webhooks"])
@pytest.mark.slow
def test_what_users_write_is_accepted(check: object, file: Path, tmp_path: Path) -> None:
    """Every public name is used, and nothing is found."""
    assert callable(check)
    assert check(file, tmp_path) == {}


@CHECKERS
@pytest.mark.slow
def test_each_mistake_is_found_and_nothing_else(check: object, tmp_path: Path) -> None:
    """An error in each marked line, and in no other."""
    assert callable(check)
    lines = MISTAKES.read_text(encoding="utf-8").splitlines()
    marked = {number for number, line in enumerate(lines, 1) if "# E:" in line}
    assert set(check(MISTAKES, tmp_path)) == marked


def test_the_user_code_uses_every_public_name() -> None:
    """A new public name must be shown there."""
    import plain_sdk
    from plain_sdk import cards, components

    text = USER_CODE.read_text(encoding="utf-8")
    names = [*dir(plain_sdk), *cards.__all__, *components.__all__]
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []


def test_the_webhook_code_matches_every_payload() -> None:
    """A new payload must be matched there, and every name of the door but what payloads hold."""
    from plain_sdk import webhooks

    text = WEBHOOK_CODE.read_text(encoding="utf-8")
    payloads = {payload.__name__ for payload in webhooks.PAYLOADS.values()}
    wanted = payloads | {*vars(webhooks)["_MODULES"]}
    assert [n for n in sorted(wanted) if not re.search(rf"\b{n}\b", text)] == []


def test_the_packages_say_that_they_are_typed() -> None:
    """`py.typed` lies in both packages."""
    assert (ROOT / "src/plain_sdk/py.typed").exists()
    assert (ROOT / "generated/plain_webhooks/py.typed").exists()
    assert (ROOT / "generated/plain_graphql/py.typed").exists()
