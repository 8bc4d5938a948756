"""The wheel, away from the checkout: what it needs, what it holds, and that it works."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from support import ROOT

from plain_sdk import __version__ as plain_sdk_version

pytestmark = pytest.mark.packaging


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(folder), str(ROOT)], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def empty_environment(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """An environment with nothing but the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    install(folder, str(wheel))
    return folder


def install(environment: Path, what: str) -> None:
    pip = [str(environment / "bin" / "pip"), "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", what], check=True)


def plain_sdk(environment: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(environment / "bin" / "plain-sdk"), *arguments],
        capture_output=True, text=True, cwd=environment, timeout=120,
    )  # fmt: skip


def test_the_wheel_holds_what_it_needs_and_no_more(wheel: Path) -> None:
    """Both packages, the schema and the operations; no tests, nothing of the checkout."""
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {re.sub(r"-.*", "", top) for top in tops} == {
        "plain_sdk", "plain_graphql", "plain_webhooks",
    }  # fmt: skip
    for needed in ("plain_sdk/_api/schema.graphql", "plain_sdk/py.typed", "plain_graphql/py.typed",
                   "plain_webhooks/py.typed",
                   "plain_sdk/sandbox/page/templates/base.html",
                   "plain_sdk/sandbox/page/static/editor.js",
                   "plain_sdk/sandbox/page/static/editor.licenses.txt",
                   "plain_sdk/_api/queries/webhooks/events.graphqls",
                   "plain_sdk/_api/queries/customers/upsert_customer.graphql"):  # fmt: skip
        assert needed in names
    assert wheel.stat().st_size < 3_000_000


def test_the_build_is_reproducible_and_whole(tmp_path: Path) -> None:
    """The same bytes twice; metadata that an index takes; and an sdist that has all of it."""
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        done = subprocess.run(
            ["bash", str(ROOT / ".ci" / "build"), str(folder), "--no-isolation"],
            capture_output=True, text=True, env={**os.environ, "PYTHON": sys.executable},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("PASSED") == 2
    files = sorted(path.name for path in first.iterdir())
    assert files == [f"plain_sdk-{plain_sdk_version}-py3-none-any.whl",
                     f"plain_sdk-{plain_sdk_version}.tar.gz"]  # fmt: skip
    for name in files:
        assert (first / name).read_bytes() == (second / name).read_bytes()
    with tarfile.open(first / files[1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert names - {"PKG-INFO"} <= {*tracked.splitlines()}
    assert {"LICENSE", "CHANGELOG.md", "schema.graphql", "src/plain_sdk/_version.py",
            "generated/plain_graphql/client.pyi", "tests/test_packaging.py"} <= names  # fmt: skip


def test_a_release_is_cut_by_one_command(tmp_path: Path) -> None:
    """The version in its one place, and the changelog's heading; once."""
    (tmp_path / "src" / "plain_sdk").mkdir(parents=True)
    shutil.copy(ROOT / "src" / "plain_sdk" / "_version.py", tmp_path / "src" / "plain_sdk")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- A new thing.\n")

    def release(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / ".ci" / "release"), "--root", str(tmp_path), *arguments],
            capture_output=True, text=True,
        )  # fmt: skip

    assert release("v9.0.0", "--check").returncode == 1
    assert release("9.0.0", "--date", "2030-01-31").returncode == 0
    assert release("v9.0.0", "--check").returncode == 0
    assert release("9.0.0", "--notes").stdout == "- A new thing.\n"
    assert "## Unreleased\n\n## 9.0.0 (2030-01-31)\n" in (tmp_path / "CHANGELOG.md").read_text()
    assert "has its heading already" in release("9.0.0").stderr
    assert "there is nothing under" in release("9.0.1").stderr
    assert "is not a version" in release("nine").stderr
    assert "## Unreleased\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_core_is_light_and_names_the_extras(empty_environment: Path) -> None:
    """Without extras: httpx, pydantic, anyio and what they need; commands say what is missing."""
    freeze = subprocess.run(
        [str(empty_environment / "bin" / "pip"), "freeze"], capture_output=True, text=True
    )
    installed = {re.split(r"[ =@]", line)[0].lower() for line in freeze.stdout.splitlines()}
    assert installed == {
        "plain-sdk", "httpx", "httpcore", "h11", "certifi", "idna", "anyio", "pydantic",
        "pydantic_core", "annotated-types", "typing-inspection", "typing_extensions",
    }  # fmt: skip
    for command, extra in (("demo", "sandbox"), ("sandbox", "sandbox"), ("generate", "codegen")):
        done = plain_sdk(empty_environment, command)
        assert done.returncode == 2
        assert f"pip install 'plain-sdk[{extra}]'" in done.stderr


def test_the_wheel_runs_the_demo(empty_environment: Path, wheel: Path) -> None:
    """With the sandbox extra, the demo works away from the checkout."""
    install(empty_environment, f"{wheel}[sandbox]")
    done = plain_sdk(empty_environment, "demo")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"=> (\w+)", done.stdout) == [
        "CREATED", "NOOP", "UPDATED", "PlainCustomerConflictError",
    ]  # fmt: skip
