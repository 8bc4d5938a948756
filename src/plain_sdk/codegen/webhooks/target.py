"""The package of webhook models, as a pyproject.toml describes it."""

import os
import tomllib
from pathlib import Path
from typing import Any

from .._package import HEADER, formatted
from .._target import Target
from ..read.sources import CodegenError
from .render import render
from .schema import read_events

_TABLE = "plain-webhooks"
_SETTINGS = {
    "schema": "the schema of the events, like `queries/webhooks/events.graphqls`",
    "package": "the folder of the package to write, like `generated/plain_webhooks`",
}


class WebhookTarget(Target):
    """A package of webhook models to compile."""

    @classmethod
    def all_of(cls, path: Path) -> "list[Target]":
        """Those that the file describes: one, or none."""
        config = tomllib.loads(path.read_text(encoding="utf-8"))
        table: Any = config.get("tool", {}).get(_TABLE)
        if table is None:
            return []
        where = f"{path}: [tool.{_TABLE}]"
        for name, what in _SETTINGS.items():
            if not isinstance(table.get(name), str) or not table[name]:
                raise CodegenError([f"{where} must set {name}: {what}"])
        if unknown := sorted(set(table) - set(_SETTINGS)):
            raise CodegenError([f"{where}: {unknown[0]!r} is not known"])
        base = path.resolve().parent
        return [cls(
            config={"schema": os.path.relpath(base / table["schema"])},
            folder=base / table["package"],
            sources_note=table["schema"],
        )]  # fmt: skip

    @property
    def schema(self) -> Path:
        """The schema's file."""
        return Path(self.config["schema"])

    def compile(self) -> dict[str, str]:
        """The files as they should be, by their paths within the package."""
        try:
            content = self.schema.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CodegenError([f"{self.schema}: cannot be read: {error}"]) from None
        files = render(read_events(content, str(self.schema)))
        header = HEADER.format(sources=self.sources_note)
        return formatted({path: header + text for path, text in files.items()})
