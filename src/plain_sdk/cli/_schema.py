"""`plain-sdk schema pull` and `plain-sdk schema diff`: keeping up with Plain's schema."""

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .. import _defaults as defaults
from .._api import queries_path
from .._config import checked_url
from .._errors import PlainConfigurationError
from ._exit import CHECK_FAILED, OK, CommandError, missing_extra
from ._generate import generate
from ._parsers import Commands
from ._schema_file import read_schema

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLSchema

    from ..codegen import Report

_CONFIG: Final = Path("pyproject.toml")

_PULL = """\
Fetch a schema and write it, sorted, so that only changes differ. The source is an address or
a file: SDL, or introspection JSON with or without its `data` field. Default: where Plain serves
its schema, beside the API's address, which PLAIN_API_URL may name: a sandbox's, for instance.
The file is replaced as a whole, or left as it was.

With --merge, the file keeps its order, its comments and its descriptions, without subscriptions;
the operations that `operations --all` makes are made anew in --queries, and, where a pyproject.toml
configures it, the client is generated. What is yours to edit or to decide is listed; exit code 1
while an operation of yours does not fit.
"""

_DIFF = """\
Show what a new schema means for the client: which methods, arguments, attributes and enum
values change, whether that breaks callers, which operations need an edit, and how to bump
the version. Looks at the operations of this package, or with --queries at yours.
"""


def add_parser(commands: Commands) -> None:
    """Describe the commands."""
    schema = commands.add_parser("schema", help="fetch Plain's schema, and see what changed in it")
    parts = schema.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parser = parts.add_parser("pull", help="fetch a schema", description=_PULL)
    parser.add_argument("source", nargs="?", help="an address or a file")
    parser.add_argument(
        "--output", type=Path, default=Path("schema.graphql"), help="default: %(default)s"
    )
    parser.add_argument(
        "--merge", action="store_true", help="keep what is written in the file, and see to the rest"
    )
    parser.add_argument(
        "--queries", type=Path, default=Path("queries"),
        help="with --merge: the folder of the operations (default: %(default)s)",
    )  # fmt: skip
    parser.set_defaults(run=run_pull)
    parser = parts.add_parser("diff", help="see what a new schema means", description=_DIFF)
    parser.add_argument("old", type=Path, help="SDL or introspection JSON")
    parser.add_argument("new", type=Path, help="SDL or introspection JSON")
    parser.add_argument("--queries", type=Path, help="a folder of operations (default: our own)")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "--version",
        help="the client's current version, to work out the next; default: pyproject.toml's",
    )
    parser.add_argument(
        "--fail-on", choices=("breaking", "risky", "additive"),
        help="exit 1 when there is such a change, or a more severe one",
    )  # fmt: skip
    parser.set_defaults(run=run_diff)


def run_pull(arguments: argparse.Namespace) -> int:
    """Carry `pull` out."""
    try:
        from .._schemas import SchemaError
        from ..codegen import pull
    except ImportError as error:
        raise missing_extra("schema pull", "codegen", error) from None
    output: Path = arguments.output
    if arguments.merge:
        return _merge(arguments)
    try:
        pulled = pull(arguments.source or schema_address(os.environ), output)
    except SchemaError as error:
        raise CommandError(str(error)) from None
    if not pulled.changed:
        print(f"{output}: unchanged")
        return OK
    roots = (pulled.schema.query_type, pulled.schema.mutation_type)
    counts = [len(root.fields) if root is not None else 0 for root in roots]
    print(
        f"{output}: {counts[0]} queries, {counts[1]} mutations, {len(pulled.schema.type_map)} types"
    )
    if pulled.before is not None:
        _print_changes(pulled.before, pulled.schema)
    return OK


def _merge(arguments: argparse.Namespace) -> int:
    from .._schemas import SchemaError
    from ..codegen import bring_in, changelog, content_of

    source: str = arguments.source or schema_address(os.environ)
    try:
        brought = bring_in(content_of(source), source, arguments.output, arguments.queries)
    except SchemaError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}") from None
    merged = brought.merged
    print(
        f"{arguments.output}: {len(merged.added)} added, {len(merged.removed)} removed, "
        f"{merged.undescribed} without a description"
    )
    for title, lines in (
        ("New operations, with what was chosen for them", [
            f"{new.kind} {new.name} in {new.folder}/"
            + (f" ({'; '.join(new.decisions)})" if new.decisions else "")
            for new in brought.new
        ]),
        ("Methods that are gone", list(brought.gone)),
        ("Yours to edit", list(brought.to_edit)),
    ):  # fmt: skip
        if lines:
            print(f"\n{title} ({len(lines)})\n")
            print("\n".join(f"- {line}" for line in lines))
    print()
    _print_report(brought.report, changelog(brought.report), None, None)
    if brought.to_edit:
        return CHECK_FAILED
    return generate(_CONFIG) if _is_configured() else OK


