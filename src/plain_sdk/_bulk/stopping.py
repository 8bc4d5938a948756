"""The errors that end bulk work, because every further item would meet them too."""

from .._errors import (
    PlainAuthenticationError,
    PlainCheckpointError,
    PlainClosedError,
    PlainConfigurationError,
    PlainPermissionError,
)

STOPPING = (
    PlainAuthenticationError,
    PlainPermissionError,
    PlainClosedError,
    PlainConfigurationError,
    PlainCheckpointError,
)
"""Errors that every further item would meet too."""
