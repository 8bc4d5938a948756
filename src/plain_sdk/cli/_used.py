"""Which operations a source tree uses: the methods of a client that its Python files name."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_LOOK_UPS = ("customer", "customer_by_email", "customer_by_external_id")
FACADE: Mapping[str, tuple[str, ...]] = {
    "upsert_customers": ("upsert_customer",),
    "upsert_customers_in_order": ("upsert_customer",),
    "sync_customers": ("upsert_customer",),
}
"""Methods of the client that carry out operations of another name."""
_TAKE_METHODS = frozenset({"map", "map_in_order", "gather", "partial", "start_soon", "create_task"})


def used_in(folder: Path, known: set[str]) -> dict[str, list[str]]:
    """The methods that are used, each with `file:line` of every use.

    A use is an attribute with a method's name that is called, or handed to `map` and the like; so
    `client.customer(...)`, `client.raw.customer(...)` and `client.map(client.customer, ids)`
    count, and reading `thread.customer` does not. What the attribute belongs to is not known: a
    method of the same name of something else counts, too.

    Raises:
        OSError, SyntaxError: A file cannot be read, or is not Python.
    """
    found: dict[str, list[str]] = {}
    files = [folder] if folder.is_file() else sorted(_sources(folder))
    for file in files:
        source = file.read_bytes()
        try:
            tree = ast.parse(source, filename=str(file))
        except ValueError as error:
            raise SyntaxError(f"{error}", (str(file), 1, 1, None)) from None
        for name, line in sorted(_uses(tree), key=lambda use: use[1]):
            for method in FACADE.get(name, (name,)):
                if method in known:
                    found.setdefault(method, []).append(f"{file}:{line}")
    return found


def _sources(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*.py"):
        hidden = any(re.match(r"\.|__pycache__|node_modules|site-packages", part)
                     for part in file.relative_to(folder).parts)  # fmt: skip
        if not hidden:
            yield file


def _uses(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        places: list[ast.expr] = [node.func]
        if _name(node.func) in _TAKE_METHODS:
            places += [*node.args, *(keyword.value for keyword in node.keywords)]
        yield from ((p.attr, p.lineno) for p in places if isinstance(p, ast.Attribute))
        if any(
            keyword.arg == "on_conflict" and ast.unparse(keyword.value) in ("'relink'", '"relink"')
            for keyword in node.keywords
        ):
            yield from ((name, node.lineno) for name in _LOOK_UPS)


def _name(function: ast.expr) -> str:
    """The last part of what is called."""
    return ast.unparse(function).rpartition(".")[2]
