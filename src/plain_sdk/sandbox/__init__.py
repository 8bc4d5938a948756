"""A local Plain: the API over real HTTP, with the documented rules, on SQLite.

Needs the extra `plain-sdk[sandbox]`.
"""

from ._app import PATH as PATH
from ._app import SandboxApp as SandboxApp
from ._keys import ApiKey as ApiKey
from ._keys import parse_key as parse_key
from ._server import SandboxServer as SandboxServer

__all__ = ["PATH", "ApiKey", "SandboxApp", "SandboxServer", "parse_key"]
