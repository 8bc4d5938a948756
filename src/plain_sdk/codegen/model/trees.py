"""Has ariadne-codegen build its trees, and not write down what nobody reads.

Our plugins keep the trees; the texts of operations, and the modules that would be unparsed,
formatted and written, take it half of its time.
"""

from collections.abc import Generator
from contextlib import contextmanager

from ariadne_codegen.client_generators.package import BasePackageGenerator
from ariadne_codegen.client_generators.result_types import ResultTypesGenerator


def _no_text(self: object) -> str:
    return ""


def _nothing(self: object, *arguments: object, **named: object) -> None:
    """No module is written."""


_LEFT_OUT = (
    (ResultTypesGenerator, "get_operation_as_str", _no_text),
    (BasePackageGenerator, "_queue_module", _nothing),
    (BasePackageGenerator, "_write_pending_files", _nothing),
)


@contextmanager
def only_trees() -> Generator[None]:
    """Within, ariadne-codegen writes nothing."""
    usual = [(owner, name, getattr(owner, name)) for owner, name, _ in _LEFT_OUT]
    try:
        for owner, name, instead in _LEFT_OUT:
            setattr(owner, name, instead)
        yield
    finally:
        for owner, name, method in usual:
            setattr(owner, name, method)
