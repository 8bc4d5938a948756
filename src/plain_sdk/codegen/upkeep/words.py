"""Words about what a schema says itself: made from names, where they leave no doubt.

What Plain's names do not tell gets no words; a guess would read like a fact.
"""

import re
from typing import Final

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_non_null_type,
)

from ..._schemas import has_id

_SAYS: Final = {
    ("id", "ID!"): "Plain's id of it, an opaque string.",
    ("createdAt", "DateTime!"): "When it was created.",
    ("createdBy", "Actor!"): "Who created it.",
    ("createdBy", "InternalActor!"): "Who created it.",
    ("updatedAt", "DateTime!"): "When it was last changed.",
    ("updatedBy", "Actor!"): "Who last changed it.",
    ("updatedBy", "InternalActor!"): "Who last changed it.",
    ("isDeleted", "Boolean!"): "Whether it is deleted.",
    ("deletedAt", "DateTime"): "When it was deleted; null when it was not.",
    ("deletedBy", "InternalActor"): "Who deleted it; null when it was not deleted.",
    ("deletedBy", "Actor"): "Who deleted it; null when it was not deleted.",
    ("customerId", "ID!"): "Plain's id of the customer, like `c_01G8JVJ6A3CX5ZSJ4AVJYC42HW`.",
    ("threadId", "ID!"): "Plain's id of the thread, like `th_01G8JVJ6A3CX5ZSJ4AVJYC42HW`.",
    ("threadId", "ID"): "Plain's id of the thread, like `th_01G8JVJ6A3CX5ZSJ4AVJYC42HW`.",
    ("customerIdentifier", "CustomerIdentifierInput!"):
        "Which customer: by id, email address or external id, only one of them.",
    ("cursor", "String!"):
        "Opaque position of this item; give it as `after` or `before` to page on.",
    ("pageInfo", "PageInfo!"):
        "Says whether there are more pages, and the cursors to fetch them.",
    ("error", "MutationError"): "Why the mutation failed; null if it worked.",
    ("result", "UpsertResult"):
        "Whether it was created, updated or left as it was; null if the mutation failed.",
    ("first", "Int"): "How many items to return from the front: 25 by default, at most 100.",
    ("after", "String"): "Cursor after which the page starts; goes with `first`.",
    ("last", "Int"): "How many items to return from the back: 25 by default, at most 100.",
    ("before", "String"): "Cursor before which the page ends; goes with `last`.",
}  # fmt: skip
"""Descriptions of members by their names and types, which mean the same wherever they are."""

_VERBS: Final = {
    "Accept", "Add", "Archive", "Assign", "Calculate", "Cancel", "Change", "Complete", "Create",
    "Delete", "Disconnect", "Escalate", "Fork", "Generate", "Import", "Invite", "Lock", "Mark",
    "Mint", "Move", "Preview", "Refresh", "Regenerate", "Remove", "Reorder", "Resolve", "Send",
    "Start", "Sync", "Toggle", "Trigger", "Unarchive", "Unassign", "Update", "Upsert", "Verify",
}  # fmt: skip
_NAMES: Final = {
    "ai": "AI", "api": "API", "cursor": "Cursor", "discord": "Discord", "dns": "DNS",
    "github": "GitHub", "hmac": "HMAC", "hyperline": "Hyperline", "jira": "Jira",
    "linear": "Linear", "ms": "MS", "permalink": "permalink", "slack": "Slack", "teams": "Teams",
    "url": "URL", "workos": "WorkOS",
}  # fmt: skip
"""Words that are written in their own way."""

