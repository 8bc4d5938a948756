"""The reference, made of the running package while the site is built: nothing of it is committed.

mkdocs calls the two hooks at the end. What a method needs, whether it is safe to retry and an
example of it are data of the operations, and their methods are loaded when they are used, so
reading the source would not tell; `plain-sdk reference` prints the same text.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import FunctionType, ModuleType
from typing import Any

import plain_sdk
from plain_sdk.cli._catalogue import operations, section
from plain_sdk.cli._own_methods import own_methods, own_section, parts_of, signature
from plain_sdk.runtime.hints import as_written
from plain_sdk.runtime.models import InputModel, ResultModel

DOORS = {
    "webhooks": "What Plain sends to you, verified and typed.",
    "cards": "What Plain asks you to show.",
    "components": "What is shown: a function for each component.",
    "testing": "A Plain for your tests.",
    "sandbox": "A local Plain, in your own process.",
}


def pages() -> dict[str, str]:
    """The Markdown of every page by its path."""
    made = {
        "reference/client.md": _client(),
        "reference/errors.md": _errors(),
        "reference/names.md": _root(),
    }
    for door, told in DOORS.items():
        made[f"reference/{door}.md"] = _door(door, told)
    for domain, names in domains().items():
        made[f"reference/operations/{domain}.md"] = _domain(domain, names)
    return made | _types()


def domains() -> dict[str, list[str]]:
    """The methods of the operations, by the folder that they stand in."""
    folder = import_module("plain_graphql.methods.client")
    known, found = operations(), dict[str, list[str]]()
    for module in iter_modules(folder.__path__):
        loaded = import_module(f"{folder.__name__}.{module.name}")
        found[module.name] = [name for name in vars(loaded.PlainOperations) if name in known]
    placed = {name for names in found.values() for name in names}
    found.setdefault("others", []).extend(name for name in known if name not in placed)
    return {domain: names for domain, names in found.items() if names}


def _client() -> str:
    known = operations()
    sections = [own_section(n, m) for n, m in own_methods().items() if n not in known]
    told = inspect.getdoc(plain_sdk.AsyncPlainClient) or ""
    return "\n".join(
        [
            "# AsyncPlainClient\n",
            _docstring(told),
            "\nThe operations of the API have pages of their own, beside this one.\n",
            *sections,
        ]
    )


def _domain(domain: str, names: list[str]) -> str:
    known, own = operations(), own_methods()
    title = domain.replace("_", " ").capitalize()
    listed = [
        f"| [`{name}`](#{name}) | {known[name].kind} "
        f"| {'safe' if known[name].repeatable else 'unsafe'} | {_first_line(name)} |"
        for name in names
    ]
    told = [
        section(name, known[name]) + (
            "\nMore of it is in [the client's own methods](../client.md).\n" if name in own
            and name != "upsert_customer" else ""
        )
        for name in names
    ]  # fmt: skip
    head = ["| method | kind | retry | what it does |", "|---|---|---|---|", *listed, ""]
    return "\n".join([f"# {title}\n", *head, *told])


def _first_line(name: str) -> str:
    told = inspect.getdoc(getattr(plain_sdk.AsyncPlainClient, name)) or ""
    return told.split("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def _errors() -> str:
    found = [v for v in map(_of_root, dir(plain_sdk)) if _is_error(v)]
    lines = ["# Errors\n", "Every error is a `PlainError`.\n", "```"]
    lines += [*_tree(plain_sdk.PlainError, 0), "```", ""]
    for error in sorted(found, key=lambda e: (e is not plain_sdk.PlainError, e.__name__)):
        bases = ", ".join(
            f"`{base.__name__}`" for base in error.__mro__[1:-3] if base.__name__[0] != "_"
        )
        lines += [f"## {error.__name__}\n", _docstring(inspect.getdoc(error) or ""), ""]
        lines += [f"Is a {bases}.\n"] if bases else []
        lines += _attributes(error)
    return "\n".join(lines)


def _tree(error: type, depth: int) -> Iterator[str]:
    public = not error.__name__.startswith("_")
    if public:
        yield "    " * depth + error.__name__
    below: type
    for below in sorted(error.__subclasses__(), key=_name):
        yield from _tree(below, depth + public)


def _name(error: type) -> str:
    return error.__name__


def _is_error(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, plain_sdk.PlainError)


@cache
def _sources() -> dict[str, str]:
    """The source of classes that are written by hand: they report another module than theirs."""
    found: dict[str, str] = {}
    for file in sorted(Path(plain_sdk.__path__[0]).rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef):
                lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
                found.setdefault(node.name, "\n".join(lines))
    return found


def _source(value: type) -> str:
    if value.__module__.startswith("plain_sdk"):
        return _sources().get(value.__name__, "")
    return inspect.getsource(value)


def _attributes(error: type) -> list[str]:
    """What the constructor sets, with the text below it."""
    found = re.findall(r'self\.(\w+)(?:: [^=\n]+)? = [^\n]*\n\s+"""(.*?)"""', _source(error), re.S)
    return [f"- `{name}`: {' '.join(told.split())}" for name, told in found] + [""]


def _of_root(name: str) -> Any:
    return getattr(plain_sdk, name)


def _root() -> str:
    lines = ["# Names of plain_sdk\n", "What `from plain_sdk import ...` has beside the errors.\n"]
    for name in dir(plain_sdk):
        if not _is_error(value := _of_root(name)):
            lines += _entry(name, value)
    return "\n".join(lines)


def _door(door: str, told: str) -> str:
    module = import_module(f"plain_sdk.{door}")
    lines = [f"# plain_sdk.{door}\n", told, "", _docstring(inspect.getdoc(module) or ""), ""]
    for name in sorted(module.__all__):
        lines += _entry(name, getattr(module, name))
    return "\n".join(lines)


def _types() -> dict[str, str]:
    """A page for each kind of type, and for models and inputs one for each initial."""
    module = import_module("plain_sdk.types")
    made: dict[str, list[str]] = {}
    for name in module.__all__:
        value = getattr(module, name)
        path = _place(name, value)
        made.setdefault(path, []).extend(_entry(name, value))
    return {path: f"# {_title(path)}\n\n" + "\n".join(made[path]) for path in sorted(made)}


def _place(name: str, value: Any) -> str:
    if isinstance(value, type) and issubclass(value, Enum):
        return "reference/types/enums.md"
    if isinstance(value, type) and issubclass(value, InputModel):
        return f"reference/types/inputs-{name[0].lower()}.md"
    if isinstance(value, type) and issubclass(value, ResultModel):
        return f"reference/types/models-{name[0].lower()}.md"
    return "reference/types/others.md"


def _title(path: str) -> str:
    kind, _, initial = path.rpartition("/")[2].removesuffix(".md").partition("-")
    titles = {"enums": "Enums", "others": "Unions and what arguments may be"}
    return titles.get(kind, kind.capitalize()) + (f" {initial.upper()}" if initial else "")


def _entry(name: str, value: Any) -> list[str]:
    """What there is to say of one name."""
    lines = [f"## {name}\n"]
    if isinstance(value, type) and issubclass(value, Enum):
        return [*lines, _own_doc(value), "", ", ".join(f"`{m.name}`" for m in value), ""]
    if isinstance(value, type) and hasattr(value, "model_fields"):
        return [*lines, _own_doc(value), "", *_fields(value)]
    if isinstance(value, FunctionType):
        told = parts_of(inspect.getdoc(value) or "")
        # The first parameter of a method is left out there; a function has all of them.
        call = signature(name, _with_self(value)).replace("client.", "")
        lines += [told.text, "", "```py", call, "```", ""]
        lines += [f"- `{a}`: {text}" for a, text in told.arguments.items()]
        return [*lines, *([f"\nRaises {told.raises}."] if told.raises else []), ""]
    if isinstance(value, type):
        return [*lines, _docstring(_own_doc(value)), "", *_members(value)]
    if isinstance(value, ModuleType):
        return [*lines, inspect.getdoc(value) or "", ""]
    return [*lines, f"`{_alias(value)}`", ""]


def _with_self(function: FunctionType) -> Any:
    def named(self: object) -> None: ...

    parameters = inspect.signature(function).parameters.values()
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    named.__signature__ = inspect.Signature([own, *(  # type: ignore[attr-defined]
        p if p.kind is not p.POSITIONAL_ONLY else p.replace(kind=p.POSITIONAL_ONLY)
        for p in parameters)])  # fmt: skip
    named.__annotations__ = dict(as_written(function))
    return named


def _alias(value: Any) -> str:
    text = re.sub(r"\b(?:plain_\w+|typing|collections)[\w.]*\.", "", str(value))
    text = re.sub(r"ForwardRef\('([^']+)'\)", r"\1", text)
    text = re.sub(r"Annotated\[(.*), <\w+ object at \w+>\]", r"\1", text)
    return text if len(text) <= 2000 else text[:2000] + " …"


def _own_doc(value: type) -> str:
    """A docstring of the class's own; a dataclass's signature is none."""
    told = value.__doc__ or ""
    return "" if told.startswith(f"{value.__name__}(") else inspect.cleandoc(told)


def _fields(model: Any) -> list[str]:
    rows = []
    texts = _texts(model)
    for name, field in model.model_fields.items():
        if name == "typename__":
            continue
        kind = str(as_written_of(model).get(name, field.annotation))
        told = (texts.get(name) or field.description or "").replace("|", "\\|").replace("\n", " ")
        rows.append(f"| `{name}` | `{_plain(kind)}` | {told} |")
    return ["| field | type | |", "|---|---|---|", *rows, ""] if rows else []


def as_written_of(model: Any) -> dict[str, Any]:
    """The annotations of a class and of those that it stands on, as their source has them."""
    found: dict[str, Any] = {}
    for base in reversed(model.__mro__):
        hints = vars(base).get("__annotations__", {})
        found |= getattr(hints, "written", None) or (dict(hints) if hints else {})
    return found


def _plain(kind: str) -> str:
    kind = re.sub(r"<(?:class|enum) '(?:[\w.]+\.)?(\w+)'>", r"\1", kind)
    kind = re.sub(r"\b(?:plain_\w+|typing|collections)[\w.]*\.", "", kind)
    return kind if len(kind) < 300 else kind[:300] + " …"


def _texts(model: Any) -> dict[str, str]:
    """The texts that stand below members, as generated code has them."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if base.__module__.startswith("plain"):
            source = _source(base)
            for name, text in re.findall(
                r'(?ms)^    (\w+): [^\n]*\n    "{1,3}(.*?)"{1,3}$', source
            ):
                found[name] = text
    return found


