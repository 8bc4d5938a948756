"""Writes operations and fragments that come with the package into a project, to be edited."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from graphql import ExecutableDefinitionNode, FragmentDefinitionNode, OperationDefinitionNode

from .._files import replace_file
from ..read.names import method_name
from ..read.shipped import Shipped, shipped, text_of
from ..read.sources import CodegenError, read_documents


@dataclass(frozen=True)
class WrittenOut:
    """What was done about each operation and fragment."""

    written: list[Path]
    kept: dict[str, Path]
    """By name: what was there already, and where."""


def write_out(pattern: str, folder: Path, *, force: bool = False) -> WrittenOut:
    """Write what matches a pattern, and the fragments that it uses, a file for each.

    What the folder has under such a name stays, wherever it is; with `force` its file is written
    over, if it is the one that would be written. `CodegenError` when nothing matches.
    """
    found = _matching(shipped(), pattern)
    there = _there(folder)
    written: list[Path] = []
    kept: dict[str, Path] = {}
    for (kind, name), node in found.items():
        file = folder / kind / f"{name}.graphql"
        other = there.get((kind, name))
        if other is None and file.exists():
            other = file
        if other is not None and not (force and other == file):
            kept[name] = other
            continue
        replace_file(file, text_of(node).encode())
        written.append(file)
    return WrittenOut(written, kept)


def _matching(all_: Shipped, pattern: str) -> dict[tuple[str, str], ExecutableDefinitionNode]:
    operations: dict[str, OperationDefinitionNode] = {
        name: node
        for name, node in all_.operations.items()
        if fnmatchcase(name, pattern) or fnmatchcase(method_name(name), pattern)
    }
    fragments = {n: node for n, node in all_.fragments.items() if fnmatchcase(n, pattern)}
    if not operations and not fragments:
        names = {*all_.operations, *map(method_name, all_.operations), *all_.fragments}
        near = difflib.get_close_matches(pattern, sorted(names), n=1)
        hint = f"; did you mean {near[0]}?" if near else ", like 'createThread' or '*thread*'"
        raise CodegenError([f"{pattern}: no operation or fragment of that name{hint}"])
    needed = all_.needed([*operations.values(), *fragments.values()], set())
    parts: tuple[tuple[str, Mapping[str, ExecutableDefinitionNode]], ...] = (
        ("operations", operations),
        ("fragments", {**fragments, **needed}),
    )
    return {(kind, name): node for kind, nodes in parts for name, node in sorted(nodes.items())}


def _there(folder: Path) -> dict[tuple[str, str], Path]:
    """Where the folder defines what, by kind and name."""
    if not any(folder.rglob("*.graphql")):
        return {}
    found: dict[tuple[str, str], Path] = {}
    for node in read_documents(folder, with_those_of_the_package=False).definitions:
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode) and node.name:
            kind = "operations" if isinstance(node, OperationDefinitionNode) else "fragments"
            if node.loc is not None:
                found[kind, node.name.value] = Path(node.loc.source.name)
    return found
