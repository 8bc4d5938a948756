"""Annotations that are worked out when somebody asks for them.

Names that only type checkers need are imported under `TYPE_CHECKING`, so that a client is light
to import. FastAPI, pydantic's `validate_call` and others ask for annotations at run time; then,
and only then, those imports are carried out, in a namespace of their own.
"""

import sys
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from functools import cache
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any, ForwardRef, TypeAlias, TypeVar, is_typeddict

NamedT = TypeVar("NamedT", bound=type | FunctionType)


def with_hints(made: NamedT) -> NamedT:
    """The same class or function, whose annotations can be resolved wherever they are read."""
    _mark(made, made.__module__)
    if isinstance(made, type):
        if sys.version_info < (3, 12) and is_typeddict(made):
            # There pydantic takes none of the standard library's.
            made.__get_pydantic_core_schema__ = classmethod(_typed_dict)  # type: ignore[attr-defined]
        for member in [*vars(made).values()]:
            for function in _functions(member):
                _mark(function, made.__module__)
    return made


def as_written(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The annotations of a function as its source has them."""
    hints: dict[str, Any] = function.__annotations__
    return hints.written if isinstance(hints, Hints) else hints


def _typed_dict(made: Any, source: Any, handler: Any) -> Any:
    return handler.generate_schema(_twin(made))


@cache
def _twin(made: Any) -> Any:
    """One twin for each, because it may hold itself."""
    from typing_extensions import TypedDict

    hints: dict[str, Any] = {**made.__annotations__}
    return TypedDict(made.__name__, hints, total=made.__total__)  # type: ignore[operator]


def _functions(member: Any) -> Iterator[FunctionType]:
    function: object = getattr(member, "__func__", getattr(member, "fget", member))
    while isinstance(function, FunctionType):
        yield function
        # Of what is wrapped, others ask for the innermost.
        function = getattr(function, "__wrapped__", None)


def _mark(made: type | FunctionType, module: str) -> None:
    own = isinstance(made, FunctionType) or "__annotations__" in vars(made)
    written: dict[str, Any] = made.__annotations__ if own else {}
    # Looking into what is marked already would resolve it.
    if not isinstance(written, Hints) and any(map(_is_quoted, written.values())):
        made.__annotations__ = Hints(written, module)


def _is_quoted(hint: object) -> bool:
    return isinstance(hint, str | ForwardRef)


class Hints(dict[str, Any]):
    """Annotations as they were written, until one is read."""

    def __init__(self, written: Mapping[str, Any], module: str) -> None:
        super().__init__(written)
        self.written = dict(written)
        """The annotations as the source has them."""
        self._module = module
        self._pending = True

    def _resolve(self) -> None:
        if self._pending:
            module = sys.modules[self._module]
            for name, hint in [*super().items()]:
                # The members of a TypedDict have been wrapped already.
                written = hint.__forward_arg__ if isinstance(hint, ForwardRef) else hint
                if isinstance(written, str):
                    self[name] = eval(written, vars(module), _Namespace(module))
            self._pending = False

    def __iter__(self) -> Iterator[str]:
        self._resolve()
        return super().__iter__()

    def __getitem__(self, name: str) -> Any:
        self._resolve()
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._resolve()
        return super().get(name, default)

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        self._resolve()
        return super().keys()

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        self._resolve()
        return super().values()

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        self._resolve()
        return super().items()

    def copy(self) -> dict[str, Any]:
        self._resolve()
        return dict(super().items())


@cache
def _typing_only(module: ModuleType) -> dict[str, Any]:
    """What a module imports for type checkers alone; what is not installed can be anything."""
    import ast
    import inspect

    found: dict[str, Any] = {"__package__": module.__package__, "__name__": module.__name__}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for statement in node.body:
                code = compile(ast.Module([statement], []), module.__file__ or "", "exec")
                try:
                    exec(code, {**vars(module), **found}, found)
                except ImportError:
                    names = (
                        statement.names
                        if isinstance(statement, ast.Import | ast.ImportFrom)
                        else []
                    )
                    found.update({name.asname or name.name: Any for name in names})
                    continue
                if isinstance(statement, ast.ImportFrom):
                    name = "." * statement.level + (statement.module or "")
                    origin = import_module(name, module.__package__)
                    found.update(_spelled_out(origin, [a.name for a in statement.names]))
    return found


def _spelled_out(origin: ModuleType, names: list[str]) -> dict[str, Any]:
    """Those of the names that are aliases in quotes, with what they stand for."""
    found: dict[str, Any] = {}
    for name in names:
        value = vars(origin).get(name)
        if (
            isinstance(value, str)
            and vars(origin).get("__annotations__", {}).get(name) is TypeAlias
        ):
            found[name] = _alias(origin, name)
        elif isinstance(value, type) and value.__module__ == origin.__name__:
            with_hints(value)
    return found


@cache
def _alias(origin: ModuleType, name: str) -> Any:
    """What an alias in quotes stands for, whose parts may be such aliases too."""
    own = {n: v for n, v in vars(origin).items() if isinstance(v, type)}
    for part in own.values():
        if part.__module__ == origin.__name__:
            with_hints(part)
    return eval(vars(origin)[name], vars(origin), _Namespace(origin))


class _Namespace(dict[str, Any]):
    """The names of a module, with aliases that are spelled out when they are looked up."""

    def __init__(self, module: ModuleType) -> None:
        super().__init__(_typing_only(module))
        self._module = module

    def __missing__(self, name: str) -> Any:
        if found := _spelled_out(self._module, [name]):
            return found[name]
        raise KeyError(name)