def _is_configured() -> bool:
    """Whether there is a client to generate here."""
    if not _CONFIG.exists():
        return False
    text = _CONFIG.read_text(encoding="utf-8")
    return "[tool.plain-sdk]" in text or "[tool.ariadne-codegen]" in text


def schema_address(environment: Mapping[str, str]) -> str:
    """Where the API that the environment names serves its schema: beneath its own address."""
    try:
        url = checked_url(environment.get(defaults.URL_VARIABLE) or defaults.PUBLIC_URL)
    except PlainConfigurationError as error:
        raise CommandError(f"{defaults.URL_VARIABLE}: {error}") from None
    address, mark, query = url.partition("?")
    return f"{address.rstrip('/')}/schema.graphql{mark}{query}"


def _print_changes(old: "GraphQLSchema", new: "GraphQLSchema") -> None:
    from graphql import find_breaking_changes, find_dangerous_changes

    for title, changes in (
        ("breaking", find_breaking_changes(old, new)),
        ("dangerous", find_dangerous_changes(old, new)),
    ):
        print(f"{len(changes)} {title} changes" + (":" if changes else ""))
        for change in changes:
            print(f"  {change.description}")
    before, after = _root_fields(old), _root_fields(new)
    for title, names in (("new", after - before), ("gone", before - after)):
        if names:
            print(f"{title}: {', '.join(sorted(names))}")
    print("`plain-sdk schema diff OLD NEW` shows what they mean for the client")


def _root_fields(schema: "GraphQLSchema") -> set[str]:
    roots = (schema.query_type, schema.mutation_type)
    return {name for root in roots if root is not None for name in root.fields}


def run_diff(arguments: argparse.Namespace) -> int:
    """Carry `diff` out."""
    try:
        from ..codegen import SEVERITIES, changelog, impact_report, next_version
    except ImportError as error:
        raise missing_extra("schema diff", "codegen", error) from None
    old, new = (read_schema(file, "schema diff") for file in (arguments.old, arguments.new))
    document = _operations(arguments.queries or queries_path(), old)
    report = impact_report(old, new, document)
    version = arguments.version or _project_version()
    following = None if version is None else next_version(version, report.bump)
    if version is not None and following is None:
        raise CommandError(f"--version: {version!r} is not a version like 1.2.3")
    entry = changelog(report)
    if arguments.format == "json":
        content = {**report.as_json(), "next_version": following, "changelog": entry}
        print(json.dumps(content, indent=2))
    else:
        _print_report(report, entry, version, following)
    if arguments.fail_on is not None:
        grave = SEVERITIES[: SEVERITIES.index(arguments.fail_on) + 1]
        if any(impact.severity in grave for impact in report.impacts):
            return CHECK_FAILED
    return OK


def _print_report(report: "Report", entry: str, version: str | None, following: str | None) -> None:
    for severity, title in (
        ("breaking", "Breaking"),
        ("risky", "Risky: callers keep working, but may encounter something new"),
        ("additive", "Additive"),
    ):
        found = [impact for impact in report.impacts if impact.severity == severity]
        if not found:
            continue
        print(f"{title} ({len(found)})\n")
        for impact in found:
            print(f"- {impact.public}")
            print(f"    schema: {impact.change}")
            print(f"    methods: {', '.join(impact.methods)}")
            if impact.edit:
                at = f" at {', '.join(impact.places)}" if impact.places else ""
                print(f"    edit: {impact.edit}{at}")
        print()
    if not report.impacts:
        print("No operation is affected.\n")
    print(f"{report.elsewhere} schema changes that affect no operation are not listed.")
    steps = f": {version} -> {following}" if following else ""
    print(f"Version bump under semantic versioning: {report.bump}{steps}")
    print(f"\nFor the changelog:\n\n{entry}")


def _operations(folder: Path, schema: "GraphQLSchema") -> "DocumentNode":
    from graphql import validate

    from .._schemas import describe
    from ..codegen import CodegenError, read_documents

    try:
        document = read_documents(folder)
    except CodegenError as error:
        raise CommandError(str(error)) from None
    if errors := validate(schema, document):
        told = "\n".join(describe(error) for error in errors)
        raise CommandError(f"the operations of {folder} do not fit the old schema:\n{told}")
    return document


def _project_version() -> str | None:
    import tomllib

    try:
        content: Any = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
        version: object = content["project"]["version"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError):
        return None
    return version if isinstance(version, str) else None
