"""`descry bench`: the figures of the README."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from importlib import import_module

from desktop_app.assembly import Context
from desktop_app.bench.figures import Figure
from desktop_app.cli.arguments import Invocation
from desktop_app.cli.output import json_line, remark, result
from desktop_app.errors import AppError

_BENCHES = ("caption", "start", "batch", "speech", "window")


def add_arguments(_: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default="all", choices=("all", *_BENCHES), help="which (default: all)")


def run(call: Invocation) -> int:
    """1 when a promise is not kept or a bench could not be run."""
    names = _BENCHES if call.arguments.name == "all" else (call.arguments.name,)
    exit_code = 0
    for name in names:
        try:
            for figure in _figures(name)(call.context):
                exit_code = max(exit_code, 0 if figure.is_kept else 1)
                _show(figure, call.is_json)
        except AppError as error:
            remark(f"bench {name}: {error.message}")
            exit_code = 1
    return exit_code


def _figures(name: str) -> Callable[[Context], Iterator[Figure]]:
    function: Callable[[Context], Iterator[Figure]] = getattr(
        import_module(f"desktop_app.bench.{name}"), f"{name}_figures"
    )
    return function


def _show(figure: Figure, is_json: bool) -> None:
    if is_json:
        json_line(figure.to_dict())
        return
    word = "at most" if figure.better == "lower" else "at least"
    promise = "no promise" if figure.limit is None else f"promised {word} {figure.limit:g}"
    kept = "" if figure.is_kept else ", NOT KEPT"
    result(f"{figure.figure}: {figure.value:.3g} {figure.unit} ({promise}{kept})")
