"""`plain-sdk generate`: compiles the schema and the operations into the client."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ._exit import CHECK_FAILED, OK, CommandError, missing_extra
from ._parsers import Commands

if TYPE_CHECKING:
    from ..codegen import Difference


def add_parser(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "generate",
        help="compile schema.graphql and queries/ into the client",
        description="Compile the schema and the operations that [tool.ariadne-codegen] in "
        "pyproject.toml names into the package that it names.",
    )
    parser.add_argument(
        "--config", type=Path, default=Path("pyproject.toml"), help="default: %(default)s"
    )
    parser.add_argument(
        "--check", action="store_true",
        help="write nothing; exit 1 and list what differs when the package is stale",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    try:
        from ..codegen import KINDS, CodegenError, Target
    except ImportError as error:
        raise missing_extra("generate", "codegen", error) from None
    try:
        target = Target.from_pyproject(arguments.config)
        files = target.compile()
        differences = target.compare(files)
        if arguments.check:
            return _report(differences, target.shown)
        if differences:
            target.write(files)
    except CodegenError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}") from None
    changed = {kind: sum(d.kind == kind for d in differences) for kind in KINDS}
    print(
        f"{target.shown}: {len(files)} files, "
        + (", ".join(f"{n} {kind}" for kind, n in changed.items() if n) or "nothing changed")
    )
    return OK


def _report(differences: "list[Difference]", shown: str) -> int:
    for difference in differences:
        print(f"{difference.kind}: {shown}/{difference.path}")
    if differences:
        print(f"{shown} is stale; run `plain-sdk generate`")
        return CHECK_FAILED
    print(f"{shown} is up to date")
    return OK
