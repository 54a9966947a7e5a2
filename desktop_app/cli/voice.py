"""`descry say` and `descry voices`."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from desktop_app import assembly, messages
from desktop_app.cli.arguments import Invocation
from desktop_app.cli.output import json_line, remark, result


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    if name == "say":
        parser.add_argument("text", nargs="+", metavar="TEXT", help="what to say")


def run(call: Invocation) -> int:
    return _say(call) if call.arguments.command == "say" else _list_voices(call)


def _say(call: Invocation) -> int:
    from desktop_app.speech.engine import Outcome
    from desktop_app.speech.engines import engine_factories
    from desktop_app.speech.speaker import say_and_wait

    settings = call.context.settings
    text = " ".join(call.arguments.text)
    factories = engine_factories(assembly.chosen_engine(settings))
    outcome = say_and_wait(text, factories, assembly.speech_options(settings), on_problem=remark)
    if call.is_json:
        json_line({"text": text, "outcome": outcome.value})
    return 0 if outcome is not Outcome.SILENT or len(factories) == 1 else 1


def _list_voices(call: Invocation) -> int:
    from desktop_app.speech.engine import EngineKind
    from desktop_app.speech.engines import survey_engines

    for report in survey_engines(assembly.chosen_engine(call.context.settings)):
        if call.is_json:
            json_line(
                {
                    "engine": report.kind.value,
                    "name": report.name,
                    "usable": report.availability.is_usable,
                    "chosen": report.is_chosen,
                    "problem": report.availability.sentence or None,
                    "voices": [asdict(voice) for voice in report.voices],
                }
            )
            continue
        state = report.availability.sentence or messages.engine_use(report.kind is EngineKind.SILENT, report.is_chosen)
        result(f"{report.kind.value}, {report.name}: {state}")
        for voice in report.voices:
            result(f"  {voice.id}  {voice.name}")
    return 0
