"""The package that is compiled: what is configured, what differs, and writing it whole."""

import os
import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._package import HEADER, compile_package
from ._sources import CodegenError

HEADER_START = HEADER.partition("{")[0].encode()
KINDS = ("missing", "extra", "changed")
_PLUGINS = [
    f"plain_sdk.codegen.plugins.{name}Plugin" for name in ("Names", "Enums", "Inputs", "Results")
]
_PATHS = ("schema_path", "queries_path", "base_client_file_path")


@dataclass(frozen=True)
class Difference:
    """A file that is not as it should be."""

    kind: str
    """`missing`, `extra` or `changed`."""
    path: str


@dataclass(frozen=True)
class Target:
    """A package to compile, as a pyproject.toml describes it."""

    config: dict[str, Any]
    """The whole file, with paths that hold wherever the command was started."""
    folder: Path
    sources_note: str
    """What the headers say that the files were made from."""

    @property
    def shown(self) -> str:
        """The folder as a user would write it."""
        return os.path.relpath(self.folder)

    @classmethod
    def from_pyproject(cls, path: Path) -> "Target":
        """Read the configuration; `CodegenError` when it is not complete."""
        try:
            config = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise CodegenError([f"{path}: cannot be read: {error.strerror}"]) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CodegenError([f"{path}: is not TOML: {error}"]) from None
        tool = config.get("tool")
        section = tool.get("ariadne-codegen") if isinstance(tool, dict) else None
        if not isinstance(section, dict):
            raise CodegenError([f"{path}: has no table [tool.ariadne-codegen]"])
        for name in (*_PATHS, "target_package_path", "target_package_name", "client_name"):
            if not isinstance(section.get(name), str):
                raise CodegenError([f"{path}: [tool.ariadne-codegen] must set {name}"])
        for name in ("target_package_name", "client_name"):
            if not section[name].isidentifier():
                wrong = f"{name} = {section[name]!r} is not a name that Python can import"
                raise CodegenError([f"{path}: [tool.ariadne-codegen] {wrong}"])
        base = path.resolve().parent
        note = f"{section['schema_path']} and {section['queries_path']}/"
        resolved = {name: os.path.relpath(base / section[name]) for name in _PATHS}
        return cls(
            config={"tool": {"ariadne-codegen": {"plugins": _PLUGINS, **section, **resolved}}},
            folder=base / section["target_package_path"] / section["target_package_name"],
            sources_note=note,
        )

    def compile(self) -> dict[str, str]:
        """The files as they should be, by their paths within the package."""
        name = self.config["tool"]["ariadne-codegen"]["client_name"]
        return compile_package(self.config, name, self.sources_note)

    def compare(self, files: Mapping[str, str]) -> list[Difference]:
        """What of the package on disk is not as it should be: names first, then bytes."""
        present = {
            file.relative_to(self.folder).as_posix(): file
            for file in self.folder.rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
        }
        missing = [Difference("missing", path) for path in sorted(files.keys() - present.keys())]
        extra = [Difference("extra", path) for path in sorted(present.keys() - files.keys())]
        changed = [
            Difference("changed", path)
            for path in sorted(files.keys() & present.keys())
            if present[path].read_bytes() != files[path].encode()
        ]
        return [*missing, *extra, *changed]

    def write(self, files: Mapping[str, str]) -> None:
        """Put the files in place of what is there. The old package stays until all is written."""
        self._refuse_to_overwrite(files)
        parent = self.folder.parent
        parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{self.folder.name}-", dir=parent))
        try:
            fresh, stale = scratch / "new", scratch / "old"
            for path, text in files.items():
                file = fresh / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(text.encode())
            if self.folder.exists():
                os.rename(self.folder, stale)
            try:
                os.rename(fresh, self.folder)
            except BaseException:
                if stale.exists() and not self.folder.exists():
                    os.rename(stale, self.folder)
                raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _refuse_to_overwrite(self, files: Mapping[str, str]) -> None:
        """A file that this command did not make is not its to remove."""
        for difference in self.compare(files):
            if difference.kind == "missing":
                continue
            file = self.folder / difference.path
            made = file.stat().st_size == 0 or file.read_bytes().startswith(HEADER_START)
            if not made and difference.kind == "extra":
                raise CodegenError(
                    [f"{os.path.relpath(file)}: was not made by this command; move it elsewhere"]
                )