_WORD: Final = re.compile(r"MSTeams|[Ww]orkOS|[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


def spoken(name: str) -> str:
    """`MSTeamsMessage` becomes `MS Teams message`."""
    words: list[str] = [
        w for word in _WORD.findall(name) for w in word.replace("MST", "MS T").split()
    ]
    return " ".join(_NAMES.get(w.lower(), w if w.isupper() else w.lower()) for w in words)


def with_article(noun: str) -> str:
    """`an API key`, `a user`, `a workflow`."""
    vowel = re.match(r"(?i)[aeio]|u(?!ser|ni|rl)|MS\b|H(?=MAC)", noun)
    return f"{'an' if vowel else 'a'} {noun}"


def summary(schema: GraphQLSchema, kind: str, name: str) -> str:
    """What an operation on a root field does, in one line that says no more than the names."""
    root = schema.query_type if kind == "query" else schema.mutation_type
    assert root is not None
    return _query(name, root.fields[name]) if kind == "query" else _mutation(schema, name)


def _query(name: str, field: GraphQLField) -> str:
    named = get_named_type(field.type)
    required = [a for a, given in field.args.items() if is_non_null_type(given.type)]
    if name.startswith("my") and name[2:3].isupper():
        return f"The caller's own {spoken(name[2:])}."
    if isinstance(named, GraphQLObjectType) and {"edges", "pageInfo"} <= set(named.fields):
        if name.startswith("search"):
            return f"Search {spoken(name.removeprefix('search'))}, a page at a time."
        return f"{_first_upper(spoken(name))}, a page at a time."
    if not str(field.type).startswith("[") and required == [f"{name}Id"]:
        none = "" if is_non_null_type(field.type) else ", or None"
        return f"One {spoken(name)} by Plain's id{none}."
    return f"{_first_upper(spoken(name))}."


def _mutation(schema: GraphQLSchema, name: str) -> str:
    verb, *rest = _WORD.findall(name)
    verb, noun = verb.capitalize(), "".join(rest)
    if verb == "Bulk" and rest:
        verb, noun = f"Bulk {rest[0].lower()}", "".join(rest[1:])
    elif verb not in _VERBS:
        return f"{_first_upper(spoken(name))}."
    if verb == "Upsert":
        verb = "Create or update"
    told = spoken(noun)
    if noun.startswith("My"):
        return f"{verb} the caller's own {spoken(noun[2:])}."
    if has_id(schema.type_map.get(noun, schema.type_map["String"])) and not told.endswith("s"):
        told = with_article(told)
    return f"{verb} {told}."


def type_words(schema: GraphQLSchema, type_: GraphQLNamedType) -> str | None:
    """What a type is, where its name follows a rule of Plain's."""
    name = type_.name
    if (mutation := name.removesuffix("Input")) != name:
        mutation = mutation[:1].lower() + mutation[1:]
        if schema.mutation_type and mutation in schema.mutation_type.fields:
            return f"What `{mutation}` needs."
    if name.endswith("Output"):
        return "What came of the mutation."
    if name.endswith("Connection"):
        return "One page of a list."
    if name.endswith("Edge"):
        return "A place in the list."
    return None


def member_words(
    schema: GraphQLSchema,
    owner: GraphQLNamedType,
    name: str,
    member: GraphQLField | GraphQLInputField,
) -> str | None:
    """What a member of a type is, where its name and type leave no doubt."""
    if owner in (schema.query_type, schema.mutation_type):
        kind = "query" if owner is schema.query_type else "mutation"
        return summary(schema, kind, name)
    named = get_named_type(member.type)
    if name == "edges" and owner.name.endswith("Connection"):
        return "Items of this page, each with its cursor."
    if name == "node" and owner.name.endswith("Edge"):
        return "The item itself."
    if owner.name.endswith("Output") and has_id(named) and str(member.type) == named.name:
        return f"The {spoken(named.name)}; null if the mutation failed."
    return _said(schema, name, str(member.type))


def argument_words(
    schema: GraphQLSchema, owner: GraphQLNamedType, name: str, argument: GraphQLArgument
) -> str | None:
    """What an argument is, where its name and type leave no doubt."""
    if name == "input" and owner is schema.mutation_type:
        return "Everything that the mutation needs."
    if name == "filters":
        return "Conditions that narrow down the results; left out, nothing is filtered."
    return _said(schema, name, str(argument.type))


def _said(schema: GraphQLSchema, name: str, type_: str) -> str | None:
    if said := _SAYS.get((name, type_)):
        return said
    stem = name.removesuffix("Id")
    resource = schema.type_map.get(stem[:1].upper() + stem[1:])
    if stem != name and type_.strip("!") == "ID" and resource and has_id(resource):
        return f"Plain's id of the {spoken(stem)}."
    return None


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
