"""`python -m desktop_app` and the installed command `descry`."""

from __future__ import annotations

import sys

from desktop_app.cli.main import run


def main() -> int:
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
