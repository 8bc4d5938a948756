"""`plain-sdk sync`, as a user runs it: files in, customers and exit codes out."""

import asyncio
import csv
import json
import os
import pty
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripted_server import Request, ScriptedServer
from support import StartSandbox
from wire_support import created_as_sent

from plain_sdk import AsyncPlainClient
from plain_sdk.cli import main
from plain_sdk.sandbox import SandboxServer

Sync = Callable[..., subprocess.CompletedProcess[str]]

HEADER = "email,full_name,external_id\n"
GOOD = HEADER + "a@x.org,Ann,e1\nb@x.org,Bob,e2\n"


def environment(url: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PLAIN_")}
    return {**clean, "PLAIN_API_KEY": "full", "PLAIN_API_URL": url}


def write(path: Path, count: int) -> Path:
    """A file of so many customers."""
    lines = [f"u{n}@example.com,User {n},e{n}" for n in range(count)]
    path.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def sync(sandbox: SandboxServer, tmp_path: Path) -> Sync:
    """Runs the command in a folder of its own, against a sandbox."""

    def run(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "plain_sdk", "sync", *map(str, arguments)],
            input=stdin, capture_output=True, env=environment(sandbox.url), cwd=tmp_path,
            timeout=60,
        )  # fmt: skip
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return run


def test_a_file_goes_in_and_only_what_changed_goes_again(
    sync: Sync, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """The counts are printed; a dry run sends nothing."""
    file = write(tmp_path / "customers.csv", 50)
    planned = sync(file, "--dry-run")
    assert (planned.returncode, planned.stderr) == (0, "")
    assert "50 would be sent" in planned.stdout
    assert sandbox.usage.admitted == 0
    assert not (tmp_path / "customers.sync.db").exists()

    first = sync(file)
    assert (first.returncode, first.stderr) == (0, "")
    assert re.search(r"50 created$", first.stdout, re.M)
    assert sandbox.usage.admitted == 50
    second = sync(file)
    assert re.search(r"50 unchanged since an earlier run, not sent$", second.stdout, re.M)
    assert sandbox.usage.admitted == 50
    file.write_text(file.read_text().replace("User 7,", "Changed,"))
    third = sync(file)
    assert re.search(r"1 updated$", third.stdout, re.M)
    assert sandbox.usage.admitted == 51


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "json", "documented", "stdin"])
async def test_each_format(sync: Sync, client: AsyncPlainClient, tmp_path: Path, kind: str) -> None:
    """The same customers, whatever they are written in; refused rows come back in kind."""
    row: Any
    table: list[Any] = [
        {"email": "ä@x.org", "fullName": "Ä, B", "externalId": "e1", "isVerified": True,
         "customerGroupKeys": ["enterprise"]},
        {"email": "bad@x.org", "fullName": "Bad", "externalId": "e2", "isVerified": False,
         "customerGroupKeys": ["nobody"]},
    ]  # fmt: skip
    name, data = f"rows.{kind}", ""
    if kind in ("csv", "tsv", "stdin"):
        delimiter = "\t" if kind == "tsv" else ","
        lines = [delimiter.join(table[0])]
        for row in table:
            cells = [
                row["email"], f'"{row["fullName"]}"', row["externalId"],
                "yes" if row["isVerified"] else "no", ";".join(row["customerGroupKeys"]),
            ]  # fmt: skip
            lines.append(delimiter.join(map(str, cells)))
        data = "\r\n".join(lines)
    elif kind == "jsonl":
        data = "\n\n".join(json.dumps(row) for row in table)
    elif kind == "json":
        data = json.dumps(table, indent=1)
    else:
        name = "rows.json"
        data = json.dumps(
            [
                {
                    "identifier": {"externalId": row["externalId"]},
                    "onCreate": {
                        "fullName": row["fullName"],
                        "email": {"email": row["email"], "isVerified": row["isVerified"]},
                        "externalId": row["externalId"],
                        "customerGroupIdentifiers": [
                            {"customerGroupKey": key} for key in row["customerGroupKeys"]
                        ],
                    },
                    "onUpdate": {},
                }
                for row in table
            ]
        )
    encoded = data.encode("utf-8-sig")  # with the mark that spreadsheets write
    if kind == "stdin":
        done = sync("-", "--checkpoint", "c.db", "--refused", "rows.refused.csv", stdin=encoded)
    else:
        (tmp_path / name).write_bytes(encoded)
        done = sync(name)
    assert done.returncode == 3, done.stderr
    assert "1 created" in done.stdout
    (found,) = await client.customers().collect()
    assert (found.full_name, found.external_id, found.email.email) == ("Ä, B", "e1", "ä@x.org")
    assert found.email.is_verified

    (refused,) = tmp_path.glob("rows.refused.*")
    assert str(refused.name) in done.stdout
    text = refused.read_text(encoding="utf-8")
    if kind in ("csv", "tsv", "stdin"):
        delimiter = "\t" if kind == "tsv" else ","
        (row,) = list[Any](csv.DictReader(text.splitlines(), delimiter=delimiter))
        assert row["fullName"] == "Bad"
    else:
        row = json.loads(text) if kind == "jsonl" else json.loads(text)[0]
        assert (row.get("fullName") or row["onCreate"]["fullName"]) == "Bad"
    assert row["plain_error_code"] == "not_found"
    assert "not_found" in row["plain_error"]
    # The file of refused rows is a file of rows: mend it, and send it.
    if kind != "stdin":
        refused.write_text(text.replace("nobody", "enterprise"), encoding="utf-8")
        mended = sync(refused.name, "--checkpoint", "rows.sync.db")
        assert mended.returncode == 0, mended.stderr + mended.stdout
        assert "1 created" in mended.stdout


