"""Where the methods are: a module for each folder of operations, loaded when one is used."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import indent, wrap
from typing import Final

from ..read.names import pascal, python_name
from ..read.sources import Document
from .layout import PackageNames, client_module
from .methods import Form, client_class
from .operation_module import CompiledOperation

_WITHOUT_FOLDER: Final = "operations"


def groups(documents: Mapping[str, Document], queries: Path) -> dict[str, str]:
    """By the operations' names: the module of their methods, which is called after the folder
    that they are written in."""
    found: dict[str, str] = {}
    for name, document in documents.items():
        assert document.operation.loc is not None
        folder = Path(document.operation.loc.source.name).parent.relative_to(queries)
        part = re.sub(r"\W+", "_", folder.parts[0]) if folder.parts else _WITHOUT_FOLDER
        found[name] = python_name(part if part[:1].isidentifier() else f"_{part}")
    return found


def methods_files(
    names: PackageNames,
    module: str,
    name: str,
    doc: str,
    form: Form,
    operations: Sequence[CompiledOperation],
    grouped: Mapping[str, str],
) -> dict[str, str]:
    """The class with all the methods of a form, and the modules that hold them."""
    by_group: dict[str, list[CompiledOperation]] = {}
    for operation in operations:
        if form is not Form.WITH_INPUT or operation.spec.input_type is not None:
            by_group.setdefault(grouped[operation.spec.name], []).append(operation)
    files = {
        f"methods/{module}/{group}.py": client_module(
            names, client_class(name, doc, by_group[group], form), level=3
        )
        for group in sorted(by_group)
    }
    files[f"methods/{module}/__init__.py"] = f'"""{doc}"""\n'
    files[f"{module}.py"] = _class(module, name, doc, by_group)
    files[f"{module}.pyi"] = _stub(module, name, doc, sorted(by_group))
    return files


def _class(module: str, name: str, doc: str, groups: Mapping[str, list[CompiledOperation]]) -> str:
    """The class at run time: the names of its methods."""
    lines = "".join(
        f"        {group!r}: (\n{_text(' '.join(o.spec.method for o in groups[group]))}        ),\n"
        for group in sorted(groups)
    )
    return (
        "from plain_sdk.runtime.lazy import lazy_methods\n"
        "from plain_sdk.runtime.operations import OperationsBase\n\n\n"
        f'class {name}(OperationsBase):\n    """{doc}"""\n\n\n'
        f"lazy_methods(\n    {name},\n"
        f'    f"{{__package__}}.methods.{module}",\n    {{\n{lines}    }},\n)\n'
    )


def _text(names: str) -> str:
    lines = wrap(names, 80)
    ends = [" "] * (len(lines) - 1) + [""]
    return indent("".join(f"{line + end!r}\n" for line, end in zip(lines, ends, strict=True)),
                  " " * 12)  # fmt: skip


def _stub(module: str, name: str, doc: str, groups: Sequence[str]) -> str:
    """The same for type checkers and editors: one class that inherits from all."""
    bases = {group: f"_{pascal(group)}" for group in groups}
    imports = "\n".join(
        f"from .methods.{module}.{group} import {name} as {base}" for group, base in bases.items()
    )
    if not bases:
        imports = "from plain_sdk.runtime.operations import OperationsBase"
    inherited = ", ".join(bases.values()) or "OperationsBase"
    return f'{imports}\n\n\nclass {name}({inherited}):\n    """{doc}"""\n'
