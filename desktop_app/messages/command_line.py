"""What the command line tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.messages.counting import counted, duration

if TYPE_CHECKING:
    from desktop_app.record import Description

# --- command line ----------------------------------------------------------------------------------------------------

ONE_STANDARD_INPUT = "Only one picture can come from standard input: give the single dash once."
HANDED_OVER = "The open window describes it."
CLIPBOARD_WITHOUT_PICTURE = "There is no picture on the clipboard: copy one first."
MODEL_BUNDLED = "part of the program"
MODEL_OWN = "installed by you"


def unexpected(kind: str) -> str:
    """Shown when the program meets an error that nobody foresaw."""
    return f"Something went wrong inside the program ({kind}): the log file of descry tells where."


def qt_unusable(reason: str) -> str:
    """Shown when the window is asked for and Qt is absent or lacks a library."""
    return f"The window cannot be opened ({reason}): python3 start.py sets up what it needs."


def no_such_folder(name: str) -> str:
    """Shown when a folder to watch or to caption does not exist."""
    return f"There is no folder {name}: check the name."


def watching(name: str) -> str:
    """Shown when watching begins."""
    return f"Watching {name}. Press Control C to stop."


def progress(done: int, total: int, failures: int, seconds_left: float) -> str:
    """Shown while long work goes on."""
    failed = f", {failures} failed" if failures else ""
    return f"{done} of {counted(total, 'picture')}{failed}, about {duration(seconds_left)} left"


def batch_done(captioned: int, failures: int) -> str:
    """Shown when a folder is done."""
    return f"Done: {counted(captioned, 'picture')} described, {failures} failed."


def history_cleared(count: int) -> str:
    """Shown when the history was emptied."""
    return f"{counted(count, 'description')} {'was' if count == 1 else 'were'} forgotten."


def signals(record: Description) -> list[str]:
    """Shown with `--why`: what the sentence rests on, a line each."""
    lines = [f"kind of picture: {record.kind}; band: {record.band}"]
    if record.confidence is None:
        lines.append("confidence: this model cannot tell how sure it is")
    lines += [f"also possible: {a.caption} (log-probability {a.score:.2f} per word)" for a in record.alternatives]
    seconds = record.seconds
    lines.append(f"seconds: {seconds.read:.3f} to read, {seconds.encode:.3f} to encode, {seconds.decode:.3f} to decode")
    return lines


# --- doctor: shown by `descry doctor` --------------------------------------------------------------------------------

PROVIDER_USED = "Captions are computed here."
PROVIDER_NOT_USED = "Ready, and not chosen."
PROVIDER_REMEDY = "For a graphics card, run python3 start.py setup gpu; else choose the provider cpu."
SILENCE_USED = "Nothing is said aloud; every sentence is shown."
SILENCE_READY = "The last resort: every sentence is shown and nothing is said."
WINDOW_WORKS = "The window can be opened."
WINDOW_NO_QT = "The package PySide6_Essentials is not installed."
WINDOW_NO_QT_REMEDY = "Run python3 start.py without arguments, or use the command line."
WINDOW_NO_DISPLAY = "There is no display in this session."
WINDOW_NO_LIBRARY = "A library that Qt needs is missing."
WINDOW_REMEDY = "Start it from a desktop; python3 start.py names what the system lacks."
FOLDER_REMEDY = "It cannot be written: change its permissions."


def voices_found(count: int) -> str:
    """How many voices an engine offers."""
    return f"{counted(count, 'voice')}."


def engine_use(is_silent: bool, is_chosen: bool) -> str:
    """What an engine is used for now; also shown by `descry voices`."""
    if is_silent:
        return SILENCE_USED if is_chosen else SILENCE_READY
    return "It speaks." if is_chosen else "It is not the one that speaks."
