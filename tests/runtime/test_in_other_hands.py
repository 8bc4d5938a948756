"""Models, methods and errors in the hands of other libraries."""

import importlib
import inspect
import pkgutil
import random
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator
from typing import Any

import plain_graphql.operations
import pytest
from graphql import parse
from plain_graphql.raw import RawOperations
from plain_graphql.with_input import InputOperations
from pydantic import BaseModel, TypeAdapter, validate_call
from random_answers import RandomAnswers
from support import own_schema

import plain_sdk
from plain_sdk import AsyncPlainClient, PlainError
from plain_sdk.codegen.upkeep.heads import documented
from plain_sdk.runtime.lazy import LazyMethod
from plain_sdk.runtime.models import InputModel, ResultModel
from plain_sdk.runtime.operations import Operation, OperationsBase

NAMES = dir(plain_sdk)


def operations() -> list[Operation[Any, Any, Any]]:
    """Every operation of ours."""
    folder = plain_graphql.operations.__path__
    modules = [importlib.import_module(f"plain_graphql.operations.{m.name}")
               for m in pkgutil.iter_modules(folder)]  # fmt: skip
    return [v for m in modules for v in vars(m).values() if isinstance(v, Operation)]


def test_every_result_comes_back_from_its_dump() -> None:
    """As Python or as JSON, with the API's names or with Python's; and equal ones hash alike."""
    answers = RandomAnswers(own_schema(), random.Random(15))
    for operation in operations():
        if operation.name not in documented():
            # They are made of the same by rule.
            continue
        model: type[ResultModel] = operation.data_type
        for _ in range(4):
            value = model.model_validate(answers.data(parse(operation.document)))
            for by_alias in (True, False):
                dumped = value.model_dump(by_alias=by_alias)
                text = value.model_dump_json(by_alias=by_alias)
                again = [model.model_validate(dumped), model.model_validate_json(text)]
                assert again == [value, value]
                assert {*again, value} == {value}


def public_methods(cls: type) -> Iterator[Callable[..., Any]]:
    """The functions of a class and of its bases here, in whatever wrapping."""
    for base in cls.__mro__:
        for name in [*vars(base)]:
            member = vars(base)[name]
            if isinstance(member, LazyMethod):
                member = getattr(base, name)
            function = getattr(member, "__func__", getattr(member, "fget", member))
            ours = str(getattr(function, "__module__", "")).startswith("plain_")
            if inspect.isfunction(function) and ours and not name.startswith("_"):
                yield function


CLASSES = [AsyncPlainClient, RawOperations, InputOperations]
PUBLIC = [getattr(plain_sdk, name) for name in NAMES]


@pytest.mark.parametrize("cls", CLASSES)
def test_every_method_can_be_looked_into(cls: type[OperationsBase]) -> None:
    """By get_type_hints, by signature and by pydantic, wherever its types are imported."""
    count = 0
    for method in public_methods(cls):
        count += 1
        assert not [h for h in typing.get_type_hints(method).values() if isinstance(h, str)]
        assert inspect.signature(method, eval_str=True)
        if method.__name__ not in ("execute", "execute_raw", "paginate"):
            validate_call(config={"arbitrary_types_allowed": True})(method)
    assert count > 50


@pytest.mark.parametrize(
    "public",
    [p for p in PUBLIC if isinstance(p, type) or inspect.isfunction(p)],
    ids=lambda public: public.__name__,
)
def test_every_public_class_can_be_looked_into(public: Any) -> None:
    """With its members and its methods."""
    if not (isinstance(public, type) and issubclass(public, BaseModel)):
        # Pydantic's own annotations cannot be resolved.
        typing.get_type_hints(public)
    if not typing.is_typeddict(public):
        inspect.signature(public, eval_str=True)
    for method in public_methods(public) if isinstance(public, type) else ():
        typing.get_type_hints(method)


def test_what_is_not_installed_can_be_anything() -> None:
    """A tracer's type, without OpenTelemetry; and the import of a client stays light."""
    code = (
        "import sys, typing\nsys.modules['opentelemetry'] = None\n"
        "from plain_sdk import AsyncPlainClient\n"
        "assert not {'pydantic', 'httpx'} & set(sys.modules)\n"
        "print(typing.get_type_hints(AsyncPlainClient.__init__)['tracer'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "typing.Any | None", done.stderr


def test_what_wraps_an_input_is_built_at_once() -> None:
    """FastAPI silences a warning of pydantic's while it builds, and only then."""
    for operation in operations():
        if operation.name not in documented():
            continue
        assert issubclass(operation.variables_type, InputModel)
        assert TypeAdapter(operation.variables_type).pydantic_complete


@pytest.mark.parametrize("name", [n for n in NAMES if n.endswith("Error")])
def test_every_error_can_be_made_of_its_text(name: str) -> None:
    """As task queues do it, which keep the name of the class and `args`."""
    error = getattr(plain_sdk, name)("broken")
    assert isinstance(error, PlainError)
    again = type(error)(*error.args)
    assert (str(again), again.args) == (str(error), error.args) == ("broken", ("broken",))


def test_errors_are_the_roots_from_the_start() -> None:
    """Before anybody has touched them there, and in whatever names them."""
    code = (
        "import plain_sdk._errors as e\n"
        "print({v.__module__ for k, v in vars(e).items() if k.startswith('Plain')})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "{'plain_sdk'}", done.stderr


def test_a_result_can_be_dumped_inside_of_other_data() -> None:
    """As an endpoint does that returns it in a dict, though its class may not be built yet."""
    code = (
        "from typing import Any\nfrom pydantic import TypeAdapter\n"
        "from plain_sdk import Customer\n"
        "made = Customer.model_construct(id='c_1')\n"
        "print(TypeAdapter(dict[str, Any]).dump_python({'c': made}, mode='json')['c']['id'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "c_1", done.stderr
