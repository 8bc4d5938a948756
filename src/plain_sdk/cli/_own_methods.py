"""The reference of what the client has beside its operations, read from the methods themselves."""

import inspect
import re
import textwrap
from types import FunctionType

from .._client import AsyncPlainClient
from .._lists.load import Loading
from ..runtime.hints import as_written

_CALLED_BY_GENERATED_CODE = ("execute", "execute_raw", "paginate")


def own_methods() -> dict[str, FunctionType | property]:
    """The methods and properties that are written by hand, by their names, in their order."""
    return {
        name: member
        for owner in (AsyncPlainClient, Loading)
        for name, member in vars(owner).items()
        if isinstance(member, FunctionType | property)
        and not name.startswith("_")
        and name not in _CALLED_BY_GENERATED_CODE
    }


def own_section(name: str, member: FunctionType | property) -> str:
    """What there is to say of one."""
    told = parts_of(inspect.getdoc(member) or "")
    lines = [f"## {name}", "", told.text, ""]
    if isinstance(member, FunctionType):
        lines += ["```py", signature(name, member), "```", ""]
    else:
        lines += [f"- Read it: `client.{name}`", ""]
    for title, text in (("Permission", told.permission), ("Errors", told.raises)):
        if text:
            lines.append(f"- {title}: {text}")
    lines += ["", *(f"- `{argument}`: {text}" for argument, text in told.arguments.items()), ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def signature(name: str, function: FunctionType) -> str:
    """The call, a line for each argument."""
    written = as_written(function)
    lines = list[str]()
    parameters = list(inspect.signature(function).parameters.values())[1:]
    named = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    for parameter in parameters:
        if [parameter.name] == named[:1] and not any(
            p.kind is p.VAR_POSITIONAL for p in parameters
        ):
            lines.append("    *,")
        star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
        hint = str(written.get(parameter.name, "")).strip("\"'")
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        lines.append(f"    {star}{parameter.name}: {_plain(hint)}{default},")
    awaited = "await " if inspect.iscoroutinefunction(function) else ""
    returned = _plain(str(written.get("return", "")).strip("\"'"))
    inner = "\n".join(lines)
    return f"{awaited}client.{name}(\n{inner}\n)  # {returned}" if lines else (
        f"{awaited}client.{name}()  # {returned}"
    )  # fmt: skip


def _plain(hint: str) -> str:
    """A hint as somebody would write it: a class by its own name."""
    found = re.fullmatch(r"<class '(?:[\w.]+\.)?(\w+)'>", hint)
    return found[1] if found else re.sub(r"\b(?:plain_sdk|typing|collections)[\w.]*\.", "", hint)


class Told:
    """The parts of a docstring."""

    def __init__(self) -> None:
        self.text = ""
        """What is said first, with examples as fenced code."""
        self.arguments: dict[str, str] = {}
        self.permission = ""
        self.raises = ""


def parts_of(docstring: str) -> Told:
    """A docstring of ours, taken apart: paragraphs, arguments, the permission, the errors."""
    told, texts = Told(), list[str]()
    for block in re.split(r"\n\n+", docstring.strip()):
        if block.startswith("Args:\n"):
            told.arguments = _arguments(textwrap.dedent(block.partition("\n")[2]))
        elif found := re.match(r"(Permission: |Raises:?\s+)(?s:(.*))", block):
            text = " ".join(found[2].split())
            if found[1].startswith("Permission"):
                told.permission = text.rstrip(".")
            else:
                told.raises = text.rstrip(".")
        elif not block.startswith("Retrying this call"):
            texts += _fenced(block)
    told.text = "\n\n".join(texts)
    return told


def _arguments(block: str) -> dict[str, str]:
    found = re.findall(r"(?ms)^(\w+): (.*?)(?=^\w|\Z)", block)
    return {name: " ".join(text.split()) for name, text in found}


def _fenced(block: str) -> list[str]:
    """The block; what is indented in it, as code."""
    parts: list[str] = []
    for indented, lines in _runs(block.splitlines()):
        text = "\n".join(lines)
        parts.append(f"```python\n{textwrap.dedent(text)}\n```" if indented else text)
    return parts


def _runs(lines: list[str]) -> list[tuple[bool, list[str]]]:
    runs: list[tuple[bool, list[str]]] = []
    for line in lines:
        indented = line.startswith("    ")
        if runs and runs[-1][0] == indented:
            runs[-1][1].append(line)
        else:
            runs.append((indented, [line]))
    return runs
