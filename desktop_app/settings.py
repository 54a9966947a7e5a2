"""Settings, each declared once: file, command line, dialog and documentation come from this table."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from desktop_app import messages
from desktop_app.errors import SettingsError
from desktop_app.paths import make_private_folder


def _option(
    default: Any,
    help_text: str,
    *,
    choices: tuple[str, ...] = (),
    limits: tuple[int, int] | None = None,
) -> Any:
    """One declared option."""
    return field(default=default, metadata={"help": help_text, "choices": choices, "limits": limits})


@dataclass(frozen=True)
class Settings:
    """All options with their defaults; a value out of range never gets in."""

    model: str = _option("", "name or folder of the model package; empty for the newest one")
    provider: str = _option("auto", "what computes the captions", choices=("auto", "cpu", "cuda", "directml", "coreml"))
    style: str = _option(
        "balanced", "how readily a doubtful sentence is said", choices=("cautious", "balanced", "talkative")
    )
    history: bool = _option(True, "remember descriptions on this computer")
    speak: bool = _option(True, "let Descry's own voice speak in the window and while watching")
    engine: str = _option("auto", "which voice engine speaks", choices=("auto", "espeak", "pyttsx3", "silent"))
    voice: str = _option("", "id of the voice, see descry voices; empty for the engine's own choice")
    rate: int = _option(175, "words per minute", limits=(80, 450))
    pitch: int = _option(50, "pitch of the voice, 0 to 100", limits=(0, 100))
    volume: int = _option(100, "loudness of the voice, 0 to 100", limits=(0, 100))
    threads: int = _option(0, "processor threads for captioning; 0 lets onnxruntime decide", limits=(0, 256))
    idle_minutes: int = _option(
        10, "minutes until an idle captioner gives its memory back; 0 for never", limits=(0, 1440)
    )


def declared(name: str) -> Field[Any]:
    """The declaration of an option; `SettingsError` when there is none of that name."""
    for option in fields(Settings):
        if option.name == name:
            return option
    raise SettingsError(messages.setting_unknown(name))


def checked(name: str, value: object) -> Any:
    """The value if the option can take it; else `SettingsError` with what it can take."""
    option = declared(name)
    choices, limits = option.metadata["choices"], option.metadata["limits"]
    if isinstance(option.default, bool):
        good = isinstance(value, bool)
    elif isinstance(option.default, int):
        good = isinstance(value, int) and not isinstance(value, bool) and limits[0] <= value <= limits[1]
    else:
        good = isinstance(value, str) and (not choices or value in choices)
    if not good:
        raise SettingsError(messages.setting_bad(name, allowed(name)))
    return value


def allowed(name: str) -> str:
    """What an option can take, in words."""
    option = declared(name)
    if option.metadata["choices"]:
        return messages.one_of(option.metadata["choices"])
    if option.metadata["limits"]:
        return messages.from_to(*option.metadata["limits"])
    return messages.TRUE_OR_FALSE if isinstance(option.default, bool) else messages.A_TEXT


def with_values(settings: Settings, values: dict[str, object]) -> Settings:
    """Settings with some values changed; `SettingsError` for the first bad one."""
    return replace(settings, **{name: checked(name, value) for name, value in values.items()})


@dataclass(frozen=True)
class LoadedSettings:
    """What a file held."""

    settings: Settings
    problems: tuple[str, ...] = ()
    """One sentence for each value that was not taken."""


def load_settings(file: Path) -> LoadedSettings:
    """Read a settings file; each bad value is replaced by its default and reported, the others are kept."""
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return LoadedSettings(Settings())
    except (OSError, ValueError):
        return LoadedSettings(Settings(), (messages.settings_unreadable(file.name),))
    if not isinstance(table, dict):
        return LoadedSettings(Settings(), (messages.settings_unreadable(file.name),))
    good: dict[str, Any] = {}
    problems = []
    for option in fields(Settings):
        if option.name in table:
            try:
                good[option.name] = checked(option.name, table[option.name])
            except SettingsError as error:
                problems.append(messages.setting_mended(error.message))
    return LoadedSettings(replace(Settings(), **good), tuple(problems))


def save_settings(file: Path, settings: Settings) -> None:
    """Write beside the file and rename, so that it is never half there; keys of other versions are kept.

    Raises `SettingsError` when the folder cannot be written.
    """
    try:
        make_private_folder(file.parent)
        table = _kept(file) | {option.name: getattr(settings, option.name) for option in fields(Settings)}
        _replace(file, json.dumps(table, indent=2) + "\n")
    except OSError as error:
        raise SettingsError(messages.settings_unwritable(file.name, error.strerror or "unknown reason")) from error


def _replace(file: Path, text: str) -> None:
    """Write a file of a name of its own, then give it this one's. Raises `OSError`; then nothing has changed."""
    descriptor, partial = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    try:
        with open(descriptor, "w", encoding="utf-8") as output:
            output.write(text)
            output.flush()
            os.fsync(output.fileno())  # else a power cut may leave an empty file
        os.replace(partial, file)
    except OSError:
        os.unlink(partial)
        raise


def _kept(file: Path) -> dict[str, Any]:
    """What stands in the file now; one that cannot be read is put aside, for whoever wrote it by hand."""
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        table = None
    if isinstance(table, dict):
        return table
    os.replace(file, file.with_name(f"{file.name}.unreadable"))
    return {}