def _members(value: type) -> list[str]:
    """The public methods, properties and members of a class, and what is said of each."""
    lines = []
    for name, text in _texts(value).items():
        if not name.startswith("_"):
            lines.append(f"- `{name}`: {' '.join(text.split())}")
    for name, member in vars(value).items():
        function: Any = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if not name.startswith("_") and isinstance(function, FunctionType) and function.__doc__:
            brackets = "" if isinstance(member, property) else "()"
            told = " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())
            lines.append(f"- `{name}{brackets}`: {told}")
    return [*lines, ""]


def _docstring(text: str) -> str:
    told = parts_of(text)
    arguments = [f"- `{name}`: {said}" for name, said in told.arguments.items()]
    return "\n".join(
        [told.text, "", *arguments, "", f"Raises {told.raises}." if told.raises else ""]
    )


# What mkdocs calls.

_MADE: dict[str, str] = {}


def on_config(config: Any, **_: Any) -> Any:
    """Put the pages into the navigation."""
    _MADE.update(pages())
    (reference,) = (part for part in config.nav if "Reference" in part)
    listed = reference["Reference"]
    first = ("client", "errors", "names", *DOORS)
    listed += [{_heading(f"reference/{name}.md"): f"reference/{name}.md"} for name in first]
    for title, folder in (("Operations", "operations"), ("Types", "types")):
        paths = [path for path in sorted(_MADE) if path.startswith(f"reference/{folder}/")]
        listed.append({title: [{_heading(path): path} for path in paths]})
    return config


def _heading(path: str) -> str:
    return _MADE[path].splitlines()[0].removeprefix("# ")


def on_files(files: Any, config: Any, **_: Any) -> Any:
    """Have the pages rendered like those that are files."""
    from mkdocs.structure.files import File

    for path, text in _MADE.items():
        # Whoever searches wants the method before the types that it takes.
        boost = 0.3 if "/types/" in path else 3
        head = f"---\nsearch:\n  boost: {boost}\n---\n\n"
        files.append(File.generated(config, path, content=head + text))
    return files


def on_post_page(output: str, **_: Any) -> str:
    """The site needs nothing from elsewhere."""
    from mkdocs.exceptions import PluginError

    if found := re.search(r'<(?:script|link)[^>]+(?:src|href)="?(https?://[^" >]+)', output):
        raise PluginError(f"a page loads {found[1]}, so the site is not readable offline")
    return output
