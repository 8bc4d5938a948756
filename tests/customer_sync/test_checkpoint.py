"""The checkpoint file: damaged, rehearsed, and under several keys."""

import random
import sqlite3
from pathlib import Path

import pytest

from plain_sdk import PlainCheckpointError
from plain_sdk._customer_sync.checkpoint import Checkpoint, Claims

NOBODY = Claims(None, None)


def filled(path: Path) -> bytes:
    with Checkpoint(path, url="u", api_key="first") as checkpoint:
        for number in range(300):
            claims = Claims(f"u{number}@x.org", f"e{number}")
            checkpoint.planned(f"k{number}", bytes(32), number, "now", claims)
            checkpoint.done(f"k{number}", "now", "CREATED", f"c_{number}", claims)
        checkpoint.commit()
    return path.read_bytes()


def use(path: Path) -> None:
    with Checkpoint(path, url="u", api_key="first") as checkpoint:
        for number in range(0, 300, 7):
            checkpoint.record(f"k{number}")
            checkpoint.same_customer(f"k{number}", Claims(f"u{number}@x.org", "e1"))
            checkpoint.seen(f"k{number}", number)
            checkpoint.done(f"k{number}", "now", "NOOP", "c_1", NOBODY)
        checkpoint.commit()


@pytest.mark.parametrize("seed", range(25))
def test_a_damaged_file_is_told_and_nothing_else(tmp_path: Path, seed: int) -> None:
    """Bytes changed at random, or the end cut off: it works, or says that it is damaged."""
    path = tmp_path / "c.db"
    data = bytearray(filled(path))
    randomness = random.Random(seed)
    if seed % 5 == 0:
        del data[randomness.randrange(len(data)) :]
    else:
        for _ in range(200):
            data[randomness.randrange(100, len(data))] = randomness.randrange(256)
    path.write_bytes(data)
    try:
        use(path)
    except PlainCheckpointError as error:
        assert error.path == str(path)


def test_a_table_that_is_gone_is_told(tmp_path: Path) -> None:
    """As damage, with the way out."""
    path = tmp_path / "c.db"
    filled(path)
    db = sqlite3.connect(path)
    db.execute("delete from about where name = 'salt'")
    db.commit()
    db.close()
    with pytest.raises(PlainCheckpointError, match="damaged; give the path of a new file"):
        use(path)


def test_a_rehearsal_sees_everything_and_leaves_no_trace(tmp_path: Path) -> None:
    """Also what a killed run left in the log beside the file."""
    path = tmp_path / "c.db"
    filled(path)
    killed = Checkpoint(path, url="u", api_key="first")
    killed.planned("new", b"1", 0, "now", NOBODY)
    killed.commit()
    left = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(PlainCheckpointError, match="in use by another sync"):
        Checkpoint(path, url="u", api_key="first", rehearsal=True)
    killed.close()
    for name, content in left.items():
        (tmp_path / name).write_bytes(content)
    assert len(left) > 1
    with Checkpoint(path, url="u", api_key="first", rehearsal=True) as rehearsal:
        assert rehearsal.record("new") is not None
        rehearsal.planned("other", b"1", 1, "now", NOBODY)
        rehearsal.commit()
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == left


def test_a_renewed_key_is_told_once(tmp_path: Path) -> None:
    """Even when nothing was sent; the old key stays good, because the new may be mistyped."""
    path = tmp_path / "c.db"
    filled(path)
    with pytest.raises(PlainCheckpointError, match="another API key"):
        Checkpoint(path, url="u", api_key="second")
    Checkpoint(path, url="u", api_key="second", same_workspace=True).close()
    Checkpoint(path, url="u", api_key="second").close()
    Checkpoint(path, url="u", api_key="first").close()
    with pytest.raises(PlainCheckpointError, match="another API key"):
        Checkpoint(path, url="u", api_key="third")


def test_a_file_of_an_earlier_version_is_taken_over(tmp_path: Path) -> None:
    """Its rows are sent once more: they were not compared with what Plain has."""
    path = tmp_path / "c.db"
    filled(path)
    db = sqlite3.connect(path)
    db.execute("drop table rows")
    db.execute("create table rows (key text primary key, digest blob, message text)")
    db.execute("insert into rows values ('k1', x'00', 'words')")
    db.execute("pragma user_version = 2")
    db.commit()
    db.close()
    with Checkpoint(path, url="u", api_key="first") as checkpoint:
        assert checkpoint.record("k1") is None
        assert checkpoint.run == 2
