"""`descry doctor`: what works here, what does not, and the remedy."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata

from desktop_app import __version__, assembly, messages
from desktop_app.cli.arguments import Invocation
from desktop_app.cli.output import json_line, result
from desktop_app.errors import AppError

_PACKAGES = ("numpy", "onnxruntime", "onnxruntime-gpu", "pillow", "PySide6_Essentials", "pyttsx3", "espeakng-loader")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    works: bool
    text: str
    """What was found, as a sentence or a short list."""
    remedy: str = ""
    """One sentence, when it does not work."""


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    """Nothing beyond the common ones."""


def run(call: Invocation) -> int:
    """1 when captions cannot be made; a missing voice or window is told but is no failure."""
    is_able = True
    for check in (_program, _packages, _model, _providers, _voices, _screen_reader, _window, _folders):
        for finding in check(call):
            is_able = is_able and (finding.works or finding.subject != "model")
            if call.is_json:
                json_line(asdict(finding))
            else:
                state = "works" if finding.works else "does not work"
                result(f"{finding.subject}: {state}. {finding.text} {finding.remedy}".rstrip())
    return 0 if is_able else 1


def _program(_: Invocation) -> Iterator[Finding]:
    text = f"Descry {__version__}, Python {platform.python_version()}, {platform.platform()}."
    yield Finding("program", True, text)


def _packages(_: Invocation) -> Iterator[Finding]:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    yield Finding("packages", True, ", ".join(found) + ".")


def _model(call: Invocation) -> Iterator[Finding]:
    from desktop_app.captioning.model_package import ModelPackage

    try:
        folder = assembly.find_package(call.context.settings.model, call.context.paths)
        package = ModelPackage.load(folder)
    except AppError as error:
        yield Finding("model", False, error.message)
        return
    yield Finding("model", True, messages.model_verified(folder.name, package.size / 1e6))


def _providers(call: Invocation) -> Iterator[Finding]:
    """Each provider of this installation, really opened and run."""
    from desktop_app.captioning.captioner import Captioner
    from desktop_app.captioning.providers import candidates

    try:
        folder = assembly.find_package(call.context.settings.model, call.context.paths)
        chosen = Captioner.load(folder, call.context.settings.provider).network.provider
        names, _ = candidates("auto")
        for name in names:
            tried = Captioner.load(folder, name).network.provider
            use = messages.PROVIDER_USED if name == chosen.name else messages.PROVIDER_NOT_USED
            yield Finding(f"provider {name}", tried.name == name, " ".join(tried.problems) or use)
        for problem in chosen.problems:
            yield Finding(f"provider {call.context.settings.provider}", False, problem, messages.PROVIDER_REMEDY)
    except AppError as error:
        yield Finding("provider", False, error.message)


def _voices(call: Invocation) -> Iterator[Finding]:
    from desktop_app.speech.engine import EngineKind
    from desktop_app.speech.engines import survey_engines

    for report in survey_engines(assembly.chosen_engine(call.context.settings)):
        is_silent = report.kind is EngineKind.SILENT
        text = messages.engine_use(is_silent, report.is_chosen)
        if not is_silent:
            text = f"{messages.voices_found(len(report.voices))} {text}"
        reason, remedy = report.availability.reason, report.availability.remedy
        yield Finding(f"voice {report.kind.value}", report.availability.is_usable, reason or text, remedy)


def _screen_reader(_: Invocation) -> Iterator[Finding]:
    from desktop_app.screen_reader import look_for_screen_reader

    found = look_for_screen_reader()
    yield Finding("screen reader", True, found.sentence)  # its absence is no fault


def _window(_: Invocation) -> Iterator[Finding]:
    """Try in a child: Qt ends the whole process when it finds no display."""
    code = "from PySide6.QtWidgets import QApplication; QApplication([])"
    try:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
        is_open = done.returncode == 0
        words = done.stderr.strip().splitlines()
    except (OSError, subprocess.TimeoutExpired):
        is_open, words = False, []
    if is_open:
        yield Finding("window", True, messages.WINDOW_WORKS)
    elif "ModuleNotFoundError" in "".join(words):
        yield Finding("window", False, messages.WINDOW_NO_QT, messages.WINDOW_NO_QT_REMEDY)
    else:
        has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) or os.name == "nt"
        reason = messages.WINDOW_NO_LIBRARY if has_display else messages.WINDOW_NO_DISPLAY
        yield Finding("window", False, reason, messages.WINDOW_REMEDY)


def _folders(call: Invocation) -> Iterator[Finding]:
    paths = call.context.paths
    for name, folder in (("settings", paths.config), ("history", paths.data)):
        existing = next(place for place in (folder, *folder.parents) if place.exists())
        is_writable = os.access(existing, os.W_OK)
        yield Finding(f"folder for {name}", is_writable, f"{folder}.", "" if is_writable else messages.FOLDER_REMEDY)
