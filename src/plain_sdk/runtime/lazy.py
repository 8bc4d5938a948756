"""Names and methods whose code is imported when one of them is first used.

A client has hundreds of methods and a program calls a few, so what is loaded with the class are
their names. Type checkers and editors see them all: a stub beside the module tells them.
"""

import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any


def lazy_names(package: str, places: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and the `__dir__` of a package whose modules hold its names.

    A line of `places` is a module and the names that it holds, with spaces between. It is taken
    apart when a name is first asked for.
    """

    @cache
    def modules() -> dict[str, str]:
        lines = (line.split() for line in places.splitlines())
        return {name: line[0] for line in lines if line for name in line[1:]}

    def named(name: str) -> Any:
        if name == "__all__":
            return sorted(modules())
        module = modules().get(name)
        if module is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(module, package), name)
        setattr(sys.modules[package], name, value)
        return value

    return named, lambda: sorted(modules())


class LazyMethod:
    """Stands for a method until somebody asks for it, then makes way for the method itself."""

    __slots__ = ("_module", "_name", "_owner")

    def __init__(self, owner: type, name: str, module: str) -> None:
        self._owner = owner
        self._name = name
        self._module = module

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self._loaded().__get__(instance, owner)

    def _loaded(self) -> Any:
        """The method; all that its module holds take their places in the class."""
        holder: Any = getattr(import_module(self._module), self._owner.__name__)
        methods: Mapping[str, Any] = holder.__dict__
        for name, method in methods.items():
            # What somebody has put in its place meanwhile stays.
            if isinstance(vars(self._owner).get(name), LazyMethod):
                setattr(self._owner, name, method)
        return methods[self._name]


def lazy_methods(owner: type, package: str, names: Mapping[str, str]) -> None:
    """Give a class methods that modules of a package hold, in a class of the same name.

    `names` are the methods' names, with spaces between, by their modules.
    """
    for module, methods in names.items():
        for name in methods.split():
            setattr(owner, name, LazyMethod(owner, name, f"{package}.{module}"))
