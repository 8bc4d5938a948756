"""The reference of a type: what it holds, and which methods give or take it."""

import ast
import enum
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import plain_graphql
from pydantic import BaseModel

from ..runtime.hints import as_written
from ..runtime.models import InputModel, wire_name


def type_names() -> list[str]:
    """The results, inputs and enums that have a reference."""
    return sorted(name for name in dir(plain_graphql) if name[:1].isupper() and not name.isupper())


def type_section(name: str, methods: dict[str, Any]) -> str:
    """What there is to say of a type; `methods` are the operations' methods by their names."""
    found: Any = getattr(plain_graphql, name)
    lines = [f"## {name}", ""]
    if isinstance(found, type):
        if told := inspect.cleandoc(found.__doc__ or ""):
            lines += [told, ""]
        if issubclass(found, enum.Enum):
            lines += [f"- `{member.value}`" for member in found]
        elif issubclass(found, BaseModel):
            lines += list(_members(found))
    else:
        lines += ["One of:", "", *(f"- `{member}`" for member in _union(found))]
    giving, taking = _uses(name, methods)
    if giving:
        lines += ["", f"Returned by: {', '.join(f'`{method}`' for method in giving)}"]
    if taking:
        lines += ["", f"Taken by: {', '.join(f'`{method}`' for method in taking)}"]
    return "\n".join([*lines, ""])


def types_in(annotation: str) -> list[str]:
    """The types in a method's annotation that have a reference."""
    known = set(type_names())
    return [name for name in dict.fromkeys(re.findall(r"\w+", annotation)) if name in known]


def _members(model: type[BaseModel]) -> Iterator[str]:
    for owner in reversed(model.__mro__):
        if not issubclass(owner, BaseModel):
            continue
        if not owner.__module__.startswith("plain_graphql"):
            continue
        for name, hint, said in _written(owner):
            if name == "typename__":
                continue
            wire = wire_name(name)
            needed = " (required)" if _is_needed(model, name) else ""
            other = f", `{wire}` on the wire" if wire != name else ""
            yield f"- `{name}`: `{hint}`{needed}{other}" + (f". {said}" if said else "")


def _is_needed(model: type[BaseModel], name: str) -> bool:
    return issubclass(model, InputModel) and model.model_fields[name].is_required()


def _written(owner: type) -> Iterator[tuple[str, str, str]]:
    """The fields of a class as they are written: name, type, and what is said of them."""
    body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
    assert isinstance(body, ast.ClassDef)
    for node, after in zip(body.body, [*body.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            said = ""
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                said = " ".join(str(after.value.value).split())
            yield node.target.id, ast.unparse(node.annotation), said


def _union(alias: Any) -> list[str]:
    while hasattr(alias, "__origin__") and hasattr(alias, "__metadata__"):
        alias = alias.__origin__
    members = getattr(alias, "__args__", ())
    return [getattr(member, "__name__", str(member)) for member in members]


def _uses(name: str, methods: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The methods that give the type, and those that take it."""
    word = re.compile(rf"\b{name}(?:Like|OrText)?\b")
    giving: list[str] = []
    taking: list[str] = []
    for method, function in methods.items():
        written = {key: str(hint) for key, hint in as_written(function).items()}
        if word.search(written.get("return", "")):
            giving.append(method)
        if any(word.search(hint) for key, hint in written.items() if key != "return"):
            taking.append(method)
    return giving, taking
