"""A new surface, written into a described schema: what is known of it stays.

The schema's file keeps its order, its sections and its descriptions; what the surface does not
have any more goes, and what is new in it comes last, described where the names leave no doubt.
Subscriptions stay out: their transport is documented nowhere.
"""

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from graphql import (
    DefinitionNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    Source,
    TokenKind,
    TypeDefinitionNode,
    build_ast_schema,
    get_named_type,
    is_specified_scalar_type,
    parse,
    print_ast,
)
from graphql.utilities import ast_from_value

from .words import argument_words, member_words, type_words

MemberT = TypeVar("MemberT")

_REST: Final = "the rest of the surface"
_WIDTH: Final = 100


@dataclass(frozen=True)
class Merged:
    """What became of a schema's file."""

    text: str
    added: tuple[str, ...]
    """The coordinates of what is new, like `Customer.logo`."""
    removed: tuple[str, ...]
    """The coordinates of what is gone."""
    undescribed: int
    """How many types and members have no description."""


def merge(text: str, surface: GraphQLSchema) -> Merged:
    """The text of a schema with everything that a surface has, and nothing else.

    Merging the same surface again changes nothing.
    """
    document = parse(Source(text, "schema.graphql"))
    before = build_ast_schema(document)
    kept = reachable(surface)
    writing = _Writing(surface, before)
    parts: list[str] = []
    if preamble := _preamble(text, document.definitions):
        parts.append(preamble)
    written: set[str] = set()
    for node in document.definitions:
        comment = _comment_above(node)
        if isinstance(node, TypeDefinitionNode) and node.name.value in kept:
            written.add(node.name.value)
            parts.append(comment + writing.type(surface.type_map[node.name.value]))
        elif comment:
            # A section's heading stays, whatever becomes of its first type.
            parts.append(comment.rstrip() + "\n")
    rest = sorted(kept - written)
    if rest and f"- {_REST}\n" not in text:
        parts.append(f"# {'-' * 64} {_REST}\n")
    parts += [writing.type(surface.type_map[name]) for name in rest]
    old, new = set(_coordinates(before, before.type_map)), set(_coordinates(surface, kept))
    return Merged(
        "\n".join(parts),
        tuple(sorted(new - old)),
        tuple(sorted(old - new)),
        writing.undescribed,
    )


def reachable(schema: GraphQLSchema) -> set[str]:
    """The types that queries and mutations can meet, without GraphQL's own."""
    found: set[str] = set()
    pending: list[GraphQLNamedType] = [t for t in (schema.query_type, schema.mutation_type) if t]
    while pending:
        type_ = pending.pop()
        if type_.name in found or is_specified_scalar_type(type_) or type_.name.startswith("__"):
            continue
        found.add(type_.name)
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
            pending += schema.get_possible_types(type_)
        pending += getattr(type_, "interfaces", ())
        for member in getattr(type_, "fields", {}).values():
            pending.append(get_named_type(member.type))
            pending += [get_named_type(a.type) for a in getattr(member, "args", {}).values()]
    return found


