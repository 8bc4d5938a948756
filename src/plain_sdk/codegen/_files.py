"""Replacing a file or a folder, so that a kill leaves the old or the new, whole."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole, or leave what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    scratch = Path(name)
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        # A temporary file is the user's alone; this one is not temporary any more.
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        scratch.chmod(mode)
        os.replace(scratch, path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def replace_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Put these files in place of all that is in a folder."""
    parent = folder.parent
    parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    scratch = Path(tempfile.mkdtemp(prefix=_scratch_prefix(folder), dir=parent))
    try:
        fresh = scratch / "new"
        fresh.mkdir()
        for path, text in files.items():
            file = fresh / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        if not folder.exists():
            os.rename(fresh, folder)
        else:
            # Nothing is there for a moment; a run that is killed just then is repaired by the
            # next one, and git holds these files anyway.
            stale = scratch / "old"
            os.rename(folder, stale)
            try:
                os.rename(fresh, folder)
            except BaseException:
                os.rename(stale, folder)
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _scratch_prefix(folder: Path) -> str:
    return f".{folder.name}-plain-sdk-"


def _sweep(folder: Path) -> None:
    """Remove what a run that was killed has left beside the folder."""
    for left in folder.parent.glob(f"{_scratch_prefix(folder)}*"):
        if left.is_dir() and {entry.name for entry in left.iterdir()} <= {"new", "old"}:
            # Without the folder, the old one is all that there is.
            if (left / "old").exists() and not folder.exists():
                os.rename(left / "old", folder)
            shutil.rmtree(left, ignore_errors=True)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
