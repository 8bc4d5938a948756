"""Compiles GraphQL operations into typed client code, with ariadne-codegen.

Needs the extra `plain-sdk[codegen]`.
"""

from ._schemas import read_any_schema as read_any_schema
from ._sources import CodegenError as CodegenError
from ._target import KINDS as KINDS
from ._target import Difference as Difference
from ._target import Target as Target

__all__ = ["KINDS", "CodegenError", "Difference", "Target", "read_any_schema"]
