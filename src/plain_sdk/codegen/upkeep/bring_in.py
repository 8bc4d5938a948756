"""A new surface, brought into a schema and operations that are kept by hand.

What was written stays: descriptions, order, sections, operations. What is made is made anew. What
is a person's to decide or to edit is told.
"""

from dataclasses import dataclass
from pathlib import Path

from graphql import GraphQLSchema, validate

from ..._schemas import describe, read_any_schema
from .._files import replace_file
from ..read.names import method_name
from ..read.sources import CodegenError, read_documents
from .all_operations import write_operations
from .domains import OTHER, domain
from .heads import repeat
from .impact import Report, impact_report
from .merge import Merged, merge


@dataclass(frozen=True)
class NewOperation:
    """An operation that was made for a root field that is new."""

    kind: str
    name: str
    folder: str
    repeat: str

    @property
    def decisions(self) -> list[str]:
        """What a person may want to decide otherwise, with what was chosen."""
        told = [] if self.folder != OTHER else [f"folder: {self.folder}"]
        if self.kind == "mutation":
            told.append(f"repeat: {self.repeat}")
        return told


@dataclass(frozen=True)
class BroughtIn:
    """What a new surface meant."""

    merged: Merged
    report: Report
    new: tuple[NewOperation, ...]
    gone: tuple[str, ...]
    """The root fields that are gone."""
    to_edit: tuple[str, ...]
    """What written by hand does not fit the surface any more, each with its place."""


def bring_in(content: bytes, source: str, schema_file: Path, queries: Path) -> BroughtIn:
    """Merge a surface into a schema's file, and make the operations that are made anew.

    Doing it once more changes nothing. `SchemaError` leaves everything as it was, when the
    source or the file is no schema; `CodegenError`, when the operations cannot be read.
    """
    surface = read_any_schema(content, source)
    text = _text(schema_file)
    before = read_any_schema(text.encode(), str(schema_file))
    merged = merge(text, surface)
    after = read_any_schema(merged.text.encode(), source)
    report = impact_report(before, after, read_documents(queries))
    if merged.text != text:
        replace_file(schema_file, merged.text.encode())
    write_operations(after, queries)
    unfit = validate(after, read_documents(queries), max_errors=1000)
    old, new = _roots(before), _roots(after)
    return BroughtIn(
        merged,
        report,
        tuple(
            NewOperation(kind, name, domain(name), "safe" if kind == "query" else repeat(name))
            for kind, name in sorted(new - old)
        ),
        tuple(method_name(name) for _, name in sorted(old - new)),
        tuple(map(describe, unfit)),
    )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise CodegenError([f"{file}: cannot be read: {error.strerror}"]) from None


def _roots(schema: GraphQLSchema) -> set[tuple[str, str]]:
    roots = (("query", schema.query_type), ("mutation", schema.mutation_type))
    return {(kind, name) for kind, root in roots if root for name in root.fields}
