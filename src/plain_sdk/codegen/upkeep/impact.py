"""What a new schema means for a client: which methods change, how, and what to do.

graphql-core finds the changes that may break a client; here they are looked up in what the
operations use, and told in the client's own names.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from graphql import (
    BreakingChange,
    DangerousChange,
    DocumentNode,
    GraphQLObjectType,
    GraphQLSchema,
    find_breaking_changes,
    find_dangerous_changes,
)

from ..read.names import member_name, method_name, python_name
from .usage import Coordinate, Usage, usages

_ROOTS: Final = ("Query", "Mutation")

Severity: TypeAlias = Literal["breaking", "risky", "additive"]
SEVERITIES: Final[tuple[Severity, ...]] = ("breaking", "risky", "additive")

_ADDITIVE: Final = {"OPTIONAL_INPUT_FIELD_ADDED", "OPTIONAL_ARG_ADDED"}
"""What graphql-core calls dangerous, and what for this client is a new optional argument."""

_PATTERNS: Final = (
    (r"^(?P<m>\w+) was removed from (?:union|enum) type (?P<t>\w+)\.$"),
    (r"^(?P<m>\w+) was added to (?:union|enum) type (?P<t>\w+)\.$"),
    (r"^An? (?:required|optional) field (?P<m>\w+) on input type (?P<t>\w+) was added\.$"),
    (r"^An? (?:required|optional) arg (?P<a>\w+) on (?P<t>\w+)\.(?P<m>\w+) was added\.$"),
    (r"^(?P<t>\w+)\.(?P<m>\w+) arg (?P<a>\w+) .*(?:was removed|changed).*$"),
    (r"^(?P<t>\w+)\.(?P<m>\w+) (?:was removed|changed type).*$"),
    (r"^(?:Standard scalar )?(?P<t>\w+) (?:was removed|changed from|no longer implements).*$"),
    (r"^(?P<i>\w+) added to interfaces implemented by (?P<t>\w+)\.$"),
)


NOWHERE: Final = Coordinate("")
"""The place of a change that no operation can meet, like one of a directive."""


@dataclass(frozen=True)
class SchemaChange:
    """A change of the schema."""

    kind: str
    """graphql-core's name of it, like `FIELD_REMOVED`."""
    description: str
    coordinate: Coordinate
    severity: Severity


@dataclass(frozen=True)
class Impact:
    """What a change of the schema means for the client."""

    severity: Severity
    kind: str
    change: str
    """The schema's change, as graphql-core tells it."""
    public: str
    """What of the client changes, in its own names."""
    methods: tuple[str, ...]
    """The methods that are concerned."""
    edit: str
    """What to do besides generating anew; empty when that is all."""
    places: tuple[str, ...]
    """Where to do it."""


@dataclass(frozen=True)
class Report:
    """What a new schema means for a client."""

    impacts: tuple[Impact, ...]
    elsewhere: int
    """Changes of the schema that no operation meets."""

    def having(self, severity: Severity) -> list[Impact]:
        """The impacts of a severity."""
        return [impact for impact in self.impacts if impact.severity == severity]

    @property
    def bump(self) -> Literal["major", "minor", "patch"]:
        """The part of the version that semantic versioning raises."""
        if self.having("breaking"):
            return "major"
        return "minor" if self.impacts else "patch"

    def as_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "bump": self.bump,
            "impacts": [asdict(impact) for impact in self.impacts],
            "changes_elsewhere": self.elsewhere,
        }


def schema_changes(old: GraphQLSchema, new: GraphQLSchema) -> list[SchemaChange]:
    """Every change that graphql-core finds breaking or dangerous."""
    found: list[SchemaChange] = []
    changes: Iterable[BreakingChange | DangerousChange] = (
        *find_breaking_changes(old, new),
        *find_dangerous_changes(old, new),
    )
    for change in changes:
        severity: Severity = "breaking" if isinstance(change, BreakingChange) else "risky"
        if change.type.name in _ADDITIVE:
            severity = "additive"
        # An operation of a client has no directive of the server's.
        directive = "DIRECTIVE" in change.type.name
        place = NOWHERE if directive else coordinate(change.description)
        found.append(SchemaChange(change.type.name, change.description, place, severity))
    return [*found, *_deprecations(old, new)]


