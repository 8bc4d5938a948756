"""Methods that are loaded when one is used: seen by all, and loaded a module at a time."""

import inspect
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from plain_sdk.runtime.lazy import LazyMethod, lazy_methods


@pytest.fixture
def made() -> Iterator[type]:
    """A class with three methods in two modules."""
    package, modules = "tests_lazy", dict[str, ModuleType]()
    for module, methods in (("one", ("a", "b")), ("two", ("c",))):
        body = "\n".join(
            f"    def {m}(self, given: int = 1) -> str:\n        'Says {m}.'\n        return '{m}'"
            for m in methods
        )
        modules[f"{package}.{module}"] = ModuleType(f"{package}.{module}")
        exec(f"class Made:\n{body}", vars(modules[f"{package}.{module}"]))
    modules[package] = ModuleType(package)
    sys.modules |= modules

    class Made:
        """Has its methods elsewhere."""

    lazy_methods(Made, package, {"one": "a b", "two": "c"})
    yield Made
    for name in modules:
        del sys.modules[name]


def test_a_method_is_itself_once_it_is_used(made: type) -> None:
    """Through an instance, the class, a subclass, and `super`; its neighbours with it."""

    class Sub(made):  # type: ignore[misc]
        def b(self) -> str:
            return "sub " + str(super().b())

    assert {"a", "b", "c"} <= set(dir(Sub))
    assert all(isinstance(vars(made)[name], LazyMethod) for name in "abc")
    assert (Sub().a(), Sub().b()) == ("a", "sub b")
    assert inspect.isfunction(vars(made)["a"])
    assert isinstance(vars(made)["c"], LazyMethod)
    assert inspect.getdoc(getattr(made, "c")) == "Says c."  # noqa: B009
    assert str(inspect.signature(getattr(made, "c"))) == "(self, given: int = 1) -> str"  # noqa: B009


def test_what_was_put_in_its_place_stays(
    made: type, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """A mock of a test's, though a neighbour is loaded after it."""
    monkeypatch.setattr(made, "b", lambda self: "mine")
    assert (made().a(), made().b()) == ("a", "mine")


def test_a_client_loads_the_methods_of_one_folder() -> None:
    """The others' modules stay where they are."""
    code = (
        "import sys, plain_sdk\n"
        "found = lambda: [m for m in sys.modules if m.startswith('plain_graphql.methods.')]\n"
        "client = plain_sdk.AsyncPlainClient('k')\nassert not found()\n"
        "client.customer\nprint(*found())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        "plain_graphql.methods.client",
        "plain_graphql.methods.client.customers",
    ]
