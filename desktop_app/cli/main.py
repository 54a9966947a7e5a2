"""The parser and the dispatch: each command's module is loaded only when it is called."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

from desktop_app import __version__
from desktop_app.cli.arguments import common_arguments, invocation
from desktop_app.cli.output import make_streams_safe, remark
from desktop_app.errors import AppError, UsageError
from desktop_app.log import set_up_logging, tell_unexpected_errors
from desktop_app.paths import user_paths

COMMANDS = {
    "open": ("describe", "open the window, or hand the pictures to the one that is open"),
    "caption": ("describe", "describe pictures; - reads one from standard input"),
    "clipboard": ("describe", "describe the picture on the clipboard"),
    "watch": ("watch", "describe each new picture of a folder until stopped"),
    "batch": ("batch", "describe a whole folder"),
    "say": ("voice", "say a text aloud"),
    "voices": ("voice", "the engines and voices there are"),
    "models": ("models", "list, show, install, remove or compare model packages"),
    "history": ("history", "what was described before"),
    "doctor": ("doctor", "what works here, what does not, and the remedy"),
    "bench": ("bench", "measure speed and memory, as ratios within one run"),
}
"""Command → module of this package, and what it does."""

TRAINING = {
    "vocabulary": ("export.build_vocabulary", "build the vocabulary"),
    "features": ("export.features", "cache the encoder's features"),
    "attributes": ("export.attributes", "train the head for likely words"),
    "train": ("export.train", "train the decoder"),
    "export": ("export.export_onnx", "write the ONNX graphs"),
    "parity": ("export.check_parity", "compare torch with the exported graphs"),
    "evaluate": ("export.evaluate", "score a package on captioned pictures"),
    "neighbours": ("export.neighbour_index", "write the index of training pictures"),
    "choose": ("export.choose", "fit the choice among the sentences of a search"),
    "publish": ("export.publish", "assemble a model package"),
}
"""Commands of `export/`, which need the extra `train`."""

INTERRUPTED = 130


def build_parser(chosen: str | None = None) -> argparse.ArgumentParser:
    """The whole command line. Only the chosen command's module is loaded, to add its own arguments; None: all."""
    parser = argparse.ArgumentParser(
        prog="descry", description="Hear what is in your pictures. Without a command the window opens."
    )
    parser.add_argument("--version", action="version", version=f"descry {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    common = common_arguments()
    for name, (module, help_text) in COMMANDS.items():
        command = commands.add_parser(name, help=help_text, description=help_text, parents=[common])
        if chosen in (None, name):
            import_module(f"desktop_app.cli.{module}").add_arguments(name, command)
    for name, (_, help_text) in TRAINING.items():
        commands.add_parser(name, help=f"{help_text} (needs the extra train)", add_help=False)
    return parser


def run(argv: list[str]) -> int:
    """Run one command; returns the exit code: 0 done, 1 a picture or the model failed, 2 usage, 130 interrupted."""
    make_streams_safe()
    set_up_logging(user_paths().logs)
    tell_unexpected_errors()
    try:
        return _run(argv)
    except UsageError as error:
        remark(error.message)
        return 2
    except AppError as error:
        remark(error.message)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does; Python would complain once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(argv: list[str]) -> int:
    if argv and argv[0] in TRAINING:
        return _run_training(argv[0], argv[1:])
    argv = argv or ["open"]
    arguments = build_parser(chosen=argv[0]).parse_args(argv)
    call = invocation(arguments)
    if not arguments.quiet:
        for problem in call.context.problems:
            remark(problem)
    exit_code: int = import_module(f"desktop_app.cli.{COMMANDS[arguments.command][0]}").run(call)
    return exit_code


def _run_training(command: str, arguments: list[str]) -> int:
    try:
        module = import_module(TRAINING[command][0])
    except ModuleNotFoundError as error:
        raise UsageError(
            f"descry {command} needs the package {error.name}: python3 start.py {command} installs it."
        ) from error
    exit_code: int = module.main(arguments)
    return exit_code
