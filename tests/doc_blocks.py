"""The blocks of the README and of the pages in docs/, and how they are run."""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from support import ROOT

PAGES = ROOT / "docs" / "pages"


@dataclass(frozen=True)
class Block:
    page: str
    language: str
    mark: str
    code: str


def blocks_of(file: Path) -> list[Block]:
    """The blocks of a page that say their language, each with the mark above it."""
    return [
        Block(file.name, match["language"], match["mark"] or "", match["code"])
        for match in re.finditer(
            r"(?m)^(?:<!-- test: (?P<mark>\w+) -->\n)?```(?P<language>\w+)\n(?P<code>.*?)^```$",
            file.read_text(encoding="utf-8"),
            re.DOTALL,
        )
    ]


README = blocks_of(ROOT / "README.md")
ON_PAGES = [block for file in sorted(PAGES.rglob("*.md")) for block in blocks_of(file)]


def marked(mark: str) -> Block:
    """The one block of the pages that has the mark."""
    (found,) = [block for block in ON_PAGES if block.mark == mark]
    return found


def bin_first() -> dict[str, str]:
    """The environment, with the commands of this Python before all others."""
    scripts = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}


def pasted(blocks: list[Block], port: int) -> str:
    """What a shell reads when somebody pastes the blocks, in their order.

    Installing is left out, and the sandbox gets a port of its own, for which a person would wait
    without noticing.
    """
    lines = []
    for block in blocks:
        if block.language == "python":
            lines += ["python - <<'END'", block.code.rstrip(), "END"]
        elif block.language == "sh":
            code = re.sub(r"(?m)^(?:pip install|python3 -m venv) .*\n", "", block.code)
            if "sandbox --quiet" in code:
                code = code.replace("plain-sdk sandbox", f"plain-sdk sandbox --port {port}")
                code = code.replace("8089", str(port))
                ask = f"urlopen('http://127.0.0.1:{port}/graphql/v1/schema.graphql')"
                ask = f'python -c "from urllib.request import urlopen; {ask}"'
                code += f"until {ask} 2> /dev/null; do :; done\n"
            lines.append(code)
    return "\n".join(lines)
