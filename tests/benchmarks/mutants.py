"""How many mutants of the policy modules the tests kill, with cosmic-ray, on demand.

    pip install cosmic-ray
    python tests/benchmarks/mutants.py [MODULE ...]

It works on a copy, and takes minutes a module: each mutant is a run of the module's tests. It
prints the share that is killed, and what survived, to be looked at: an equivalent mutant changes
nothing that could be tested.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]

MODULES = {
    "_call/retry": [
        "call/test_retry.py",
        "call/test_retry_table.py",
        "call/test_classification.py",
    ],
    "_call/limits": ["call/test_retry_table.py", "call/test_quota_table.py", "call/test_limits.py"],
    "_call/gate": ["call/test_gate.py"],
    "_call/quota": ["call/test_quota_table.py"],
    "_call/pace": ["call/test_quota_table.py"],
    "_call/others": ["call/test_quota_table.py"],
    "_call/server_clock": ["call/test_quota_table.py"],
    "_call/responses": ["call/test_responses_table.py"],
    "_customers/identities": ["customers/test_identities.py"],
    "_customer_sync/policy": ["customer_sync/test_policy.py"],
}
"""The policy modules, each with the tests that hold it without a wire."""

_CONFIG = """\
[cosmic-ray]
module-path = "src/plain_sdk/{module}.py"
timeout = 30.0
excluded-modules = []
test-command = "{python} -m pytest -q -x --noconftest -p no:cacheprovider {tests}"

[cosmic-ray.distributor]
name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = ["core/RemoveDecorator"]
"""


def survivors(module: str) -> tuple[int, list[str]]:
    """How many mutants a module has, and those that its tests let live."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name in ("src", "generated", "tests"):
            shutil.copytree(ROOT / name, folder / name)
        shutil.copy(ROOT / "pyproject.toml", folder)
        tests = " ".join(f"tests/{name}" for name in MODULES[module])
        config = _CONFIG.format(module=module, python=sys.executable, tests=tests)
        (folder / "mutants.toml").write_text(config, encoding="utf-8")
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": "src:generated",
                       "PYTHONDONTWRITEBYTECODE": "1"}  # fmt: skip
        tool = str(Path(sys.executable).with_name("cosmic-ray"))
        filters = str(Path(sys.executable).with_name("cr-filter-operators"))
        for command in (
            [tool, "init", "mutants.toml", "session.sqlite"],
            [filters, "session.sqlite", "mutants.toml"],
            [tool, "baseline", "mutants.toml"],
            [tool, "exec", "mutants.toml", "session.sqlite"],
        ):
            subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        dumped = subprocess.run(
            [tool, "dump", "session.sqlite"],
            cwd=folder, env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
    total, alive = 0, list[str]()
    for line in dumped.stdout.splitlines():
        item, result = json.loads(line)
        if result is None or result["worker_outcome"] == "skipped":
            continue
        total += 1
        if result["test_outcome"] == "survived":
            where = item["mutations"][0]
            change = [text for text in (result["diff"] or "").splitlines() if text[:1] in "+-"][2:]
            alive.append(f"line {where['start_pos'][0]} {where['operator_name']}: {change}")
    return total, alive


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*", choices=[*MODULES, []], default=list(MODULES))
    for module in parser.parse_args().modules:
        total, alive = survivors(module)
        print(f"{module}: {total - len(alive)} of {total} killed ({1 - len(alive) / total:.1%})")
        for one in alive:
            print(f"    {one}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
