"""Fills README.md with what its commands really print: `python -m bootstrap.readme`, after a new model or bench run.

A block begins with `<!-- output of: COMMAND -->` and ends with `<!-- end of output -->`; COMMAND begins with `descry`.
"""

from __future__ import annotations

import glob
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(
    r"(<!-- output of: (?P<command>descry [^\n]*?) -->\n)(?P<body>.*?)(<!-- end of output -->)", re.DOTALL
)


def output_of(command: str, home: Path) -> str:
    """What a command prints on standard output, started in the project's folder, without anybody's settings."""
    words = []
    for word in shlex.split(command)[1:]:
        words += sorted(glob.glob(word, root_dir=ROOT)) if "*" in word else [word]
    environment = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-m", "desktop_app", *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=False,  # a bench whose promise is not kept is shown as it is
    )
    return done.stdout


def blocks(text: str) -> list[tuple[str, str]]:
    """Each command of a text with the output that stands there."""
    return [(match["command"], match["body"]) for match in BLOCK.finditer(text)]


def body_of(command: str, home: Path) -> str:
    """The Markdown that stands between the two marks."""
    return f"\n```text\n{output_of(command, home)}```\n\n"


def filled(text: str) -> str:
    """The text with every block made anew."""
    with tempfile.TemporaryDirectory() as home:
        return BLOCK.sub(lambda m: m[1] + body_of(m["command"], Path(home)) + m[4], text)


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
