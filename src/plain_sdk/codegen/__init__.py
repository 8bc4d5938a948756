"""Compiles GraphQL operations into typed client code, with ariadne-codegen.

Needs the extra `plain-sdk[codegen]`.
"""

from ._all_operations import write_operations as write_operations
from ._impact import SEVERITIES as SEVERITIES
from ._impact import Report as Report
from ._impact import changelog as changelog
from ._impact import impact_report as impact_report
from ._impact import next_version as next_version
from ._pull import PUBLIC_SCHEMA as PUBLIC_SCHEMA
from ._pull import pull as pull
from ._sources import CodegenError as CodegenError
from ._sources import read_documents as read_documents
from ._target import KINDS as KINDS
from ._target import Difference as Difference
from ._target import Target as Target

__all__ = [
    "KINDS",
    "PUBLIC_SCHEMA",
    "SEVERITIES",
    "CodegenError",
    "Difference",
    "Report",
    "Target",
    "changelog",
    "impact_report",
    "next_version",
    "pull",
    "read_documents",
    "write_operations",
]