def _coordinates(schema: GraphQLSchema, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        type_ = schema.type_map[name]
        if name.startswith("__") or is_specified_scalar_type(type_):
            continue
        yield name
        if isinstance(type_, GraphQLUnionType):
            yield from (f"{name}.{member.name}" for member in type_.types)
        members: Mapping[str, Any] = getattr(type_, "values", getattr(type_, "fields", {}))
        for key, member in members.items():
            yield f"{name}.{key}"
            yield from (f"{name}.{key}({a}:)" for a in getattr(member, "args", {}))


class _Writing:
    def __init__(self, surface: GraphQLSchema, before: GraphQLSchema) -> None:
        self._surface = surface
        self._before = before
        self.undescribed = 0

    def type(self, type_: GraphQLNamedType) -> str:
        """A definition, with the descriptions that it had."""
        old = self._before.type_map.get(type_.name)
        said = _said(old) or type_words(self._surface, type_)
        head = ""
        if said:
            head = f'"""\n{said}\n"""\n'
        elif type_ not in (self._surface.query_type, self._surface.mutation_type):
            self.undescribed += 1
        match type_:
            case GraphQLEnumType():
                return head + self._block(
                    f"enum {type_.name}", type_.values, getattr(old, "values", {}),
                    lambda name, value: name, lambda name, value: None,
                )  # fmt: skip
            case GraphQLUnionType():
                members = _ordered({m.name: m for m in type_.types},
                                   [m.name for m in getattr(old, "types", ())])  # fmt: skip
                return head + _union(type_.name, list(members))
            case GraphQLInputObjectType():
                one_of = " @oneOf" if type_.is_one_of else ""
                return head + self._block(
                    f"input {type_.name}{one_of}", type_.fields, getattr(old, "fields", {}),
                    lambda name, field: f"{name}: {field.type}{_default(field)}",
                    lambda name, field: member_words(self._surface, type_, name, field),
                )  # fmt: skip
            case GraphQLObjectType() | GraphQLInterfaceType():
                kind = "type" if isinstance(type_, GraphQLObjectType) else "interface"
                implements = " & ".join(interface.name for interface in type_.interfaces)
                implements = f" implements {implements}" if implements else ""
                before: Mapping[str, GraphQLField] = getattr(old, "fields", {})
                return head + self._block(
                    f"{kind} {type_.name}{implements}", type_.fields, before,
                    lambda name, field: f"{name}{self._arguments(type_, field, before.get(name))}"
                    f": {field.type}",
                    lambda name, field: member_words(self._surface, type_, name, field),
                )  # fmt: skip
            case GraphQLScalarType():
                return f"{head}scalar {type_.name}\n"
            case _:
                raise AssertionError(type_)

    def _block(
        self,
        head: str,
        members: Mapping[str, MemberT],
        before: Mapping[str, Any],
        told: Callable[[str, MemberT], str],
        words: Callable[[str, MemberT], str | None],
    ) -> str:
        lines: list[str] = []
        apart = False
        for name, member in _ordered(members, before).items():
            said = _said(before.get(name)) or words(name, member)
            if lines and (apart or said):
                lines.append("")
            apart = said is not None
            if said is None:
                self.undescribed += 1
            else:
                lines += _quoted(said)
            lines += f"{told(name, member)}{_deprecated(member)}".splitlines()
        body = textwrap.indent("\n".join(lines), "  ")
        return f"{head} {{\n{body}\n}}\n"

    def _arguments(
        self, type_: GraphQLNamedType, field: GraphQLField, old: GraphQLField | None
    ) -> str:
        lines: list[str] = []
        before = old.args if old else {}
        for name, argument in _ordered(field.args, before).items():
            said = _said(before.get(name)) or argument_words(self._surface, type_, name, argument)
            if said is None:
                self.undescribed += 1
            else:
                lines += _quoted(said)
            lines.append(f"{name}: {argument.type}{_default(argument)}{_deprecated(argument)}")
        if not lines:
            return ""
        return "(\n" + textwrap.indent("\n".join(lines), "  ") + "\n)"


def _ordered(members: Mapping[str, MemberT], before: Iterable[str]) -> dict[str, MemberT]:
    """The members in the order that they had, and what is new behind them."""
    return {name: members[name] for name in (*before, *members) if name in members}


def _said(member: Any) -> str | None:
    return None if member is None else member.description or None


def _quoted(said: str) -> list[str]:
    lines = said.splitlines()
    return [f'"""{said}"""'] if len(lines) == 1 else ['"""', *lines, '"""']


def _deprecated(member: Any) -> str:
    reason: str | None = getattr(member, "deprecation_reason", None)
    if reason is None:
        return ""
    escaped = reason.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f' @deprecated(reason: "{escaped}")'


def _default(member: Any) -> str:
    node = ast_from_value(member.default_value, member.type)
    return "" if node is None else f" = {print_ast(node)}"


def _union(name: str, members: list[str]) -> str:
    line = f"union {name} = {' | '.join(members)}"
    if len(line) <= _WIDTH:
        return line + "\n"
    return f"union {name} =\n" + "".join(f"  | {member}\n" for member in members)


def _preamble(text: str, definitions: Iterable[DefinitionNode]) -> str:
    """The comment that is about the whole file, which an empty line sets apart."""
    first = next(iter(definitions))
    above = text[: first.loc.start] if first.loc else ""
    lines = above.rsplit("\n\n", 1)
    return lines[0].rstrip() + "\n" if len(lines) == 2 and lines[0].startswith("#") else ""


def _comment_above(node: DefinitionNode) -> str:
    """The comments between the definition before and this one, but for the file's own."""
    lines: list[str] = []
    token = node.loc.start_token.prev if node.loc else None
    while token is not None and token.kind is TokenKind.COMMENT:
        lines.append(f"#{token.value or ''}".rstrip())
        token = cast("Any", token.prev)
    if token is not None and token.kind is TokenKind.SOF:
        return ""
    return "\n".join(reversed(lines)) + "\n\n" if lines else ""
