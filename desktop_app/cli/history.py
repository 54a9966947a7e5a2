"""`descry history`: what was described before."""

from __future__ import annotations

import argparse
import time

from desktop_app import assembly, messages
from desktop_app.cli.arguments import Invocation
from desktop_app.cli.output import json_line, remark, result


def add_arguments(_: str, parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="find|show|clear")
    find = actions.add_parser("find", help="descriptions that hold all these words")
    find.add_argument("words", nargs="+", metavar="WORD")
    actions.add_parser("show", help="the latest descriptions")
    actions.add_parser("clear", help="forget everything")
    parser.add_argument("--limit", type=int, default=20, help="at most so many (default: %(default)s)")


def run(call: Invocation) -> int:
    store = assembly.build_store(call.context)
    try:
        if call.arguments.action == "clear":
            remark(messages.history_cleared(store.clear()))
            return 0
        words = " ".join(getattr(call.arguments, "words", []))
        for entry in store.search(words, call.arguments.limit):
            if call.is_json:
                json_line({"described_at": entry.described_at, **entry.record.to_dict()})
            else:
                when = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.described_at))
                result(f"{when}  {entry.record.path}: {entry.record.spoken}")
    finally:
        store.close()
    return 0
