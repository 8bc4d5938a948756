"""The documentation site knows every public name; `.ci/run` builds it, and no warning passes."""

import importlib.util
import re
from importlib import import_module
from types import ModuleType

import pytest
from doc_blocks import PAGES
from support import ROOT

import plain_sdk
from plain_sdk.cli._catalogue import operations
from plain_sdk.cli._own_methods import own_methods


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """The module that makes the reference, which is no package's."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_no_public_name_is_without_an_entry(reference: ModuleType) -> None:
    """Every method, error, model, input, enum, fixture and function, each under its own heading."""
    pages: dict[str, str] = reference.pages()
    found = {
        path: set(re.findall(r"(?m)^## (\w+)$", text)) | set(re.findall(r"^# (\w+)\n", text))
        for path, text in pages.items()
    }
    methods = set().union(*(found[p] for p in found if "operations" in p or "client" in p))
    assert ({*operations(), *own_methods()}) - methods == set()
    root = found["reference/names.md"] | found["reference/errors.md"]
    assert {*dir(plain_sdk)} - root == set()
    for door in reference.DOORS:
        module = import_module(f"plain_sdk.{door}")
        assert {*module.__all__} - found[f"reference/{door}.md"] == set()
    types = set().union(*(found[path] for path in found if "/types/" in path))
    assert {*import_module("plain_sdk.types").__all__} - types == set()
    for name, operation in operations().items():
        text = next(text for path, text in pages.items()
                    if "/operations/" in path and f"\n## {name}\n" in text)  # fmt: skip
        own = text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        for part in ("- Permission: ", "- Safe to retry: ", "- Errors: ", "```python"):
            assert part in own
        assert operation.name in own


def test_every_option_of_a_client_and_of_a_call_is_told() -> None:
    """By the page on configuration."""
    import inspect

    from plain_sdk import AsyncPlainClient, RequestOptions

    text = (PAGES / "reference" / "configuration.md").read_text(encoding="utf-8")
    arguments = [*inspect.signature(AsyncPlainClient).parameters]
    assert [name for name in arguments if f"`{name}`" not in text] == []
    options = [*RequestOptions.__annotations__]
    assert [name for name in options if f"`{name}`" not in text] == []
