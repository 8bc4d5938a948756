"""`plain-sdk generate`: compiles the schema and the operations into the client."""

import argparse
import contextlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ._exit import CHECK_FAILED, OK, CommandError, complain, missing_extra
from ._parsers import Commands

if TYPE_CHECKING:
    from ..codegen import Difference, Target


_DESCRIPTION = """\
Compile a schema and operations into a package of typed methods. In your own project,
configure it in pyproject.toml:

  [tool.plain-sdk]
  schema = "schema.graphql"
  queries = "queries"
  package = "src/my_app/plain_operations"
  operations = "MyOperations"

Then `MyOperations(client)` runs your operations, with any AsyncPlainClient.
"""

_LOOK_EVERY: Final = 0.3
"""Seconds between two looks at the files with --watch."""


def add_parser(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "generate",
        help="compile schema.graphql and queries/ into the client",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--config", type=Path, default=Path("pyproject.toml"), help="default: %(default)s"
    )
    parser.add_argument(
        "--check", action="store_true",
        help="write nothing; exit 1 and list what differs when the package is stale",
    )  # fmt: skip
    parser.add_argument(
        "--watch", action="store_true", help="regenerate whenever a source file is saved"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    if arguments.watch and arguments.check:
        raise CommandError("--watch and --check cannot be used together")
    if not arguments.watch:
        return _generate(arguments)
    return _watch(arguments)


def generate(config: Path) -> int:
    """Compile what a pyproject.toml describes, once."""
    return _generate(argparse.Namespace(config=config, check=False))


def _watch(arguments: argparse.Namespace) -> int:
    seen: dict[Path, int] | None = None
    print("watching; press Ctrl-C to stop", flush=True)
    while True:
        found = _saved(arguments.config)
        if found != seen:
            seen = found
            try:
                _generate(arguments)
            except CommandError as error:
                # A mistake is mended in the next save.
                complain(str(error))
            sys.stdout.flush()
        time.sleep(_LOOK_EVERY)


def _saved(config: Path) -> dict[Path, int]:
    """When each source file was saved."""
    from ..codegen import CodegenError, Target, WebhookTarget

    files = [config]
    with contextlib.suppress(CodegenError):
        target = Target.from_pyproject(config)
        files += [target.schema, *target.queries.rglob("*.graphql")]
        files += [other.schema for other in WebhookTarget.all_of(config)]
    found: dict[Path, int] = {}
    for file in files:
        with contextlib.suppress(OSError):
            found[file] = file.stat().st_mtime_ns
    return found


def _generate(arguments: argparse.Namespace) -> int:
    try:
        from ..codegen import CodegenError, Target, WebhookTarget
    except ImportError as error:
        raise missing_extra("generate", "codegen", error) from None
    try:
        target = Target.from_pyproject(arguments.config)
        targets = [target, *WebhookTarget.all_of(arguments.config)]
        return max([_carry_out(target, check=arguments.check) for target in targets])
    except CodegenError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}") from None


def _carry_out(target: "Target", *, check: bool) -> int:
    files = target.compile()
    differences = target.compare(files)
    if check:
        return _report(differences, target.shown)
    if differences:
        target.write(files)
    print(f"{target.shown}: {_done(differences, len(files))}")
    return OK


_DONE: Final = {"missing": "written", "changed": "rewritten", "extra": "removed"}
"""What was done about a file that was not as it should be."""


def _done(differences: "list[Difference]", files: int) -> str:
    counts = {done: sum(d.kind == kind for d in differences) for kind, done in _DONE.items()}
    counts["unchanged"] = files - counts["written"] - counts["rewritten"]
    told = [f"{number} {done}" for done, number in counts.items() if number]
    return f"{files} files: {', '.join(told)}"


def _report(differences: "list[Difference]", shown: str) -> int:
    for difference in differences:
        print(f"{difference.kind}: {shown}/{difference.path}")
    if differences:
        print(f"{shown} is stale; run `plain-sdk generate`")
        return CHECK_FAILED
    print(f"{shown} is up to date")
    return OK
