"""Customer files in the shapes in which other tools write them, and what arrives of each."""

import gzip
import io
import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from support import ROOT

from plain_sdk import AsyncPlainClient
from plain_sdk.cli import main
from plain_sdk.sandbox import SandboxServer

CASES = ROOT.parent / "shared" / "cases" / "customer-files"


def customers(server: SandboxServer) -> list[tuple[str, str, str | None, bool]]:
    """What the sandbox holds: email, name, external id, whether verified; sorted."""

    async def read() -> list[tuple[str, str, str | None, bool]]:
        async with AsyncPlainClient("full", url=server.url) as client:
            found = client.customers()
            return [
                (c.email.email, c.full_name, c.external_id, c.email.is_verified)
                async for c in found
            ]

    return sorted(anyio.run(read))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sandbox: SandboxServer) -> Path:
    """A folder to run the command in, against a sandbox."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAIN_API_KEY", "full")
    monkeypatch.setenv("PLAIN_API_URL", sandbox.url)
    return tmp_path


def packed(name: str, text: str) -> bytes:
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(name, text)
            archive.writestr(f"__MACOSX/._{name}", "x")
        return buffer.getvalue()


V = True
N = False
PLAIN = "email,full_name,external_id\nkim@x.org,Kim Ek,1\n"
KIM = ("kim@x.org", "Kim Ek", "1", N)
TABLE: dict[str, tuple[str, str | bytes, str, int, list[tuple[str, str, str | None, bool]]]] = {
    "a ticket tool's users": (
        "u.csv",
        "id,name,email,external_id,notes,verified\n"
        '9001,Kim Ek,kim@x.org,1,"two\nlines",true\n9002,Bo,,2,,false\n9003,Kim,KIM@x.org,,,true\n',
        "--map full_name=name --map is_verified=verified --ignore-rest --skip-invalid",
        3, [("kim@x.org", "Kim Ek", "1", V)],
    ),
    "a CRM with two name columns": (
        "u.csv",
        '"Record ID","First Name","Last Name","Email","Phone"\n"1","Kim","Ek","kim@x.org",""\n'
        '"2","","Solo","solo@x.org",""\n"3","","","no@x.org",""\n',
        "--map 'full_name={First Name} {Last Name} || {Email}' --map 'external_id=Record ID' "
        "--ignore-rest",
        0, [KIM, ("no@x.org", "no@x.org", "3", N), ("solo@x.org", "Solo", "2", N)],
    ),
    "payments with a customer twice": (
        "u.csv", "id,Email,Name\ncus_1,kim@x.org,Kim Ek\ncus_2,kim@x.org,Kim Ek\ncus_3,b@x.org,\n",
        "--map 'full_name={Name|Email}' --map external_id=id --skip-invalid",
        3, [("b@x.org", "b@x.org", "cus_3", N), ("kim@x.org", "Kim Ek", "cus_1", N)],
    ),
    "a shop's apostrophes": (
        "u.csv", "Customer ID,First Name,Last Name,Email\n'694009,Kim,Ek,kim@x.org\n",
        "--map 'external_id=Customer ID' --map 'full_name={First Name} {Last Name}' --ignore-rest",
        0, [("kim@x.org", "Kim Ek", "694009", N)],
    ),
    "a spreadsheet of another language": (
        "u.csv", "E-Mail;Name;Nr;Bestätigt\r\nkim@x.org;Kim Ök;1;WAHR\r\n".encode("cp1252"),
        "--encoding cp1252 --map email=E-Mail --map full_name=Name --map external_id=Nr "
        "--map is_verified=Bestätigt",
        0, [("kim@x.org", "Kim Ök", "1", V)],
    ),
    "sep line": ("u.csv", "\ufeffsep=;\r\n" + PLAIN.replace(",", ";"), "", 0, [KIM]),
    "tabs": ("u.txt", PLAIN.replace(",", "\t"), "", 0, [KIM]),
    "a named delimiter": ("u.csv", PLAIN.replace(",", "|"), "--delimiter pipe", 0, [KIM]),
    "trailing delimiters": ("u.csv", PLAIN.replace("\n", ",,\r\n"), "", 0, [KIM]),
    "an index without a name": (
        "u.csv", ",email,full_name,external_id\n0,kim@x.org,Kim Ek,1.0\n", "", 0, [KIM]
    ),
    "an index that the header leaves out": (
        "u.csv", '"email","full_name","external_id"\n"1","kim@x.org","Kim Ek","1"\n', "", 0, [KIM]
    ),
    "ragged ends": (
        "u.csv", "email,full_name,external_id\nkim@x.org,Kim Ek\n", "", 0,
        [("kim@x.org", "Kim Ek", None, N)],
    ),
    "cut off": (
        "u.csv", PLAIN + "bo@x.org,B", "--skip-invalid", 3, [KIM]
    ),
    "a title": ("u.csv", "Customers of today,,\n" + PLAIN, "--skip-rows 1", 0, [KIM]),
    "UTF-16 with a mark": ("u.csv", PLAIN.encode("utf-16"), "", 0, [KIM]),
    "UTF-16 without a mark": ("u.csv", PLAIN.encode("utf-16-le"), "", 0, [KIM]),
    "UTF-16 the other way round": ("u.csv", PLAIN.encode("utf-16-be"), "", 0, [KIM]),
    "gz": ("u.csv.gz", gzip.compress(PLAIN.encode()), "", 0, [KIM]),
    "zip": ("u.zip", packed("u.csv", PLAIN), "", 0, [KIM]),
    "an open quote": (
        "u.csv", 'email,full_name\na@x.org,"Ann\nkim@x.org,Kim\nb@x.org,"Bo"\n', "--skip-invalid",
        3, [("b@x.org", "Bo", None, N), ("kim@x.org", "Kim", None, N)],
    ),
    "exact duplicates": ("u.csv", PLAIN + "kim@x.org,Kim Ek,1\n", "", 0, [KIM]),
    "sharp s": (
        "u.csv", "email,full_name\nstrasse@x.org,A\nstraße@x.org,B\n", "", 0,
        [("strasse@x.org", "A", None, N), ("straße@x.org", "B", None, N)],
    ),
    "mangled ids": (
        "u.csv",
        'email,full_name,external_id\na@x.org,A,1.23E+11\nb@x.org,B,"=""007"""\nc@x.org,C,12.0\n',
        "--skip-invalid",
        3, [("b@x.org", "B", "007", N), ("c@x.org", "C", "12", N)],
    ),
    "ids as they are": (
        "u.csv", "email,full_name,external_id\na@x.org,A,1.0\n", "--literal external_id",
        0, [("a@x.org", "A", "1.0", N)],
    ),
    "formulas and errors": (
        "u.csv", 'email,full_name\na@x.org,"=1+1"\nb@x.org,#N/A\nkim@x.org,Kim\n', "--skip-invalid",
        3, [("kim@x.org", "Kim", None, N)],
    ),
    "texts for no value": (
        "u.csv", "email,full_name,external_id\na@x.org,NULL,NULL\nb@x.org,null,\\N\n",
        "--null NULL --null null --map 'full_name={full_name|email}'",
        0, [("a@x.org", "a@x.org", None, N), ("b@x.org", "b@x.org", None, N)],
    ),
    "odd addresses": (
        "u.csv",
        "email,full_name\nmailto:a@x.org,A\nKim <kim@x.org>,K\nc@x.org;d@x.org,C\ne@@x.org,E\n"
        "f@x.org.,F\n",
        "--skip-invalid", 3, [("a@x.org", "A", None, N), ("kim@x.org", "K", None, N)],
    ),
    "truth values": (
        "u.csv",
        "email,full_name,is_verified\n" + "".join(
            f"u{n}@x.org,U,{word}\n" for n, word in enumerate(
                ["t", "f", "on", "off", "checked", "VRAI", "FAUX", "ja", "1.0", "TRUE()", "✓", "x"]
            )
        ),
        "", 0,
        sorted(
            (f"u{n}@x.org", "U", None, n not in (1, 3, 6)) for n in range(12)
        ),
    ),
    "a constant": ("u.csv", PLAIN, "--map is_verified=true", 0, [(*KIM[:3], V)]),
    "a date of confirmation": (
        "u.csv", "email,full_name,at\na@x.org,A,2024-01-02\nb@x.org,B,\n",
        "--map 'is_verified={at:given}'", 0, [("a@x.org", "A", None, V), ("b@x.org", "B", None, N)],
    ),
    "events": (
        "u.jsonl",
        '{"type": "identify", "userId": "1", "traits": {"email": "kim@x.org", "name": "Kim Ek"}}\n'
        '{"type": "track", "userId": "1", "event": "E"}\n',
        "--where type=identify --map email=traits.email --map full_name=traits.name "
        "--map external_id=userId --ignore-rest",
        0, [KIM],
    ),
    "a document store": (
        "u.json",
        '{"_id": {"$oid": "64f0"}, "email": "kim@x.org", "name": "Kim", "ok": true}\n'
        '{"_id": {"$oid": "64f1"}, "email": "bo@x.org", "name": "Bo", "ok": false}\n',
        "--map external_id=_id.$oid --map full_name=name --map is_verified=ok",
        0, [("bo@x.org", "Bo", "64f1", N), ("kim@x.org", "Kim", "64f0", V)],
    ),
    "objects laid out": (
        "u.json", '{\n "email": "a@x.org",\n "full_name": "A"\n}\n{\n "email": "b@x.org",\n'
        ' "full_name": "B"\n}\n', "", 0, [("a@x.org", "A", None, N), ("b@x.org", "B", None, N)],
    ),
    "an API's answer": (
        "u.json", json.dumps({"has_more": False, "data": [{"email": "a@x.org", "name": "A"}]}),
        "--map full_name=name", 0, [("a@x.org", "A", None, N)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_what_arrives(
    name: str, folder: Path, sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the shortest command; the exit code says whether some rows stayed behind."""
    file, content, options, code, arrived = TABLE[name]
    data = content if isinstance(content, bytes) else content.encode()
    (folder / file).write_bytes(data)
    assert main(["sync", file, *shlex.split(options)]) == code, capsys.readouterr().err
    assert customers(sandbox) == arrived
    assert bool(list(folder.glob("*.refused.*"))) is (code == 3)


@pytest.mark.parametrize("name", [name for name, case in TABLE.items() if case[3] == 0])
def test_what_is_suggested_works(
    name: str, folder: Path, sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command that is printed sends every row of a good file."""
    file, content, _, _, arrived = TABLE[name]
    (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert suggested(file, capsys) == 0
    assert [row[0] for row in customers(sandbox)] == [row[0] for row in arrived]


def suggested(file: str, capsys: pytest.CaptureFixture[str]) -> int:
    """Run the command that is suggested for a file."""
    assert main(["sync", file, "--suggest"]) == 0, capsys.readouterr().err
    (command,) = [line for line in capsys.readouterr().out.splitlines() if line[:1] != "#"]
    words = shlex.split(command)
    assert words[:2] == ["plain-sdk", "sync"]
    return main(words[1:])


GOOD_ROWS = {
    "airtable.csv": 2, "bool.csv": 22, "exact_dup.csv": 1, "excel_de.csv": 2,
    "excel_formula.csv": 1, "excel_sep.csv": 1, "excel_trailing.csv": 2,
    "excel_utf16_nobom.csv": 1, "gz.csv.gz": 1, "hubspot.csv": 3, "json_pretty_jsonl.json": 2,
    "many.csv": 1, "mongo.json": 2, "nl_rows.csv": 1, "null_text.csv": 2, "openquote.csv": 2,
    "pandas_index.csv": 3, "pg.csv": 3, "sci1.csv": 3, "segment.jsonl": 1, "strasse.csv": 2,
    "stripe.csv": 2, "two_faults.csv": 2, "ugly_title_row.csv": 1, "ugly_two_emails.csv": 4,
    "zendesk.csv": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD_ROWS)
def test_the_shared_files_by_what_is_suggested(
    name: str, folder: Path, sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """All that a person would call valid is in; the rest is refused with a reason each."""
    if not (CASES / name).exists():
        pytest.skip("the shared customer files are not here")
    (folder / name).write_bytes((CASES / name).read_bytes())
    code = suggested(name, capsys)
    told = capsys.readouterr()
    assert len(customers(sandbox)) == GOOD_ROWS[name], told.out + told.err
    refused = list(folder.glob("*.refused.*"))
    assert code == (3 if refused else 0)


def test_a_mapping_can_be_kept(
    folder: Path, sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was suggested, as a file that says the same."""
    _, content, _, _, arrived = TABLE["events"]
    (folder / "u.jsonl").write_text(str(content))
    assert main(["sync", "u.jsonl", "--suggest", "--save-mapping", "m.toml"]) == 0
    assert "--mapping m.toml" in capsys.readouterr().out
    assert main(["sync", "u.jsonl", "--mapping", "m.toml"]) == 0
    assert customers(sandbox) == arrived


def test_all_unmapped_columns_are_told_at_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Quoted for a shell: what the message says can be pasted."""
    (folder / "u.csv").write_text('email,full_name,My Notes,"It\'s"\na@x.org,A,1,2\n')
    assert main(["sync", "u.csv"]) == 2
    told = capsys.readouterr().err
    assert "columns 'My Notes', \"It's\" are not mapped" in told
    pasted = re.search(r"or (--ignore .*); or --ignore-rest", told)
    assert pasted is not None
    assert main(["sync", "u.csv", *shlex.split(pasted[1])]) == 0


def test_rows_have_their_number_and_their_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Behind a cell with line ends they differ."""
    (folder / "u.csv").write_text('email,full_name\na@x.org,"A\nB\nC"\nnobody,B\n')
    assert main(["sync", "u.csv"]) == 2
    assert "row 3 (line 5), column 'email': 'nobody' is not" in capsys.readouterr().err


def test_a_dry_run_touches_nothing(
    folder: Path, sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the folder nor the checkpoint; and it lists what would be sent."""
    (folder / "u.csv").write_text(PLAIN)
    assert main(["sync", "u.csv"]) == 0
    (folder / "u.csv").write_text(PLAIN + "bo@x.org,Bo,2\nbo@x.org,Bo,2\n")
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    capsys.readouterr()
    assert main(["sync", "u.csv", "--dry-run", "--verbose"]) == 0
    told = capsys.readouterr()
    assert "row 3: would be sent: external_id:2" in told.err
    assert [line.strip() for line in told.out.splitlines()[1:]] == [
        "1 would be sent", "1 unchanged since an earlier run, not sent", "1 repeated, not sent",
    ]  # fmt: skip
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_json_for_machines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each outcome and a summary; `--quiet` says nothing, `--log-file` keeps all."""
    (folder / "u.csv").write_text(PLAIN)
    assert main(["sync", "u.csv", "--json", "--log-file", "log"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["outcome", "summary"]
    assert events[0].items() >= {"row": 2, "key": "external_id:1", "result": "created"}.items()
    assert events[1].items() >= {"rows": 1, "created": 1, "exit_code": 0}.items()
    assert "1 created" in (folder / "log").read_text()
    assert main(["sync", "u.csv", "--quiet"]) == 0
    told = capsys.readouterr()
    assert told.out == told.err == ""


@pytest.mark.parametrize("closed", ["stdout is a closed pipe", "stderr is closed", "full"])
def test_output_never_decides(folder: Path, closed: str) -> None:
    """Whoever does not listen: the work is done, and the exit code is that of the work."""
    (folder / "u.csv").write_text(
        "email,full_name,customer_group_keys\na@x.org,A,nobody\nb@x.org,B,\n"
    )
    run: Callable[..., Any] = subprocess.run
    command = f"{shlex.quote(sys.executable)} -m plain_sdk sync u.csv --stats 0.01"
    tail = {
        "stdout is a closed pipe": " 2>&1 | true; exit ${PIPESTATUS[0]}",
        "stderr is closed": " 2>&-",
        "full": " >/dev/full 2>/dev/full",
    }[closed]
    done = run(["bash", "-c", command + tail], env=dict(os.environ), timeout=60)
    assert done.returncode == 3
    assert "not_found" in (folder / "u.refused.csv").read_text()
