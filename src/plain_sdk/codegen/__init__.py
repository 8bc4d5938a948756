"""Compiles GraphQL operations into typed client code, with ariadne-codegen.

Needs the extra `plain-sdk[codegen]`.
"""

from ._target import Difference as Difference
from ._target import Target as Target
from .read.sources import CodegenError as CodegenError
from .read.sources import read_documents as read_documents
from .upkeep.all_operations import write_operations as write_operations
from .upkeep.bring_in import BroughtIn as BroughtIn
from .upkeep.bring_in import bring_in as bring_in
from .upkeep.impact import SEVERITIES as SEVERITIES
from .upkeep.impact import Report as Report
from .upkeep.impact import changelog as changelog
from .upkeep.impact import impact_report as impact_report
from .upkeep.impact import next_version as next_version
from .upkeep.pull import content_of as content_of
from .upkeep.pull import pull as pull
from .upkeep.write_out import write_out as write_out
from .webhooks.target import WebhookTarget as WebhookTarget

__all__ = [
    "SEVERITIES",
    "BroughtIn",
    "CodegenError",
    "Difference",
    "Report",
    "Target",
    "WebhookTarget",
    "bring_in",
    "changelog",
    "content_of",
    "impact_report",
    "next_version",
    "pull",
    "read_documents",
    "write_operations",
    "write_out",
]
