"""Calls that are written out on the spot: what a GraphQL document asks for, found without a parser.

Only what decides how a call is made is looked at: which operations there are, of which kinds and
names. Whether the rest is valid, Plain says.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from .._errors import InputProblem, PlainInputError
from .call import OneOffOperation, OneOffVariables

_TOKEN: Final = re.compile(
    r"""
    (?P<ignored> [\s,\ufeff]+ | \#[^\r\n]* )
  | (?P<text> \"\"\" (?: \\\"\"\" | (?! \\? \"\"\" ) . )* \"\"\"
            | " (?! "" ) (?: \\. | [^"\\\r\n] )* " )
  | (?P<broken> " )
  | (?P<name> [A-Za-z_][A-Za-z0-9_]* )
  | (?P<sign> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_OPENING: Final = {"{": "}", "(": ")", "[": "]"}
_KINDS: Final = ("query", "mutation", "subscription", "fragment")


@dataclass(frozen=True)
class _Definition:
    kind: str
    name: str | None


def one_off(document: str, operation_name: str | None, repeatable: bool | None) -> OneOffOperation:
    """The operation of a document that is to be carried out; `PlainInputError` says which there
    are, or what is wrong."""
    if not isinstance(document, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise _refused(f"must be text, not {type(document).__name__}")
    found = [d for d in _definitions(document) if d.kind != "fragment"]
    chosen = _chosen(found, operation_name)
    if chosen.kind == "subscription":
        raise _refused("is a subscription, which has no documented transport; use a webhook")
    kind: Literal["query", "mutation"] = "query" if chosen.kind == "query" else "mutation"
    return OneOffOperation(
        name=chosen.name or kind,
        kind=kind,
        document=document,
        repeatable=kind == "query" if repeatable is None else repeatable,
        permissions=(),
        done_codes=(),
        data_type=dict[str, Any],
        variables_type=OneOffVariables,
        payload=_itself,
        unwrap=_itself,
        sent_name=chosen.name,
    )


def _itself(data: dict[str, Any]) -> dict[str, Any]:
    return data


def _chosen(found: list[_Definition], name: str | None) -> _Definition:
    names = [d.name for d in found if d.name is not None]
    if not found:
        raise _refused("holds no operation, like `query { ... }`")
    if len(set(names)) < len(names) or (len(found) > 1 and len(names) < len(found)):
        raise _refused("holds several operations that no name tells apart")
    if name is None:
        if len(found) > 1:
            told = ", ".join(names)
            raise _refused(f"holds several operations; say which by operation_name: {told}")
        return found[0]
    for definition in found:
        if definition.name == name:
            return definition
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"its operations: {', '.join(names) or '-'}"
    problem = InputProblem("operation_name", f"{name!r} is not in the document; {hint}")
    raise PlainInputError([problem])


def _definitions(document: str) -> Iterator[_Definition]:
    """What a document defines at its outermost level."""
    tokens = _tokens(document)
    for sign in tokens:
        kind, name, following = sign, None, sign
        if sign != "{":
            if sign not in _KINDS:
                raise _refused(f"has {sign[:40]!r} where an operation or a fragment should begin")
            following = next(tokens, "")
            if re.fullmatch(r"\w+", following):
                name, following = following, next(tokens, "")
        # Variables and directives have their braces within parentheses.
        while following != "{":
            if following in _OPENING:
                _skip(tokens, following)
            elif following in ("", "}", ")", "]"):
                raise _refused(f"breaks off: the {kind} {name or ''} has no selection")
            following = next(tokens, "")
        _skip(tokens, "{")
        yield _Definition("query" if kind == "{" else kind, name)


def _skip(tokens: Iterator[str], opening: str) -> None:
    """What stands between a bracket and its counterpart."""
    closing = [_OPENING[opening]]
    for sign in tokens:
        if sign in _OPENING:
            closing.append(_OPENING[sign])
        elif sign in _OPENING.values():
            if sign != closing.pop():
                raise _refused(f"has a {sign!r} too many")
            if not closing:
                return
    raise _refused(f"breaks off: a {closing[-1]!r} is missing")


def _tokens(document: str) -> Iterator[str]:
    """The names and signs of a document, without its comments and texts."""
    for match in _TOKEN.finditer(document):
        if match["broken"]:
            line = document.count("\n", 0, match.start()) + 1
            raise _refused(f"has a text in line {line} that does not end")
        if match["name"] or match["sign"]:
            yield match[0]
        elif match["text"]:
            yield '""'


def _refused(message: str) -> PlainInputError:
    return PlainInputError([InputProblem("document", message)])
