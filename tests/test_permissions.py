"""The permissions that an operation needs: by what Plain documents, by name, and by selection."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)
from support import own_schema

from plain_sdk._api import schema_path
from plain_sdk._permissions import done_permissions, is_documented, read_permission
from plain_sdk.cli._catalogue import operations
from plain_sdk.codegen.read.notes import operation_notes
from plain_sdk.codegen.read.permissions import Permissions, permissions

SCHEMA = own_schema()
UNDOCUMENTED = {"escalationPath:read", "machineUser:read", "surveyResponse:read",
                "threadDiscussion:read", "threadLink:read"}  # fmt: skip
THREAD = {"customer:read", "label:read", "labelType:read", "tenant:read", "threadField:read",
          "tier:read", "user:read", *UNDOCUMENTED}  # fmt: skip


def needed(document: str) -> Permissions:
    tree = parse(document)
    fragments = {d.name.value: d for d in tree.definitions if isinstance(d, FragmentDefinitionNode)}
    (operation,) = (d for d in tree.definitions if isinstance(d, OperationDefinitionNode))
    return permissions(SCHEMA, fragments, operation, operation_notes(operation))


@pytest.mark.parametrize(
    ("type_name", "permission"),
    [
        ("Customer", "customer:read"),
        ("CustomerGroup", "customerGroup:read"),
        ("CustomerGroupMembership", "customerGroupMembership:read"),
        ("TenantTierMembership", "tierMembership:read"),
        ("TimelineEntry", "timeline:read"),
        ("Attachment", "attachment:download"),
        ("CustomRole", "roles:read"),
        ("NextResponseTimeServiceLevelAgreement", "serviceLevelAgreement:read"),
        ("JiraIssueThreadLink", "threadLink:read"),
        ("MSTeamsMessage", "msTeamsMessage:read"),
        ("WorkspaceInvite", "workspaceInvite:read"),
        ("System", None),
    ],
)
def test_what_it_takes_to_read_a_type(type_name: str, permission: str | None) -> None:
    """The table first, then the name."""
    assert read_permission(type_name) == permission


def test_parts_of_something_else_need_nothing_of_their_own() -> None:
    """Types without an id, except those that the table knows."""
    assert read_permission("EmailAddress", has_id=False) is None
    assert read_permission("CustomerTenantMembership", has_id=False) == (
        "customerTenantMembership:read"
    )


@pytest.mark.parametrize(
    ("mutation", "told"),
    [
        ("createNote", ("note:create",)),
        ("upsertCompany", ("company:create", "company:edit")),
        ("archiveLabelType", ("labelType:edit",)),
        ("reorderThreadFieldSchemas", ("threadFieldSchema:edit",)),
        ("sendNewEmail", ("email:create",)),
        ("sendCustomerChat", ("chat:create",)),
        ("deleteMSTeamsThing", ()),
        ("doSomething", ()),
        ("note", ()),
        ("", ()),
    ],
)
def test_what_a_mutation_does_by_its_name(mutation: str, told: tuple[str, ...]) -> None:
    """Only of a resource that there is, and never a guess."""
    resources = frozenset({"Note", "Company", "LabelType", "ThreadFieldSchema", "Email", "Chat"})
    assert done_permissions(mutation, resources) == told


def test_what_is_selected_counts_wherever_it_lies() -> None:
    """In fragments, in unions, behind an alias; a type without an id and `__typename` do not."""
    found = needed(
        "query q { thread(threadId: \"th_1\") { __typename id ...T who: customer { id } } } "
        "fragment T on Thread { assignedTo { __typename ... on User { id } } createdBy { "
        "... on MachineUserActor { machineUserId } } labels { labelType { name } } }"
    )  # fmt: skip
    assert set(found.every) == {
        "thread:read", "user:read", "label:read", "labelType:read", "customer:read",
    }  # fmt: skip
    assert found.derived == frozenset()


def test_a_documented_mutation_covers_what_it_gives_back() -> None:
    """`customer:create` and `customer:edit` are enough for an upsert's customer itself."""
    text = (
        "# Permission: customer:create, customer:edit\n# Repeat: safe\n"
        "mutation m($input: UpsertCustomerInput!) { upsertCustomer(input: $input) {"
        " customer { id %s } error { message } } }"
    )
    assert needed(text % "").every == ("customer:create", "customer:edit")
    more = needed(text % "company { id tier { id } }")
    assert more.selected == ("company:read", "tier:read")
    assert more.derived == frozenset()


@pytest.mark.parametrize("comment", ["", "# Permission: note:write (Plain does not document it)\n"])
def test_what_follows_from_names_alone_is_marked(comment: str) -> None:
    """Where the comment says nothing, or that nobody documents it."""
    found = needed(
        f"{comment}# Repeat: unsafe\nmutation m($input: CreateNoteInput!) {{ "
        "createNote(input: $input) { note { id } error { message } } }"
    )
    own = "note:write" if comment else "note:create"
    assert found.stated == (own,)
    assert found.derived == {own}
    assert is_documented("note:read")


class _Seen(Visitor):
    """What a document selects, collected another way: by the types of its fields."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.types: set[str] = set()

    def enter_field(self, *_: object) -> None:
        parent, type_ = self._info.get_parent_type(), self._info.get_type()
        for found in (parent, get_named_type(type_)):
            if isinstance(found, GraphQLObjectType):
                self.types.add(found.name)


def shipped() -> Iterator[tuple[str, Permissions, set[str]]]:
    for name, operation in operations().items():
        info = TypeInfo(SCHEMA)
        seen = _Seen(info)
        visit(parse(operation.document), TypeInfoVisitor(info, seen))
        found = Permissions(
            operation.permissions, (), frozenset(operation.derived_permissions)
        )  # fmt: skip
        yield name, found, seen.types


def test_every_shipped_operation_states_what_it_selects() -> None:
    """Whatever type with an id is selected, its permission is there."""
    for name, found, types in shipped():
        has_id = {t: "id" in getattr(SCHEMA.type_map[t], "fields", {}) for t in types}
        reading = {t: read_permission(t, has_id=has_id[t] and not t.endswith("Output"))
                   for t in types}  # fmt: skip
        selected = {p for p in reading.values() if p is not None}
        given_back = selected - set(found.every)
        # Plain's documentation of a mutation covers the object that it gives back: one resource.
        assert len(given_back) <= 1, (name, given_back)
        assert found.derived <= set(found.every)


def test_threads_need_what_their_selection_needs() -> None:
    """As Plain documents it for a client that selects as much."""
    known = operations()
    assert set(known["create_thread"].permissions) == {"thread:create", "thread:read", *THREAD}
    assert set(known["threads"].permissions) == {"thread:read", *THREAD}
    assert set(known["threads"].derived_permissions) == UNDOCUMENTED


def test_every_comment_names_permissions_as_plain_does() -> None:
    """`resource:action`, and no tag that says nothing."""
    folder = schema_path().parent / "queries"
    for file in sorted(Path(folder).rglob("*.graphql")):
        for node in parse(file.read_text(encoding="utf-8")).definitions:
            if isinstance(node, OperationDefinitionNode):
                notes = operation_notes(node)
                assert bool(notes.permission) == bool(notes.permissions), file
