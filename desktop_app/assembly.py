"""The one place where concrete classes are chosen and put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app import messages
from desktop_app.errors import ModelPackageError
from desktop_app.paths import Paths, user_paths
from desktop_app.settings import Settings, load_settings
from desktop_app.speech.engine import EngineKind, SpeechOptions
from desktop_app.speech.engines import engine_factories
from desktop_app.speech.speaker import Speaker, SpeakerEvents

if TYPE_CHECKING:
    # Imported late where it is needed: onnxruntime takes a tenth of a second, and a voice or a list needs none of it
    from desktop_app.captioning.captioner import Captioner
    from desktop_app.describer import Describer, LocalDescriber
    from desktop_app.history.store import CaptionStore
    from desktop_app.pipeline import CaptionPipeline
    from desktop_app.worker_describer import WorkerDescriber


@dataclass(frozen=True)
class Context:
    """What every part of one run shares."""

    paths: Paths
    settings: Settings
    problems: tuple[str, ...] = ()
    """Sentences to tell at the start."""


def load_context(settings_file: Path | None = None) -> Context:
    """The user's folders and settings; `settings_file` replaces the usual one."""
    paths = user_paths()
    loaded = load_settings(settings_file or paths.settings_file)
    return Context(paths, loaded.settings, loaded.problems)


def installed_packages(paths: Paths) -> list[Path]:
    """Folders of packages: the user's own before the bundled ones, names by the alphabet, newest version first."""
    found = []
    for root in (paths.user_models, paths.bundled_models):
        try:
            # Hidden is what an interrupted installation has left
            folders = [f for f in root.iterdir() if f.name[0] != "." and (f / "manifest.json").is_file()]
        except OSError:
            continue  # there is none, or it may not be read
        newest_first = sorted(folders, key=_version, reverse=True)
        found += sorted(newest_first, key=lambda folder: folder.name.rpartition("-")[0])  # keeps that order in a name
    return found


def _version(folder: Path) -> list[int]:
    return [int(part) for part in folder.name.rpartition("-")[2].split(".") if part.isdigit()]


def find_package(wanted: str, paths: Paths) -> Path:
    """The package of that name (`descry-0.1` or `descry`) or in that folder; empty for the first one there is.

    Raises `ModelPackageError` when there is none.
    """
    for folder in installed_packages(paths):
        if not wanted or wanted in (folder.name, folder.name.rpartition("-")[0]):
            return folder
    if wanted and Path(wanted).is_dir():  # after the names: a folder may happen to be called like the model
        return Path(wanted)
    if not wanted:
        raise ModelPackageError(messages.NO_MODEL)
    raise ModelPackageError(messages.model_not_found(wanted, f"{paths.user_models} and {paths.bundled_models}"))


def open_captioner(context: Context) -> Captioner:
    """The captioner that the settings name. Raises `ModelPackageError`."""
    from desktop_app.captioning.captioner import Captioner

    settings = context.settings
    return Captioner.load(find_package(settings.model, context.paths), settings.provider, settings.threads)


def build_local_describer(context: Context) -> LocalDescriber:
    """For the command line and for programs: describes in this process; the model is opened on first use."""
    from desktop_app.describer import LocalDescriber

    return LocalDescriber(lambda: open_captioner(context))


def build_worker_describer(context: Context) -> WorkerDescriber:
    """For the window: describes in a child. Raises `ModelPackageError` when there is no such package."""
    from desktop_app.worker_describer import WorkerDescriber, WorkerOptions

    settings = context.settings
    package = find_package(settings.model, context.paths)
    idle = settings.idle_minutes * 60.0 or None
    return WorkerDescriber(WorkerOptions(package, settings.provider, settings.threads), idle)


def build_store(context: Context) -> CaptionStore:
    """The history of this user."""
    from desktop_app.history.store import CaptionStore

    return CaptionStore(context.paths.history_file)


def build_pipeline(
    context: Context,
    describer: Describer,
    store: CaptionStore | None,
    say: Callable[[str], object] | None,
    on_problem: Callable[[str], object],
) -> CaptionPipeline:
    """The path from picture to record; the history is left out where the settings say so."""
    from desktop_app.pipeline import CaptionPipeline

    return CaptionPipeline(describer, store if context.settings.history else None, say, on_problem)


def chosen_engine(settings: Settings) -> EngineKind | None:
    """The engine that the settings name; None lets the platform decide."""
    return None if settings.engine == "auto" else EngineKind(settings.engine)


def speech_options(settings: Settings) -> SpeechOptions:
    return SpeechOptions(settings.voice or None, settings.rate, settings.pitch, settings.volume)


def build_speaker(settings: Settings, events: SpeakerEvents | None = None) -> Speaker:
    """The voice that the settings name; nothing is loaded before it is asked to say something."""
    return Speaker(engine_factories(chosen_engine(settings)), speech_options(settings), events)