def test_columns_are_mapped_by_options_or_a_file(
    sync: Sync, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Both say the same; an unknown column must be named or ignored."""
    file = tmp_path / "crm.csv"
    file.write_text("E-Mail;Name;Notes\na@x.org;Ann;secret\n")
    mapping = tmp_path / "map.toml"
    mapping.write_text('ignore = ["Notes"]\n[columns]\nemail = "E-Mail"\nfull_name = "Name"\n')
    done = sync(file, "--delimiter", ";", "--mapping", mapping)
    assert done.returncode == 0, done.stderr
    done = sync(
        file, "--delimiter", ";", "--map", "email=E-Mail", "--map", "full_name=Name",
        "--ignore", "Notes",
    )  # fmt: skip
    assert "1 unchanged" in done.stdout
    assert sandbox.usage.admitted == 1


def test_a_stale_file_of_refused_rows_goes_away(sync: Sync, tmp_path: Path) -> None:
    """When no row is refused any more; and a row that is still refused is told each time."""
    file = tmp_path / "rows.csv"
    bad = "email,full_name,customer_group_keys\na@x.org,Ann,nobody\n"
    file.write_text(bad)
    refused = tmp_path / "rows.refused.csv"
    assert sync(file).returncode == 3
    first = refused.read_text()
    again = sync(file)
    assert again.returncode == 3
    assert "1 refused, reasons in" in again.stdout
    assert first.splitlines()[0] == refused.read_text().splitlines()[0]
    file.write_text(bad.replace("nobody", "enterprise"))
    assert sync(file).returncode == 0
    assert not refused.exists()


def kill_at_random(
    start: Callable[[], subprocess.Popen[bytes]], server: SandboxServer, kills: int, total: int
) -> int:
    """Kill the process so often, each time after it has sent some; the rows it was at."""
    randomness = random.Random(7)
    for _ in range(kills):
        seen = server.usage.admitted
        process = start()
        wanted = seen + randomness.randint(0, total // kills)
        while server.usage.admitted < wanted and process.poll() is None:
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    return server.usage.admitted


@pytest.mark.parametrize(
    ("store", "total", "kills"),
    [
        pytest.param("file", 300, 5, marks=pytest.mark.slow),
        pytest.param("redis", 300, 4, marks=pytest.mark.slow),
        pytest.param("postgres", 300, 4, marks=pytest.mark.slow),
        *(
            pytest.param(store, 2000, 20, marks=pytest.mark.survey)
            for store in ("file", "redis", "postgres")
        ),
    ],
)
def test_kills_lose_and_double_nothing(
    start_sandbox: StartSandbox, tmp_path: Path, request: pytest.FixtureRequest,
    store: str, total: int, kills: int,
) -> None:  # fmt: skip
    """Exactly the customers of the file; no more upserts than rows and what was in flight."""
    running = 8
    server = start_sandbox(latency=0.005)
    file = write(tmp_path / "customers.csv", total)
    command = [sys.executable, "-m", "plain_sdk", "sync", str(file), "--max-running", str(running)]
    if store != "file":
        address = request.getfixturevalue(f"{store}_url")
        command += ["--checkpoint", f"{address}#{tmp_path.name}"]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, env=environment(server.url),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    kill_at_random(start, server, kills, total)
    last = subprocess.run(command, env=environment(server.url), capture_output=True, timeout=60)
    assert last.returncode == 0, last.stderr
    assert total <= server.usage.admitted <= total + kills * running
    names = read_customers(server)
    assert sorted(names) == sorted(f"User {n}" for n in range(total))


def read_customers(server: SandboxServer) -> list[str]:
    """The names of the sandbox's customers."""
    import anyio

    async def read() -> list[str]:
        async with AsyncPlainClient("full", url=server.url) as client:
            return [customer.full_name async for customer in client.customers()]

    return anyio.run(read)


@pytest.mark.parametrize("seed", [1, 2])
def test_faults_lose_and_double_nothing(
    start_sandbox: StartSandbox, tmp_path: Path, seed: int
) -> None:
    """At every tenth request; each refused row is refused for its own reason."""
    server = start_sandbox(
        groups=("enterprise",), seed=seed,
        faults=("reset 2%", "reset after 2%", "500 2%", "500 after 2%", "cut 2%", "429=0s 2%"),
    )  # fmt: skip
    file = tmp_path / "rows.csv"
    with file.open("w") as stream:
        stream.write("email,full_name,external_id,customer_group_keys\n")
        for n in range(400):
            stream.write(f"u{n}@example.com,User {n},e{n},{'nobody' if n % 20 == 3 else ''}\n")
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-m", "plain_sdk", "sync", str(file)],
            env=environment(server.url), capture_output=True, timeout=100,
        )  # fmt: skip
        if done.returncode != 5:
            break
    assert done.returncode == 3, done.stderr
    assert len(server.app.faults.hits) == 6
    server.app.faults.clear()
    good = [f"User {n}" for n in range(400) if n % 20 != 3]
    assert sorted(read_customers(server)) == sorted(good)
    with (tmp_path / "rows.refused.csv").open() as stream:
        refused = list(csv.DictReader(stream))
    assert sorted(row["external_id"] for row in refused) == sorted(
        f"e{n}" for n in range(400) if n % 20 == 3
    )
    assert {row["plain_error_code"] for row in refused} == {"not_found"}


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_once_finishes_twice_stops(tmp_path: Path, presses: int) -> None:
    """Either way it says so, ends with 130, and the next run goes on."""
    gate = threading.Event()

    async def gated(request: Request, writer: asyncio.StreamWriter) -> bool:
        while not gate.is_set():
            await asyncio.sleep(0.01)
        return await created_as_sent(request, writer)

    file = write(tmp_path / "customers.csv", 200)
    command = [sys.executable, "-m", "plain_sdk", "sync", str(file), "--max-running", "4"]
    # The first is answered: until one is, bulk work sends nothing else.
    with ScriptedServer(created_as_sent, gated) as server:
        process = subprocess.Popen(
            command, env=environment(server.url),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stderr is not None
        while len(server.requests) < 5:
            time.sleep(0.005)
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert "finishing what is in flight; press Ctrl-C again" in process.stderr.readline()
        if presses == 2:
            process.send_signal(signal.SIGINT)
        else:
            gate.set()
        out, err = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "interrupted; the next run picks up" in err
        assert len(server.requests) == 5
        assert f"{5 if presses == 1 else 1} created" in out
        gate.set()
        again = subprocess.run(
            command, env=environment(server.url), capture_output=True, text=True, timeout=60
        )
        assert f"{5 if presses == 1 else 1} unchanged" in again.stdout
        assert again.returncode == 0


def test_a_bar_on_a_terminal(sandbox: SandboxServer, tmp_path: Path) -> None:
    """With rows, pace and quota; standard output stays clean."""
    file = write(tmp_path / "customers.csv", 1500)
    terminal, end = pty.openpty()
    shown: list[bytes] = []

    def read() -> None:
        try:
            while data := os.read(terminal, 4096):
                shown.append(data)
        except OSError:
            return

    reader = threading.Thread(target=read)
    reader.start()
    process = subprocess.run(
        [sys.executable, "-m", "plain_sdk", "sync", str(file)],
        env={**environment(sandbox.url), "TERM": "xterm", "COLUMNS": "120"},
        stdout=subprocess.PIPE, stderr=end, timeout=60,
    )  # fmt: skip
    os.close(end)
    reader.join()
    os.close(terminal)
    text = b"".join(shown).decode()
    assert process.returncode == 0
    assert re.search(r"\d+/1500", text)
    assert "rows/s" in text
    assert "no quota known" in text
    assert process.stdout.decode().startswith(f"{file}: 1500 rows\n")


def many(count: int) -> str:
    return HEADER + "".join(f"no-address-{n},N,{n}\n" for n in range(count))


BAD: dict[str, tuple[bytes | str, list[str], str]] = {
    "no header": ("a@x.org,Ann,e1\n", [], "row 1: none of the columns is known.*header row miss"),
    "wrong encoding": (HEADER.encode() + b"a@x.org,J\xfcrgen,e1\n", [],
                       r"line 2: is not UTF-8 text \(byte 0xfc\).*--encoding cp1252"),
    "no text": (b"\x00\x00\x00\x01" * 50, [], "is not text; give a CSV, JSON or Excel file"),
    "a web page": ("<html><table><tr><td>email", [], "is a web page or XML.*save it as CSV"),
    "Parquet": (b"PAR1....", [], "is a Parquet file; read it with.*client.sync_customers"),
    "no such encoding": (GOOD, ["--encoding", "klingon"], "'klingon' is not an encoding"),
    "duplicate keys": (GOOD + "c@x.org,Cy,e1\n", [],
                       "row 4, column 'external_id': 'e1' is already in row 2; keep one"),
    "one email twice": (GOOD + "A@x.org,Cy,e3\n", [],
                        "row 4, column 'email': 'a@x.org' is in row 2 under another external id"),
    "a missing email": (HEADER + ",Ann,e1\n", [],
                        "row 2, column 'email': is missing; email is required"),
    "no address": (HEADER + "ann,Ann,e1\n", [], "column 'email': 'ann' is not an email address"),
    "a blank name": (HEADER + "a@x.org,   ,e1\n", [], "row 2, column 'full_name': is blank"),
    "a 10 MB cell": (HEADER + f"a@x.org,{'x' * 10_000_000},e1\n", [],
                     "row 2, column 'full_name': has 10000000 characters; the limit is 1000000"),
    "an open quote": (HEADER + 'a@x.org,"Ann,e1\nb@x.org,Bob,e2\n', [],
                      "row 2: is not CSV: unexpected end of data; is a quote left open here"),
    "a huge open quote": (HEADER + 'a@x.org,"' + "x" * 17_000_000, [],
                          "row 2: is not CSV: a cell is too long; is a quote left open here"),
    "an unmapped column": ("email,full_name,age\na@x.org,Ann,7\n", [],
                           "column 'age' is not mapped; give --map .* or --ignore age"),
    "a column that is not there": (GOOD, ["--map", "short_name=Nick"],
                                   "there is no column 'Nick' for short_name; the columns are em"),
    "an unknown member": (GOOD, ["--map", "mail=email"],
                          "--map: 'mail' is not a field of a customer; did you mean 'email'"),
    "no equals sign": (GOOD, ["--map", "email"], "must be FIELD=COLUMN"),
    "no required column": ("email,short_name\na@x.org,A\n", [],
                           "there is no column for full_name; say which it is with --map"),
    "a column twice": ("email,email,full_name\n", [], "row 1: column 'email' appears twice"),
    "two columns for a member": ("email,Email,full_name\n", [], "two columns map to email"),
    "too many cells": (GOOD + "c@x.org,Cy,e3,more\n", [],
                       "row 4: has 4 cells, but the header has 3 columns"),
    "another delimiter": (GOOD.replace(",", ";"), ["--delimiter", "tab"],
                          "is the delimiter ;\\? Give --delimiter"),
    "a long delimiter": (GOOD, ["--delimiter", "ab"], "--delimiter must be one character"),
    "empty": ("", [], "is empty; a header row is needed"),
    "not true or false": ("email,full_name,is_verified\na@x.org,Ann,maybe\n", [],
                          "column 'is_verified': must be true or false, not 'maybe'"),
    "a thousand problems": (many(1000), [], "and 980 more"),
    "no mapping file": (GOOD, ["--mapping", "absent.toml"], "absent.toml: cannot be read"),
    "checkpoint is the file": (GOOD, ["--checkpoint", "rows.csv"], "must be three files"),
    "refused in no folder": (GOOD, ["--refused", "no/where.csv"], "cannot be written there"),
    "a bad pack": (GOOD, ["--pack", "0"], "pack must be a whole number of at least 1, not 0"),
    "not a format": (GOOD, ["--format", "xml"], "invalid choice: 'xml'"),
    "CSV as JSON": (GOOD, ["--format", "json"], "must be a JSON array of objects"),
    "CSV as JSON lines": (GOOD, ["--format", "jsonl"], "row 1: column 1: is not JSON"),
    "an array cut off": ('[{"email": "a@x.org", "full_name": "A"}, {"em', ["--format", "json"],
                         "row 2: is not JSON"),
    "an array not closed": ('[{"email": "a@x.org", "full_name": "A"}', ["--format", "json"],
                            "row 1: is not followed by a comma or the end of the array"),
    "text behind an array": ("[] x", ["--format", "json"], "followed by more text after the array"),
    "an array of texts": ('["a@x.org"]', ["--format", "json"], "row 1: must be a JSON object"),
    "JSON with numbers": ('{"email": 7, "full_name": "A"}', ["--format", "jsonl"],
                          "row 1, column 'email': must be text, not 7"),
    "JSON with other members": ('{"email": "a@x", "full_name": "A", "age": 7}',
                                ["--format", "jsonl"], "column 'age' is not mapped; give --map"),
    "documented, but wrong": ('{"identifier": {"email": "a@x"}, "onCreate": {}}',
                              ["--format", "jsonl"], "column 'identifier.email': is not"),
    "a lone surrogate": ('{"email": "a@x.org", "full_name": "A", "external_id": "\\ud800"}',
                         ["--format", "jsonl"], "column 'external_id': contains a lone surrogate"),
    "one email, one without a key": (HEADER + "a@x.org,Ann,\na@x.org,Bob,e1\n", [],
                                     "row 3, column 'email': 'a@x.org' is in row 2"),
    "mapped and ignored": (GOOD, ["--map", "email=email", "--ignore", "email"],
                           "column 'email' is both mapped and ignored"),
    "mapped twice": (GOOD, ["--map", "email=a", "--map", "email=b"], "email is both 'a' and 'b'"),
    "a blank first line": ("\n" + GOOD, [], "row 1: is empty; a header row is needed"),
    "no folder for the checkpoint": (GOOD, ["--checkpoint", "no/c.db", "--dry-run"],
                                     "there is no folder no"),
    "an encoding of no text": (GOOD, ["--encoding", "undefined"], "'undefined' is not an encod"),
    "documented, cut short": ('{"identifier": {"emailAddress": "a@x"}}', ["--format", "jsonl"],
                              "row 1: 'onCreate' is missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_input_is_told_before_anything_is_sent(
    name: str,
    sandbox: SandboxServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With the file, the row and the column where there is one; exit code 2."""
    content, arguments, says = BAD[name]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAIN_API_KEY", "full")
    monkeypatch.setenv("PLAIN_API_URL", sandbox.url)
    data = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "rows.csv").write_bytes(data)
    try:
        code: object = main(["sync", "rows.csv", *arguments])
    except SystemExit as stopped:
        code = stopped.code
    told = capsys.readouterr().err
    assert re.search(says, told), told
    assert code == 2
    assert len(told) < 5000
    assert sandbox.usage.admitted == 0
    assert [path.name for path in tmp_path.iterdir()] in (
        ["rows.csv"],
        ["rows.csv", "rows.sync.db"],
    )


@pytest.mark.parametrize(
    ("arguments", "says", "code"),
    [
        (["."], "is a directory; give a file of rows", 2),
        (["absent.csv"], "cannot be read: No such file or directory", 2),
        (["-"], "rows from standard input need --checkpoint", 2),
        (["rows.csv", "--checkpoint", "."], "give the path of a file", 6),
        (["rows.csv", "--checkpoint", "notes.txt"], "is not a checkpoint, or is damaged", 6),
    ],
)
def test_bad_files(sync: Sync, tmp_path: Path, arguments: list[str], says: str, code: int) -> None:
    """Each is told, with its exit code, and left as it is."""
    (tmp_path / "rows.csv").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("notes " * 1000)
    done = sync(*arguments)
    assert says in done.stderr
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert (tmp_path / "notes.txt").read_text() == "notes " * 1000


def test_a_full_disk_for_refused_rows(sync: Sync, tmp_path: Path) -> None:
    """The sync ends with exit code 6; with room, the next run tells every reason."""
    file = tmp_path / "rows.csv"
    lines = [f"u{n}@x.org,U,nobody" for n in range(40)]
    file.write_text("email,full_name,customer_group_keys\n" + "\n".join(lines))
    part = tmp_path / "rows.refused.csv.part"
    part.symlink_to("/dev/full")
    done = sync(file)
    assert done.returncode == 6
    assert "refused rows cannot be written: No space left on device" in done.stderr
    part.unlink()
    done = sync(file)
    assert done.returncode == 3
    with (tmp_path / "rows.refused.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == 40


def test_two_commands_on_one_checkpoint(sync: Sync, tmp_path: Path, sandbox: SandboxServer) -> None:
    """The second refuses politely, before it sends anything."""
    from plain_sdk._customer_sync.checkpoint import Checkpoint

    (tmp_path / "rows.csv").write_text(GOOD)
    with Checkpoint(tmp_path / "rows.sync.db", url=sandbox.url):
        done = sync("rows.csv")
    assert done.returncode == 6
    assert "is in use by another sync" in done.stderr
    assert sandbox.usage.admitted == 0
    assert sync("rows.csv").returncode == 0


def test_columns_named_like_the_documented_form(sync: Sync, tmp_path: Path) -> None:
    """A CSV file may have a column `identifier`, and one `input` that is ignored."""
    file = tmp_path / "rows.csv"
    file.write_text("identifier,email,full_name,input\nu1,a@b.c,Ann,x\n")
    done = sync(file, "--map", "external_id=identifier", "--ignore", "input")
    assert done.returncode == 0, done.stderr
    assert "1 created" in done.stdout


def test_a_file_that_is_rewritten_meanwhile_does_not_matter(tmp_path: Path) -> None:
    """What is sent is what was checked: the rows come from a private copy."""
    from plain_sdk.cli.sync.reading.table import Table

    file = write(tmp_path / "rows.csv", 5000)
    with Table(str(file)) as table:
        checked = [row.values["email"] for row in table.rows()]
        sent = table.rows()
        first = next(sent).values["email"]
        with file.open("r+") as stream:
            stream.truncate()
            stream.write(HEADER + "somebody@else.org,X,1\n" * 9000)
        assert [first, *(row.values["email"] for row in sent)] == checked


def test_a_file_that_is_being_written_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 6: half of it is not it."""
    import plain_sdk.cli.sync.reading.opening as opening

    file = write(tmp_path / "rows.csv", 5)
    spooled = opening._spooled

    def meanwhile(stream: Any, name: str) -> Any:
        copy = spooled(stream, name)
        with file.open("a") as other:
            other.write("late@x.org,L,late\n")
        return copy

    monkeypatch.setattr(opening, "_spooled", meanwhile)
    assert main(["sync", str(file), "--dry-run"]) == 6
    assert "is being written just now" in capsys.readouterr().err


def test_a_full_temporary_folder_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its name and the way out, and exit code 6."""
    import tempfile

    file = write(tmp_path / "rows.csv", 5)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: open("/dev/full", "w+b"))  # noqa: SIM115
    assert main(["sync", str(file), "--dry-run"]) == 6
    told = capsys.readouterr().err
    assert "No space left on device" in told
    assert "Set TMPDIR to a folder with room" in told


def test_an_interrupted_run_keeps_the_earlier_file_of_refused_rows(
    tmp_path: Path, sandbox: SandboxServer
) -> None:
    """What it has itself is written beside it."""
    from plain_sdk.cli.sync._refused import RefusedRows
    from plain_sdk.cli.sync.reading.rows import TableRow
    from plain_sdk.cli.sync.reading.table import Table

    file = write(tmp_path / "rows.csv", 1)
    refused = tmp_path / "rows.refused.csv"
    refused.write_text("earlier\n")
    values = {"email": "a@b.c", "full_name": "A", "external_id": "e"}
    with Table(str(file)) as table, RefusedRows(refused, table) as out:
        out.write(TableRow(2, values), "internal", "no")
    assert refused.read_text() == "earlier\n"
    assert out.path.name == "rows.refused.partly.csv"
    assert "a@b.c" in out.path.read_text()


def test_a_key_that_is_not_valid(sync: Sync, tmp_path: Path, start_sandbox: StartSandbox) -> None:
    """Ends the sync at once, with the exit code of a key."""
    (tmp_path / "rows.csv").write_text(GOOD)
    server = start_sandbox()
    done = subprocess.run(
        [sys.executable, "-m", "plain_sdk", "sync", "rows.csv"],
        env={**environment(server.url), "PLAIN_API_KEY": "other"}, cwd=tmp_path,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 4
    assert "key is not valid" in done.stderr
    assert not (tmp_path / "rows.refused.csv").exists()
