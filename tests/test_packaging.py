"""The wheel, away from the checkout: what it needs, what it holds, and that it works."""

import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from support import ROOT

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
