"""The package that is compiled: what is configured, what differs, and writing it whole."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from typing import Any, cast

from ariadne_codegen.exceptions import CodeGenException

from ..runtime import operations as runtime_operations
from ._files import replace_folder
from ._package import HEADER, compile_package
from .read.sources import CodegenError

HEADER_START = HEADER.partition("{")[0].encode()
_PLUGINS = [
    f"plain_sdk.codegen.model.plugins.{name}Plugin"
    for name in ("Names", "Enums", "Inputs", "Results")
]
_PATHS = ("schema_path", "queries_path")
_GENERATOR = {
    "base_client_name": "OperationsBase",
    "base_client_file_path": str(runtime_operations.__file__),
    "use_alias_generator": True,
    "default_optional_fields_to_none": True,
    "multipart_uploads": False,
    "plugins": _PLUGINS,
}
"""What ariadne-codegen is told for every package."""

_TABLE = {
    "schema": "the schema, like `schema.graphql`",
    "queries": "the folder of your operations, like `queries`",
    "package": "the folder of the package to write, like `src/my_app/plain_operations`",
    "operations": "the name of the class with the methods, like `MyOperations`",
}
"""The members of [tool.plain-sdk]."""


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
    def schema(self) -> Path:
        """The schema's file."""
        return Path(self.config["tool"]["ariadne-codegen"]["schema_path"])

    @property
    def queries(self) -> Path:
        """The folder of the operations."""
        return Path(self.config["tool"]["ariadne-codegen"]["queries_path"])

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
        tables: dict[str, Any] = tool if isinstance(tool, dict) else {}
        for name, read in (("plain-sdk", cls._project), ("ariadne-codegen", cls._own)):
            if isinstance(table := tables.get(name), dict):
                return read(path, cast("dict[str, Any]", table))
        raise CodegenError([f"{path}: has no table [tool.plain-sdk]; it needs {', '.join(_TABLE)}"])

    @classmethod
    def _project(cls, path: Path, table: dict[str, Any]) -> "Target":
        """A project with operations of its own, on the runtime of this package."""
        where = f"{path}: [tool.plain-sdk]"
        for name, what in _TABLE.items():
            if not isinstance(table.get(name), str) or not table[name]:
                raise CodegenError([f"{where} must set {name}: {what}"])
        if unknown := sorted(set(table) - set(_TABLE)):
            known = ", ".join(_TABLE)
            raise CodegenError([f"{where}: {unknown[0]!r} is not known; the settings are {known}"])
        base = path.resolve().parent
        folder = base / table["package"]
        section = {
            **_GENERATOR,
            "schema_path": os.path.relpath(base / table["schema"]),
            "queries_path": os.path.relpath(base / table["queries"]),
            "target_package_name": folder.name,
            "client_name": table["operations"],
        }
        _check_names(
            where, section, {"target_package_name": "package", "client_name": "operations"}
        )
        return cls(
            config={"tool": {"ariadne-codegen": section}},
            folder=folder,
            sources_note=f"{table['schema']} and {table['queries']}/",
        )

    @classmethod
    def _own(cls, path: Path, section: dict[str, Any]) -> "Target":
        """The operations of this package itself."""
        where = f"{path}: [tool.ariadne-codegen]"
        for name in (*_PATHS, "target_package_path", "target_package_name", "client_name"):
            if not isinstance(section.get(name), str):
                raise CodegenError([f"{where} must set {name}"])
        _check_names(where, section, {n: n for n in ("target_package_name", "client_name")})
        base = path.resolve().parent
        resolved = {name: os.path.relpath(base / section[name]) for name in _PATHS}
        return cls(
            config={"tool": {"ariadne-codegen": {**_GENERATOR, **section, **resolved}}},
            folder=base / section["target_package_path"] / section["target_package_name"],
            sources_note=f"{section['schema_path']} and {section['queries_path']}/",
        )

    def compile(self) -> dict[str, str]:
        """The files as they should be, by their paths within the package."""
        name = self.config["tool"]["ariadne-codegen"]["client_name"]
        try:
            return compile_package(self.config, name, self.sources_note)
        except CodeGenException as error:
            raise CodegenError([str(error)]) from error
        except (SyntaxError, LookupError, ValueError, RuntimeError, AssertionError) as error:
            # A name or a form that nobody has thought of; --watch must live on.
            told = f"{type(error).__name__}: {error}"
            raise CodegenError(
                [f"the operations cannot be compiled, which is a bug in this command: {told}"]
            ) from error

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
        replace_folder(self.folder, files)

    def _refuse_to_overwrite(self, files: Mapping[str, str]) -> None:
        """A file that this command did not make is not its to remove, or to write over.

        In a package that it has made, its own files may have been edited; those are its own.
        """
        differing = [d for d in self.compare(files) if d.kind != "missing"]
        made = {d.path: self._made(self.folder / d.path) for d in differing}
        ours = any(self._made(file) and file.stat().st_size for file in self.folder.rglob("*.py"))
        for difference in differing:
            if made[difference.path] or (ours and difference.kind == "changed"):
                continue
            shown = os.path.relpath(self.folder / difference.path)
            raise CodegenError([f"{shown}: was not made by this command; move it elsewhere"])

    @staticmethod
    def _made(file: Path) -> bool:
        return file.stat().st_size == 0 or file.read_bytes().startswith(HEADER_START)


def _check_names(where: str, section: dict[str, Any], shown: dict[str, str]) -> None:
    for name, told in shown.items():
        if not section[name].isidentifier() or iskeyword(section[name]):
            wrong = f"{told} = {section[name]!r} is not a name that Python can import"
            raise CodegenError([f"{where}: {wrong}"])
