"""Arguments that mean the same everywhere, and the settings that they change."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from desktop_app import assembly
from desktop_app.assembly import Context
from desktop_app.settings import declared, with_values

_FROM_SETTINGS = ("model", "provider", "style")


def common_arguments() -> argparse.ArgumentParser:
    """The parent parser of every command."""
    parser = argparse.ArgumentParser(add_help=False)
    group = parser.add_argument_group("everywhere")
    group.add_argument("--json", action="store_true", help="one JSON object a line on standard output")
    group.add_argument("--speak", action=argparse.BooleanOptionalAction, help="say the results aloud, or do not")
    for name in _FROM_SETTINGS:
        option = declared(name)
        group.add_argument(f"--{name}", choices=option.metadata["choices"] or None, help=option.metadata["help"])
    group.add_argument("--anyway", action="store_true", help="the best guess although declined, marked as such")
    group.add_argument("--why", action="store_true", help="show what the answer rests on")
    group.add_argument("--quiet", action="store_true", help="no progress and no remarks on standard error")
    group.add_argument("--config", type=Path, metavar="FILE", help="another settings file")
    return parser


@dataclass(frozen=True)
class Invocation:
    """One call of the command line: its arguments and what all commands share."""

    arguments: argparse.Namespace
    context: Context

    @property
    def is_json(self) -> bool:
        return bool(self.arguments.json)

    def speaks(self, usually: bool) -> bool:
        """Whether results are said aloud: as the command line asks, else as this command usually does."""
        asked: bool | None = self.arguments.speak
        return usually if asked is None else asked


def invocation(arguments: argparse.Namespace) -> Invocation:
    """Read the settings and put the command line's own values over them. Raises `SettingsError`."""
    context = assembly.load_context(arguments.config)
    given = {name: getattr(arguments, name) for name in _FROM_SETTINGS if getattr(arguments, name) is not None}
    return Invocation(arguments, replace(context, settings=with_values(context.settings, given)))
