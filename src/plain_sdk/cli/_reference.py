"""`plain-sdk operations` and `plain-sdk reference`: what the client can do."""

import argparse
import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ._exit import OK, CommandError, missing_extra
from ._parsers import Commands
from ._schema_file import read_schema

if TYPE_CHECKING:
    from ._catalogue import AnyOperation


def add_parser(commands: Commands) -> None:
    """Describe the commands."""
    parser = commands.add_parser(
        "operations",
        help="list the client's operations, and how much of a schema they cover",
        description="List the client's operations with the permission that each needs and "
        "whether it is safe to retry; with --schema, every root field of a schema next to the "
        "operation for it. With --all, write an operation for every root field of a schema, "
        "and a fragment for every type; your own files take precedence. With --write, write "
        "operations of the client's and the fragments that they use out, to be edited; a fragment "
        "of yours then takes the place of the client's in your own operations.",
    )
    parser.add_argument(
        "--schema", type=Path, help="a schema as SDL or introspection JSON, of any version "
        "(default with --all: schema.graphql)",
    )  # fmt: skip
    parser.add_argument("--all", action="store_true", help="write operations to the output folder")
    parser.add_argument(
        "--write", metavar="PATTERN", help="write these operations or fragments to the output "
        "folder, like createThread, 'thread*' or MutationError",
    )  # fmt: skip
    parser.add_argument(
        "--force", action="store_true", help="with --write: write over files that are there"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("queries"),
        help="with --all and --write (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--deprecated", action="store_true", help="with --all: select what is deprecated too"
    )
    parser.set_defaults(run=run_operations)
    parser = commands.add_parser(
        "reference",
        help="print the reference of the client's methods and types as Markdown",
        description="Print what each method is for, what it takes and returns, the permission that "
        "it needs, the errors that it raises, and an example; or what a type holds, and which "
        "methods return it.",
    )
    parser.add_argument(
        "name", nargs="*", metavar="NAME",
        help="methods, like create_thread, or types, like Thread (default: all methods)",
    )  # fmt: skip
    parser.set_defaults(run=run_reference)


def run_operations(arguments: argparse.Namespace) -> int:
    """Carry `operations` out."""
    if arguments.all and arguments.write is not None:
        raise CommandError("--all and --write cannot be used together")
    if arguments.all:
        return _write_all(arguments)
    if arguments.write is not None:
        return _write_out(arguments)
    from ._catalogue import operations

    known = operations()
    roots = None if arguments.schema is None else _root_fields(arguments.schema)
    by_field: dict[tuple[str, str], list[str]] = {}
    for name, operation in known.items():
        by_field.setdefault((operation.kind, root_field(operation)), []).append(name)
    rows: list[tuple[str, ...]] = [("kind", "root field", "method", "retry", "permission")]
    for field in sorted(by_field.keys() | (roots or set())):
        names = by_field.get(field, [])
        rows += [(*field, name, *_facts(known[name])) for name in names] or [(*field, "-", "", "")]
    print_table(rows)
    queries = sum(operation.kind == "query" for operation in known.values())
    print(f"\n{len(known)} operations: {queries} queries, {len(known) - queries} mutations")
    if roots is not None:
        covered = len(roots & by_field.keys())
        print(f"{arguments.schema}: {len(roots)} root fields, {covered} of them covered "
              f"({covered / max(len(roots), 1):.0%})")  # fmt: skip
        if gone := sorted(name for field in by_field.keys() - roots for name in by_field[field]):
            print(f"not in that schema: {', '.join(gone)}")
    return OK


def run_reference(arguments: argparse.Namespace) -> int:
    """Carry `reference` out."""
    from .._client import AsyncPlainClient
    from ._catalogue import operations, reference
    from ._own_methods import own_methods
    from ._type_reference import type_names, type_section

    known = {**operations(), **own_methods()}
    names: list[str] = arguments.name
    if not names:
        print(reference(), end="")
        return OK
    types = type_names()
    for name in names:
        if name not in known and name not in types:
            near = difflib.get_close_matches(name, [*known, *types], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise CommandError(f"{name}: the client has no such method or type{hint}")
    # An attribute's name is lower case, a type's is not: no name is both.
    called = {name: getattr(AsyncPlainClient, name) for name in operations()}
    sections = [
        reference([name]) if name in known else type_section(name, called) for name in names
    ]
    print("\n".join(sections), end="")
    return OK


def root_field(operation: "AnyOperation") -> str:
    """The root field that an operation selects."""
    match = re.search(r"\{(?:\w+:)?(\w+)", operation.document)
    assert match
    return match[1]


def _facts(operation: "AnyOperation") -> tuple[str, str]:
    return "safe" if operation.repeatable else "unsafe", ", ".join(told_permissions(operation))


def told_permissions(operation: "AnyOperation") -> list[str]:
    """What the key needs; what Plain does not document is said to be derived."""
    derived = operation.derived_permissions
    return [f"{name} (derived)" if name in derived else name for name in operation.permissions]


def print_table(rows: Iterable[tuple[str, ...]]) -> None:
    table = list(rows)
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for row in table:
        print(
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        )


def _write_all(arguments: argparse.Namespace) -> int:
    try:
        from ..codegen import CodegenError, write_operations
    except ImportError as error:
        raise missing_extra("operations --all", "codegen", error) from None
    output: Path = arguments.output
    schema = read_schema(arguments.schema or Path("schema.graphql"), "operations --all")
    try:
        written = write_operations(schema, output, deprecated=arguments.deprecated)
    except CodegenError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{error.filename or output}: {error.strerror}") from None
    yours = f", {written.yours} of yours are kept" if written.yours else ""
    print(f"{output}: {written.operations} operations, {written.fragments} fragments{yours}")
    return OK


def _write_out(arguments: argparse.Namespace) -> int:
    try:
        from ..codegen import CodegenError, write_out
    except ImportError as error:
        raise missing_extra("operations --write", "codegen", error) from None
    output: Path = arguments.output
    try:
        done = write_out(arguments.write, output, force=arguments.force)
    except CodegenError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{error.filename or output}: {error.strerror}") from None
    for file in done.written:
        print(f"written: {file}")
    for name, file in done.kept.items():
        print(f"kept: {name} in {file}")
    hint = "; --force writes over files of these names" if done.kept and not arguments.force else ""
    print(f"{output}: {len(done.written)} written, {len(done.kept)} kept{hint}")
    return OK


def _root_fields(path: Path) -> set[tuple[str, str]]:
    schema = read_schema(path, "operations --schema")
    roots = (("query", schema.query_type), ("mutation", schema.mutation_type))
    return {(kind, name) for kind, root in roots if root is not None for name in root.fields}
