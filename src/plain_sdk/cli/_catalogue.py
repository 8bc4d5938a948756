"""The reference of the client's methods, as Markdown, read from the methods themselves."""

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from .._client import AsyncPlainClient
from ..runtime.hints import as_written
from ..runtime.models import InputModel, OneOfInput, OneOfMembersInput, OpenEnum, WrapperInput
from ..runtime.operations import Operation
from ..runtime.values import Between
from ._own_methods import own_methods, own_section, parts_of, signature
from ._type_reference import types_in

AnyOperation = Operation[Any, Any, Any]


def operations(package: str = "plain_graphql") -> dict[str, AnyOperation]:
    """Every operation of a generated package by the name of its method."""
    found: dict[str, AnyOperation] = {}
    folder = import_module(f"{package}.operations")
    for module in iter_modules(folder.__path__):
        loaded = import_module(f"{package}.operations.{module.name}")
        found[module.name] = next(filter(_is_operation, vars(loaded).values()))
    return found


def _is_operation(value: object) -> bool:
    return isinstance(value, Operation)


def reference(names: list[str] | None = None) -> str:
    """The reference of these methods, or of all."""
    known, own = operations(), own_methods()
    chosen = names or [*(name for name in own if name not in known), *known]
    counts = {kind: sum(o.kind == kind for o in known.values()) for kind in ("query", "mutation")}
    head = (
        "# Reference of `AsyncPlainClient`\n\n"
        f"{len(known)} operations: {counts['query']} queries and {counts['mutation']} mutations. "
        "Every error is a `PlainError`; `client.raw` has the same methods with the payload "
        "untouched, `client.with_input` the mutations with their whole input. First come the "
        "client's own methods, then the operations. "
        "Subscriptions are left out: their transport is documented nowhere.\n"
    )
    sections = [
        section(name, known[name]) if name in known else own_section(name, own[name])
        for name in chosen
    ]
    return "\n".join(sections if names else [head, *sections])


def section(name: str, operation: AnyOperation) -> str:
    """What there is to say of one method."""
    method = getattr(AsyncPlainClient, name)
    returned = str(as_written(method)["return"])
    paged = returned.startswith("NodePages[")
    permission = ", ".join(
        f"`{p}` (derived)" if p in operation.derived_permissions else f"`{p}`"
        for p in operation.permissions
    )
    if operation.kind == "query":
        errors = "`PlainPermissionError` when the key lacks a permission"
    else:
        errors = (
            "`PlainMutationError` when Plain refuses, `PlainMutationPermissionError` when the key "
            "lacks a permission"
        )
        if not operation.repeatable:
            errors += ", `PlainOutcomeUnknownError` when it may have been carried out"
        if operation.done_codes:
            codes = " or ".join(f"`{code}`" for code in operation.done_codes)
            errors += f"; {codes} means that it had already been done"
    if name == "upsert_customer":
        errors += "; `PlainCustomerConflictError`, one of them, for another customer's identity"
    told = parts_of(inspect.getdoc(method) or "")
    lines = [
        f"## {name}",
        "",
        told.text,
        "",
        "```py",
        signature(name, inspect.unwrap(method)),
        "```",
        "",
        f"- GraphQL: {operation.kind} `{operation.name}`",
        f"- Returns: `{returned}`"
        + (", page by page" if paged else "")
        + "".join(f"; `plain-sdk reference {t}` prints what it holds" for t in types_in(returned)),
        f"- Permission: {permission or 'not documented'}",
        f"- Safe to retry: {'yes' if operation.repeatable else 'no'}",
        f"- Errors: `PlainInputError` before anything is sent, {errors}; another `PlainError` "
        "when there was no usable response",
        "",
        *(f"- `{argument}`: {text}" for argument, text in told.arguments.items()),
        *([""] if told.arguments else []),
        "```python",
        example(name, operation, paged=paged),
        "```",
        "",
    ]
    return "\n".join(lines)


def example(name: str, operation: AnyOperation, *, paged: bool) -> str:
    """A call with what is required, to be pasted into an async function."""
    fields = operation.variables_type.model_fields
    if set(fields) == {"input"}:
        model: Any = fields["input"].annotation
        fields = model.model_fields
        members = required_members(model)
    else:
        members = required_members(operation.variables_type)
    given = [f"{member}={sample!r}" for member, sample in members.items()]
    if paged:
        given.append("limit=10")
        return f"async for node in client.{name}({', '.join(given)}):\n    print(node)"
    call = f"await client.{name}({', '.join(given)})"
    return f"print({call})" if operation.kind == "query" else call


def required_members(model: type[InputModel]) -> dict[str, object]:
    """A value for each member that an input needs, in snake_case."""
    fields = model.model_fields
    if issubclass(model, OneOfInput):
        name, field = next(iter(fields.items()))
        return {name: _sample(name, field.annotation)}
    one = model.one_of[:1] if issubclass(model, OneOfMembersInput) else ()
    return {
        name: _least(field, _sample(name, field.annotation))
        for name, field in fields.items()
        if field.is_required() or name in one
    }


def _least(field: FieldInfo, sample: object) -> object:
    """The sample, or the least number that the member takes."""
    least = [rule.least for rule in field.metadata if isinstance(rule, Between)]
    return max(sample, *least) if least and isinstance(sample, int) else sample


def _sample(name: str, annotation: Any) -> object:
    kind = next((part for part in _parts(annotation) if part is not type(None)), str)
    if get_origin(kind) is list:
        return [_sample(name, get_args(kind)[0])]
    if isinstance(kind, type):
        if issubclass(kind, WrapperInput):
            return _sample(name, kind.model_fields["value"].annotation)
        if issubclass(kind, InputModel):
            return required_members(kind)
        if issubclass(kind, OpenEnum):
            return str(next(iter(kind)))
        for plain, value in ((bool, True), (int, 1), (float, 1.5)):
            if issubclass(kind, plain):
                return value
    return _text(name)


def _parts(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is not None and origin is not list:
        for part in get_args(annotation):
            yield from _parts(part)
    elif not isinstance(annotation, type) and origin is None:
        return
    else:
        yield annotation


def _text(name: str) -> str:
    if "email" in name:
        return "donald@example.com"
    if name.endswith("external_id"):
        return "u_123"
    if name == "id" or name.endswith(("_id", "_ids")):
        stem = re.sub(r"_ids?$", "", name).split("_")
        return "".join(word[0] for word in stem) + "_123"
    if "url" in name:
        return "https://example.com"
    return {"ref": "T-1234", "color": "#00ff00", "key": "enterprise"}.get(name, "Donald Duck")
