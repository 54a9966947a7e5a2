"""`descry open`, `descry caption` and `descry clipboard`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from desktop_app import assembly, messages
from desktop_app.cli.arguments import Invocation
from desktop_app.cli.output import remark, show_record, show_signals
from desktop_app.errors import SourceUnavailable, UsageError
from desktop_app.sources.image import ImageSource


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    if name == "caption":
        parser.add_argument("paths", nargs="+", metavar="PATH", help="picture files; - for standard input")
    if name == "open":
        parser.add_argument("paths", nargs="*", metavar="PATH", help="picture files")


def run(call: Invocation) -> int:
    command = call.arguments.command
    if command == "open":
        return _open_window(call)
    if command == "clipboard":
        return _describe_clipboard(call)
    paths: list[str] = call.arguments.paths
    if paths.count("-") > 1:
        raise UsageError(messages.ONE_STANDARD_INPUT)
    return describe_all(call, map(_source, paths), with_path=len(paths) > 1, read_ahead=True)


def _source(path: str) -> ImageSource:
    return ImageSource.from_stream(sys.stdin.buffer) if path == "-" else ImageSource.from_path(path)


@contextmanager
def voice(call: Invocation, is_wanted: bool) -> Iterator[Callable[[str], object] | None]:
    """A function that says a sentence to its end, or None when nothing is to be said."""
    if not is_wanted:
        yield None
        return
    from desktop_app.speech.speaker import SpeakerEvents

    with assembly.build_speaker(call.context.settings, SpeakerEvents(on_problem=remark)) as speaker:
        speaker.prepare()

        def say(text: str) -> None:
            speaker.say(text, interrupt=False)
            speaker.wait_until_idle()

        yield say


def describe_all(
    call: Invocation,
    sources: Iterable[ImageSource],
    *,
    with_path: bool,
    usually_spoken: bool = False,
    read_ahead: bool = False,
) -> int:
    """Describe these pictures in order; 1 when one of them could not be read, the others are still done.

    `read_ahead` is for pictures that are there already, and not for those that are waited for.
    """
    describer = assembly.build_local_describer(call.context)
    store = assembly.build_store(call.context)
    exit_code = 0
    with voice(call, call.speaks(usually_spoken)) as say:
        pipeline = assembly.build_pipeline(call.context, describer, store, None, remark)
        if not call.arguments.quiet:
            for problem in describer.info().problems:
                remark(problem)
        records = pipeline.describe_each(sources) if read_ahead else map(pipeline.describe, sources)
        for record in records:
            show_record(record, call.is_json, with_path)
            if call.arguments.why and not call.is_json:
                show_signals(record)
            if say is not None:
                say(record.spoken)
            exit_code = max(exit_code, 0 if record.error is None else 1)
    store.close()
    return exit_code


def _open_window(call: Invocation) -> int:
    application = _gui("application")
    settings = replace(call.context.settings, speak=call.speaks(call.context.settings.speak))
    exit_code: int = application.run_window(replace(call.context, settings=settings), call.arguments.paths)
    return exit_code


def _describe_clipboard(call: Invocation) -> int:
    """Hand over to the running window, or describe here."""
    if _gui("single_instance").hand_over({"command": "clipboard"}):
        if not call.arguments.quiet:
            remark(messages.HANDED_OVER)
        return 0
    data = _gui("clipboard_reader").read_clipboard_once()
    if data is None:
        raise SourceUnavailable(messages.CLIPBOARD_WITHOUT_PICTURE)
    return describe_all(call, [ImageSource.from_bytes(data, messages.CLIPBOARD_NAME)], with_path=False)


def _gui(module: str) -> Any:
    """A module of the window. Qt may be absent, and then only the commands that need it say so."""
    from importlib import import_module

    try:
        return import_module(f"desktop_app.gui.{module}")
    except ImportError as error:
        raise SourceUnavailable(messages.qt_unusable(str(error).partition(":")[0])) from error
