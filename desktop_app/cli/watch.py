"""`descry watch`: each new picture of a folder, printed and said, until stopped."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterator
from pathlib import Path

from desktop_app import messages
from desktop_app.cli.arguments import Invocation
from desktop_app.cli.describe import describe_all
from desktop_app.cli.output import remark
from desktop_app.errors import SourceUnavailable
from desktop_app.sources.folder import FolderWatcher
from desktop_app.sources.image import ImageSource

_POLL_SECONDS = 0.3


def add_arguments(_: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--backlog", action="store_true", help="begin with the pictures that are there")
    parser.add_argument("--recursive", action="store_true", help="sub-folders too")


def run(call: Invocation) -> int:
    folder: Path = call.arguments.folder
    if not folder.is_dir():
        raise SourceUnavailable(messages.no_such_folder(folder.name or str(folder)))
    watcher = FolderWatcher(folder, recursive=call.arguments.recursive, backlog=call.arguments.backlog)
    if not call.arguments.quiet:
        remark(messages.watching(folder.name or str(folder)))
    return describe_all(call, _arrivals(watcher), with_path=True, usually_spoken=call.context.settings.speak)


def _arrivals(watcher: FolderWatcher) -> Iterator[ImageSource]:
    """New pictures as they become complete; ends only by Ctrl+C."""
    pause = threading.Event()
    while True:
        yield from watcher.poll()
        pause.wait(_POLL_SECONDS)
