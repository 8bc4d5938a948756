"""The arguments of `plain-sdk sync`."""

import argparse
from pathlib import Path
from typing import Any, Protocol

from ... import _defaults as defaults
from ..._customer_sync.stores import is_address
from .._parsers import Commands
from .mapping.settings import MEMBERS
from .reading.table import FORMATS


class _Group(Protocol):
    """A group of a parser's arguments; argparse keeps its class to itself."""

    def add_argument(self, *names: str, **settings: Any) -> object: ...


_DESCRIPTION = f"""\
Create or update a customer for each row of a file. What was sent is kept in a checkpoint
file, so that a later run sends only rows that changed and rows whose response never came;
the command may be killed at any moment and run again.

For a file of another tool, start with

  plain-sdk sync FILE --suggest

which looks at the file and prints the command to run. Rows come from CSV, Excel
(plain-sdk[excel]), JSON Lines or JSON, also within .gz and .zip. The fields are

  {", ".join(MEMBERS)}

under these names, in camelCase, or as --map says. full_name and email are required;
a customer is identified by external_id where the row has one, otherwise by email. An empty
cell leaves a field as it is; several keys in a cell are separated by semicolons. JSON rows
may also have the form that Plain documents for upsertCustomer.

What --map FIELD=... takes:

  email=E-Mail                               a column
  'full_name={{First Name}} {{Last Name}}'       several; for JSON also paths: {{traits.name}}
  'full_name={{Name|Email}}'                   the first that has a value
  'full_name={{First}} {{Last}} || {{Email}}'      the same for whole templates
  is_verified=true, 'short_name="Sir"'       a constant
  'customer_group_keys={{Tags:split(",")}}'    a list; also :lower :upper :trim :before("@")
                                             :after("/") :replace("a","b") :given (true if any)

Every row is checked before anything is sent, from a private copy: what happens to the file
meanwhile does not matter. Rows that Plain refuses do not stop the others; they are written,
with the reasons, to a file in the input's own format, and sent again by the next run unless
the row itself is wrong. Press Ctrl-C once to wait for what is in flight, twice to stop.

A mapping file is TOML, and holds what the options say:

  ignore_rest = true
  where = ["type=identify"]
  null = ["NULL"]
  [columns]
  email = "E-Mail"
  full_name = "{{First Name}} {{Last Name}}"
"""


def add_parser(commands: Commands) -> argparse.ArgumentParser:
    """Describe the command."""
    parser = commands.add_parser(
        "sync",
        help="create or update the customers of a file",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", help="the rows, or - for standard input")
    parser.add_argument(
        "-n", "--dry-run", action="store_true",
        help="check every row, count what would be sent, send and write nothing",
    )  # fmt: skip
    parser.add_argument(
        "--suggest", action="store_true",
        help="look at the file, and print the command that sends it",
    )  # fmt: skip
    _add_reading(parser.add_argument_group("reading the file"))
    _add_mapping(parser.add_argument_group("what the columns mean"))
    _add_sending(parser.add_argument_group("sending"))
    _add_output(parser.add_argument_group("output"))
    return parser


def _add_reading(group: _Group) -> None:
    group.add_argument("--format", choices=FORMATS, help="default: by the file's name or start")
    group.add_argument(
        "--delimiter", help="of CSV cells, like ';' or tab (default: as the header looks)"
    )
    group.add_argument("--encoding", help="default: UTF-8, or UTF-16 where it looks like it")
    group.add_argument(
        "--skip-rows", type=int, default=0, metavar="N", help="rows above the header, like a title"
    )
    group.add_argument("--sheet", metavar="NAME", help="of a workbook (default: the first)")


def _add_mapping(group: _Group) -> None:
    group.add_argument(
        "--map", metavar="FIELD=COLUMN", action="append", default=[],
        help="what a field is, as above. May be repeated",
    )  # fmt: skip
    group.add_argument("--mapping", metavar="FILE", help="a TOML file that maps the columns")
    group.add_argument(
        "--save-mapping", metavar="FILE", type=Path,
        help="write the options, or what --suggest finds, to a mapping file, and send nothing",
    )  # fmt: skip
    group.add_argument(
        "--ignore", metavar="COLUMN", action="append", default=[],
        help="a column not to send. May be repeated",
    )  # fmt: skip
    group.add_argument(
        "--ignore-rest", action="store_true", help="do not send columns that nothing is said of"
    )
    group.add_argument(
        "--where", metavar="COLUMN=TEXT", action="append", default=[],
        help="take only these rows; also COLUMN!=TEXT. May be repeated: all must hold",
    )  # fmt: skip
    group.add_argument(
        "--null", metavar="TEXT", action="append", default=[],
        help="a text that stands for no value, like NULL. May be repeated",
    )  # fmt: skip
    group.add_argument(
        "--literal", metavar="FIELD", action="append", default=[],
        help="take the cells of this field as they are, even if they look mangled by a tool",
    )  # fmt: skip
    group.add_argument(
        "--skip-invalid", action="store_true",
        help="send the other rows when some are invalid; those go to the file of refused rows",
    )  # fmt: skip


def _add_sending(group: _Group) -> None:
    group.add_argument(
        "--checkpoint", metavar="FILE", type=checkpoint,
        help="a file, or where a server keeps it: redis://HOST/0#NAME (plain-sdk[redis]), "
        "postgresql://HOST/DATABASE#NAME (plain-sdk[postgres]); default: beside the rows, like "
        "customers.sync.db for customers.csv",
    )  # fmt: skip
    group.add_argument(
        "--refused", metavar="FILE", type=Path,
        help="where refused rows go; default: like customers.refused.csv",
    )  # fmt: skip
    group.add_argument(
        "--on-conflict", choices=("raise", "relink"), default="raise",
        help="what to do when the email or the external id is another customer's: refuse the "
        "row (raise), or update that customer if nobody loses an identity (relink)",
    )  # fmt: skip
    group.add_argument(
        "--same-workspace", action="store_true",
        help="the checkpoint was made with another key of this workspace; needed once",
    )  # fmt: skip
    group.add_argument(
        "--retry-refused", action="store_true",
        help="send rows again that Plain refused for what they say, even if unchanged",
    )  # fmt: skip
    group.add_argument(
        "--give-up-after", type=float, metavar="SECONDS",
        help="how long to wait while Plain is away (default: an hour; 30 s if it never answered)",
    )  # fmt: skip
    group.add_argument(
        "--pack", type=int, default=1, metavar="N",
        help="rows per request (default: 1; that Plain accepts more is not documented)",
    )  # fmt: skip
    group.add_argument(
        "--max-running", type=int, default=defaults.MAX_RUNNING, metavar="N",
        help="requests at once (default: %(default)s)",
    )  # fmt: skip


def _add_output(group: _Group) -> None:
    group.add_argument(
        "--json", action="store_true",
        help="standard output is JSON Lines: one for each outcome, and a summary",
    )  # fmt: skip
    group.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    group.add_argument(
        "-v", "--verbose", action="store_true",
        help="print a line for each outcome, or for what a dry run would send",
    )  # fmt: skip
    group.add_argument("--log-file", metavar="FILE", type=Path, help="append every line to it, too")
    group.add_argument(
        "--stats", type=float, metavar="SECONDS",
        help="seconds between two lines of progress where no terminal is (default: 10)",
    )  # fmt: skip


def checkpoint(given: str) -> str | Path:
    """An address, or a path."""
    return given if is_address(given) else Path(given)
