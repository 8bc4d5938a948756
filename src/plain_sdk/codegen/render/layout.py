"""How the modules of the package are written: their imports, their public names."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ..model.results import names_in
from ..model.unions import open_union
from ..read.names import IMPORTED

DOORS: Final = ("enums", "inputs")
"""Folders whose names are imported from the folder, which one stub describes.

Type checkers read a file, where hundreds would cost them a tenth of their time on every program
that knows the client; a running program still loads the modules that it uses, one by one.
"""


@dataclass(frozen=True)
class PackageNames:
    """Where every name of the package is imported from, as a module path within it."""

    homes: dict[str, str]
    """The modules that hold the names."""
    internal: frozenset[str] = frozenset()
    """Names that only the package's own modules need."""

    @cached_property
    def modules(self) -> dict[str, str]:
        """The modules that give the names: their homes, or the doors before them."""
        return {name: _door(home) for name, home in self.homes.items()}

    @property
    def public(self) -> list[str]:
        """What users import from the package, in order."""
        return sorted(self.modules.keys() - self.internal)

    def imports(self, used: Iterable[str], *, own: Iterable[str], level: int) -> str:
        """The import statements for the names that a module uses."""
        lines = []
        for name in sorted(set(used) - set(own)):
            if name in IMPORTED:
                lines.append(f"from {IMPORTED[name]} import {name}")
            elif name in self.modules:
                lines.append(f"from {'.' * level}{self.modules[name]} import {name}")
        return "\n".join(lines) + "\n\n"


def _door(home: str) -> str:
    folder = home.partition(".")[0]
    return folder if folder in DOORS else home


def class_source(classes: list[ast.ClassDef]) -> str:
    return "\n\n\n".join(ast.unparse(ast.fix_missing_locations(c)) for c in classes)


def classes_module(names: PackageNames, classes: list[ast.ClassDef], tail: str = "") -> str:
    return text_module(names, class_source(classes) + tail, level=2)


def union_module(names: PackageNames, name: str, members: tuple[str, ...], tail: str) -> str:
    source = f"{name}: TypeAlias = {ast.unparse(open_union(members))}{tail}"
    return text_module(names, source, level=2)


def text_module(names: PackageNames, source: str, *, level: int) -> str:
    tree = ast.parse(source)
    own = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    guarded = [part for node in tree.body if isinstance(node, ast.If) for part in node.body]
    own |= {ast.unparse(n.target) for n in [*tree.body, *guarded] if isinstance(n, ast.AnnAssign)}
    return names.imports(names_in(tree), own=own, level=level) + source + "\n"


def type_checking_module(names: PackageNames, source: str) -> str:
    used = {name for text in _annotations(source) for name in names_in(ast.parse(text))}
    used |= set(names_in(ast.parse(source)))
    own = {name for name, module in names.modules.items() if module == "mappings"}
    at_run_time = {"NotRequired", "TypeAlias", "TypedDict"}
    typing_only = names.imports(used - at_run_time, own=own, level=1)
    return (
        '"""Mappings that stand in for input models, for type checkers and editors."""\n\n'
        "from typing import TYPE_CHECKING, NotRequired, TypeAlias, TypedDict\n\n"
        "if TYPE_CHECKING:\n" + _indent(typing_only) + "\n\n" + source + "\n"
    )


def client_module(names: PackageNames, source: str, *, level: int) -> str:
    tree = ast.parse(source)
    used = set(names_in(tree))
    at_run_time = {"OperationsBase", "Paging", "UNSET", "given"} & used
    typing_only = names.imports(used - at_run_time, own=(), level=level)
    otherwise = ""
    if "deprecated" in used:
        typing_only += "from typing_extensions import deprecated\n"
        otherwise = "else:\n    from plain_sdk.runtime.operations import deprecated\n"
    return (
        "from __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\n"
        + names.imports(at_run_time, own=(), level=level)
        + "\nif TYPE_CHECKING:\n"
        + _indent(typing_only)
        + otherwise
        + "\n"
        + source
    )


def _annotations(source: str) -> list[str]:
    """The quoted annotations in a source."""
    tree = ast.parse(source)
    quoted: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign | ast.Call):
            # A call makes a mapping with members that are words of Python.
            parts = (
                (node.annotation, node.value)
                if isinstance(node, ast.AnnAssign)
                else [
                    value for arg in node.args if isinstance(arg, ast.Dict) for value in arg.values
                ]
            )
            for part in parts:
                quoted += [
                    constant.value
                    for constant in ast.walk(part or ast.Pass())
                    if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
                ]
    return quoted


def _indent(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines() if line) or "    pass\n"


_DOC = "Plain's API as typed operations. A name is loaded when it is first used."


def init_module(names: PackageNames, doc: str = _DOC) -> str:
    """The package at run time: one text that is taken apart when a name is first used."""
    return _lazy_module({name: names.homes[name] for name in names.public}, doc)


def init_stub(names: PackageNames, doc: str = "Plain's API as typed operations.") -> str:
    """The same for type checkers and editors."""
    public = names.public
    imports = "\n".join(f"from .{names.modules[n]} import {n} as {n}" for n in public)
    exported = "\n".join(f"    {n!r}," for n in public)
    return f'"""{doc}"""\n\n{imports}\n\n__all__ = [\n{exported}\n]\n'


def door_module(names: PackageNames, folder: str, doc: str) -> str:
    """A folder's own `__init__`: its modules' names, each loaded when it is first used."""
    homes = {
        name: home.partition(".")[2]
        for name, home in names.homes.items()
        if home.startswith(f"{folder}.")
    }
    return _lazy_module(homes, doc)


def door_stub(names: PackageNames, folder: str, doc: str, sources: Iterable[str]) -> str:
    """What the modules of a folder hold, in one file for type checkers and editors."""
    source = "\n\n\n".join(sources)
    used = names_in(ast.parse(source))
    own = [name for name, module in names.modules.items() if module == folder]
    return f'"""{doc}"""\n\n{names.imports(used, own=own, level=2)}{source}\n'


def _lazy_module(homes: dict[str, str], doc: str) -> str:
    by_module: dict[str, list[str]] = {}
    for name in sorted(homes):
        by_module.setdefault(f".{homes[name]}", []).append(name)
    lines = "\n".join(f"{module} {' '.join(by_module[module])}" for module in sorted(by_module))
    return f'''"""{doc}"""

from plain_sdk.runtime.lazy import lazy_names

__getattr__, __dir__ = lazy_names(
    __name__,
    """
{lines}
""",
)
'''
