"""`descry batch`: a whole folder, with progress and reports."""

from __future__ import annotations

import argparse
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from desktop_app import assembly, messages
from desktop_app.batch import BatchJob, run_batch
from desktop_app.cli.arguments import Invocation
from desktop_app.cli.output import Progress, remark, show_record
from desktop_app.history.writers import CsvWriter, JsonLinesWriter, ReportWriter


def add_arguments(_: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a table")
    parser.add_argument("--jsonl", type=Path, metavar="FILE", help="write one record a line")
    parser.add_argument(
        "--recursive", action=argparse.BooleanOptionalAction, default=True, help="sub-folders too (the default), or not"
    )
    parser.add_argument("--dry-run", action="store_true", help="only tell how many pictures there are")


def run(call: Invocation) -> int:
    """1 when a picture could not be read; the others are still done. Known pictures come from the history."""
    job = BatchJob(call.arguments.folder, call.arguments.recursive)
    if call.arguments.dry_run:
        remark(messages.batch_dry_run(len(job.sources())))
        return 0
    states: Counter[str] = Counter()
    with ExitStack() as stack:
        store = assembly.build_store(call.context)
        stack.callback(store.close)
        describer = assembly.build_local_describer(call.context)
        pipeline = assembly.build_pipeline(call.context, describer, store, None, remark)
        writers = [stack.enter_context(kind(path)) for kind, path in _reports(call)]
        prints = call.is_json or not writers
        progress: Progress | None = None
        for result in run_batch(job, pipeline):
            progress = progress or Progress(result.total, call.arguments.quiet or prints)
            states[result.state] += 1
            for writer in writers:
                writer.write(result.record)
            if prints or result.state == "failed":
                show_record(result.record, call.is_json, with_path=True)
            progress.show(result.number, states["failed"])
    if not call.arguments.quiet:
        remark(messages.batch_done(states["captioned"], states["failed"]))
    return 1 if states["failed"] else 0


def _reports(call: Invocation) -> list[tuple[type[ReportWriter], Path]]:
    """The reports that are asked for; each is opened only when the one before it is in safe hands."""
    asked: list[tuple[type[ReportWriter], Path | None]] = [
        (CsvWriter, call.arguments.csv),
        (JsonLinesWriter, call.arguments.jsonl),
    ]
    return [(kind, path) for kind, path in asked if path is not None]
