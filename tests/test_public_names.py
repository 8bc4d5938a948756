"""What can be found: by completion, in a terminal, in a notebook; and under which names."""

import ast
import asyncio
import inspect
import json
import pickle
import subprocess
import sys
from types import ModuleType

import pytest
from support import ROOT, create

import plain_sdk
from plain_sdk import (
    AsyncPlainClient,
    Err,
    PlainMutationError,
    UpsertResult,
    capture,
    cards,
    components,
    sandbox,
    testing,
    types,
    webhooks,
)
from plain_sdk._errors import in_python
from plain_sdk.cli._catalogue import operations
from plain_sdk.cli._own_methods import own_methods, parts_of
from plain_sdk.runtime.tables import Nodes, as_table

DOORS = [plain_sdk, types, webhooks, cards, components, sandbox, testing]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_each_public_name_is_in_all_and_in_dir(door: ModuleType) -> None:
    """Completion and `from ... import *` see the same names, and each is there."""
    assert sorted(door.__all__) == sorted(dir(door))
    assert len(set(door.__all__)) == len(door.__all__)
    for name in door.__all__:
        assert getattr(door, name) is not None


def imported_for_type_checkers(path: str) -> dict[str | None, str]:
    """The names that a package imports where only type checkers look, with their modules."""
    tree = ast.parse((ROOT / "src" / "plain_sdk" / path).read_text(encoding="utf-8"))
    (block,) = (
        node for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )  # fmt: skip
    return {
        alias.asname: f"{'.' * node.level}{node.module}"
        for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }  # fmt: skip


def test_what_type_checkers_see_is_what_is_there() -> None:
    """The imports that only they read, the table of doors, and `__all__`."""
    imported = imported_for_type_checkers("__init__.py")
    assert imported == plain_sdk._MODULES
    assert {*imported, "__version__"} == set(dir(plain_sdk))
    imported = imported_for_type_checkers("testing/__init__.py")
    assert imported == vars(testing)["_MODULES"]
    assert set(imported) == set(dir(testing))


def test_every_method_of_the_client_is_found_and_has_an_example() -> None:
    """`dir()` has the operations and what is written by hand; each of those shows its use."""
    assert set(operations()) | set(own_methods()) <= set(dir(AsyncPlainClient))
    for name, member in own_methods().items():
        told = parts_of(inspect.getdoc(member) or "")
        assert "```python" in told.text or name in operations()
        assert isinstance(member, property) or member.__doc__


def test_names_in_messages_are_those_of_the_methods() -> None:
    """What the API calls `upsertCustomer` is told as the method that was called."""
    for name, operation in operations().items():
        assert in_python(operation.name) == name
    assert in_python("onCreate.email.isVerified") == "on_create.email.is_verified"


async def test_a_refusal_is_told_in_the_names_of_the_caller(client: AsyncPlainClient) -> None:
    """The method, the code and the fields; in the error, in an `Err`, and after pickling."""
    refused = await capture(
        client.upsert_customer(
            identifier={"email_address": "nonsense"},
            on_create={"full_name": "D", "email": {"email": "nonsense", "is_verified": True}},
        )
    )
    assert isinstance(refused, Err)
    error = refused.error
    assert error.operation == "upsertCustomer"
    assert error.method == "upsert_customer"
    assert str(error).startswith("upsert_customer: ")
    assert "on_create.email.email: " in str(error)
    assert repr(error) == (
        f"PlainMutationError({error.message!r}, method='upsert_customer', code='input_validation')"
    )
    assert repr(refused) == f"Err(error={error!r})"
    assert repr(pickle.loads(pickle.dumps(error))) == repr(error)
    assert repr(PlainMutationError("no")) == "PlainMutationError('no')"


async def test_a_customer_can_be_read_in_a_terminal(client: AsyncPlainClient) -> None:
    """What is absent is left out, times are times, and enums are what one would write."""
    upserted = await client.upsert_customer(
        identifier={"email_address": "donald@example.com"},
        on_create={
            "full_name": "Donald Duck",
            "email": {"email": "donald@example.com", "is_verified": True},
        },
    )
    shown = repr(upserted.customer)
    assert shown.startswith("Customer(id='c_")
    assert "None" not in shown
    assert "typename" not in shown
    assert f"created_at=DateTime('{upserted.customer.created_at}')" in shown
    assert str(upserted.customer) == shown
    assert repr(upserted).startswith("UpsertedCustomer(result=UpsertResult.CREATED, customer=")
    assert repr(UpsertResult("LATER")) == "UpsertResult('LATER')"
    assert repr(client.customers()) == "<customers: nodes, page by page; use `async for`>"


async def test_a_notebook_shows_results_as_tables(client: AsyncPlainClient) -> None:
    """One object with a row for each member, many with a row each; a list stays a list."""
    for name in ("Donald <Duck>", "Daisy"):
        await client.upsert_customer(
            identifier={"email_address": f"{name[:5].lower()}@example.com"},
            on_create=create(f"{name[:5].lower()}@example.com", name),
        )
    found = await client.customers().collect()
    table = found._repr_html_()  # type: ignore[attr-defined]
    assert table.count("<tr>") == 3
    assert "Donald &lt;Duck&gt;" in table
    assert "daisy@example.com" in table
    assert "short_name" not in table
    assert found == [*found]
    assert pickle.loads(pickle.dumps(found)) == found
    assert json.dumps(Nodes([1])) == "[1]"
    one = found[0]._repr_html_()
    assert '<th style="text-align:left">full_name</th>' in one
    (page,) = [page async for page in client.customers().pages()]
    assert page._repr_html_() == table
    assert as_table([]) == "<p>nothing</p>"
    assert as_table(range(102)).endswith("<p>and 2 more</p>")
    summary = await client.sync_customers([], checkpoint=":memory:", dry_run=True)
    assert "rows" in summary._repr_html_()


@pytest.mark.parametrize("name", ["graphql", "uvicorn"])
def test_without_its_extra_the_sandbox_names_it(name: str) -> None:
    """Instead of a module that nobody has heard of."""
    code = f"import sys; sys.modules[{name!r}] = None; from plain_sdk.sandbox import sandbox"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "pip install 'plain-sdk[sandbox]'" in done.stderr.splitlines()[-1]


def test_the_loop_is_not_needed_to_look_around() -> None:
    """A client shows itself without one, and never its key."""
    client = AsyncPlainClient("plainApiKey_secret_1234", url="http://127.0.0.1:1/graphql/v1")
    assert "secret" not in repr(client)
    asyncio.run(client.aclose())