def _deprecations(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[SchemaChange]:
    """What is newly deprecated, of which graphql-core does not tell."""
    before = dict(_members(old))
    for place, member in _members(new):
        was = before.get(place)
        if was is None or was.deprecation_reason or not member.deprecation_reason:
            continue
        reason = f"{place} is deprecated: {member.deprecation_reason}"
        yield SchemaChange("DEPRECATED", reason, place, "risky")


def _members(schema: GraphQLSchema) -> Iterator[tuple[Coordinate, Any]]:
    for type_ in schema.type_map.values():
        members: dict[str, Any] = getattr(type_, "values", None) or getattr(type_, "fields", {})
        for name, member in members.items():
            yield Coordinate(type_.name, name), member
            for argument, definition in getattr(member, "args", {}).items():
                yield Coordinate(type_.name, name, argument), definition


def coordinate(description: str) -> Coordinate:
    """The place of a change, out of graphql-core's words for it; nowhere when they are new."""
    for pattern in _PATTERNS:
        if match := re.match(pattern, description):
            parts = match.groupdict()
            return Coordinate(parts["t"], parts.get("m"), parts.get("a"))
    return NOWHERE


def impact_report(old: GraphQLSchema, new: GraphQLSchema, document: DocumentNode) -> Report:
    """What the new schema means for the operations of a document, valid by the old one."""
    used = usages(old, document)
    impacts: list[Impact] = []
    elsewhere = 0
    for change in schema_changes(old, new):
        place = change.coordinate
        if change.kind in ("REQUIRED_ARG_ADDED", "OPTIONAL_ARG_ADDED"):
            # It concerns whoever selects the field.
            place = replace(place, argument=None)
        concerned = [usage for usage in used if usage.uses(place)]
        if concerned:
            impacts.append(_impact(change, concerned, new))
        else:
            elsewhere += 1
    order = {severity: index for index, severity in enumerate(SEVERITIES)}
    impacts.sort(key=lambda impact: (order[impact.severity], impact.change))
    return Report(tuple(impacts), elsewhere + _unselected(old, new))


def _unselected(old: GraphQLSchema, new: GraphQLSchema) -> int:
    """Fields and types that are new, which no operation can select yet."""
    count = 0
    for name, type_ in new.type_map.items():
        before = old.type_map.get(name)
        if before is None:
            count += 1
        elif isinstance(type_, GraphQLObjectType) and isinstance(before, GraphQLObjectType):
            count += len(type_.fields.keys() - before.fields.keys())
    return count


def _impact(change: SchemaChange, concerned: list[Usage], new: GraphQLSchema) -> Impact:
    place = change.coordinate
    match change.kind:
        case "TYPE_ADDED_TO_UNION":
            at = Coordinate(place.type)
        case "TYPE_REMOVED_FROM_UNION":
            at = Coordinate(place.member or "")
        case "REQUIRED_ARG_ADDED" | "OPTIONAL_ARG_ADDED":
            at = replace(place, argument=None)
        case _:
            at = place
    places = sorted({p for usage in concerned for p in usage.places.get(at, ()) if p})
    public, edit = _told(change, concerned, new)
    return Impact(
        severity=change.severity,
        kind=change.kind,
        change=change.description,
        public=public,
        methods=tuple(sorted({method_name(usage.name) for usage in concerned})),
        edit=edit,
        places=tuple(places) if edit else (),
    )


def _told(change: SchemaChange, concerned: list[Usage], new: GraphQLSchema) -> tuple[str, str]:
    """What changes of the client, and the edit that an operation needs."""
    place, kind = change.coordinate, change.kind
    own = [u for u in concerned if u.inputs.get(place.type)]
    spoken = method_name if place.type in _ROOTS else python_name if own else member_name
    member = spoken(place.member) if place.member else ""
    is_input = any(place.type in usage.inputs for usage in concerned)
    argument = f"argument {member}" if own else f"field {member} of {place.type}"
    match kind:
        case "TYPE_REMOVED":
            return f"{place.type} is gone", f"remove {place.type} from the operations"
        case "TYPE_CHANGED_KIND":
            return (
                f"{place.type} is now another kind of type",
                f"select {place.type} by its members: `... on Member {{ }}`",
            )
        case "FIELD_REMOVED" if place.type in _ROOTS:
            return f"method {member} is gone", f"delete the operation on {place.member}"
        case "FIELD_REMOVED" if is_input:
            return f"{argument} is gone", ""
        case "FIELD_REMOVED":
            return f"attribute {place.type}.{member} is gone", f"delete `{place.member}`"
        case "FIELD_CHANGED_KIND" if is_input:
            return f"{argument} has another type", ""
        case "FIELD_CHANGED_KIND":
            selected = _needs_selection(place, new)
            edit = f"select fields of `{place.member}`" if selected else ""
            return f"attribute {place.type}.{member} has another type", edit
        case "REQUIRED_INPUT_FIELD_ADDED":
            return f"{argument} is new, and must be given", ""
        case "OPTIONAL_INPUT_FIELD_ADDED":
            return f"{argument} is new", ""
        case "REQUIRED_ARG_ADDED":
            return (
                f"argument {python_name(place.argument or '')} of {member} must be given",
                f"declare `${place.argument}` and pass it to `{place.member}`",
            )
        case "OPTIONAL_ARG_ADDED":
            return (
                f"{member} can take {python_name(place.argument or '')}",
                f"to offer it, declare `${place.argument}` and pass it to `{place.member}`",
            )
        case "ARG_REMOVED":
            return (
                f"argument {python_name(place.argument or '')} of {member} is gone",
                f"remove `{place.argument}` from `{place.member}`",
            )
        case "ARG_CHANGED_KIND":
            return (
                f"argument {python_name(place.argument or '')} of {member} has another type",
                f"declare `${place.argument}` with the new type",
            )
        case "DEPRECATED" if is_input:
            return f"{argument} is deprecated", ""
        case "DEPRECATED":
            told = f"argument {place.argument} of {member}" if place.argument else str(place)
            return f"{told} is deprecated", ""
        case "VALUE_REMOVED_FROM_ENUM":
            return f"{place.type}.{place.member} is gone", ""
        case "VALUE_ADDED_TO_ENUM":
            return f"{place.type}.{place.member} may now occur", ""
        case "TYPE_REMOVED_FROM_UNION":
            return f"{place.member} is gone from {place.type}", f"delete `... on {place.member}`"
        case "TYPE_ADDED_TO_UNION":
            return (
                f"{place.type} may be a {place.member}; until that is selected, an Unknown",
                f"to have it typed, select `... on {place.member}` in {place.type}",
            )
        case _:
            return f"{place} has changed", ""


def _needs_selection(place: Coordinate, new: GraphQLSchema) -> bool:
    from graphql import get_named_type, is_leaf_type

    type_ = new.type_map.get(place.type)
    field = getattr(type_, "fields", {}).get(place.member)
    return field is not None and not is_leaf_type(get_named_type(field.type))


def changelog(report: Report) -> str:
    """The report as an entry of a changelog."""
    lines: list[str] = []
    titles: dict[Severity, str] = {
        "breaking": "Breaking changes",
        "risky": "Changed",
        "additive": "Added",
    }
    for severity, title in titles.items():
        found = report.having(severity)
        if found:
            lines.append(f"### {title}\n")
            for impact in found:
                methods = ", ".join(f"`{method}`" for method in impact.methods[:4])
                more = f" and {len(impact.methods) - 4} more" if len(impact.methods) > 4 else ""
                lines.append(f"- {impact.public} ({methods}{more}).")
            lines.append("")
    return "\n".join(lines) or "- Generated from a newer schema; nothing changes for users.\n"


def next_version(version: str, bump: str) -> str | None:
    """The version after a bump; below 1.0.0 what breaks raises the minor part."""
    match = re.match(r"^(\d+)\.(\d+)\.(\d+)", version)
    if match is None:
        return None
    major, minor, patch = map(int, match.groups())
    if bump == "major" and major:
        return f"{major + 1}.0.0"
    if bump == "patch" or (bump == "minor" and not major):
        return f"{major}.{minor}.{patch + 1}"
    return f"{major}.{minor + 1}.0"
