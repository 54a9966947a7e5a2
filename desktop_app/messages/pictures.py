"""What is said of pictures, captions, folders and reports."""

from __future__ import annotations

from desktop_app.messages.counting import counted

# --- pictures: heard when a picture cannot be read -------------------------------------------------------------------


def picture_missing(name: str) -> str:
    """Heard when a file does not exist."""
    return f"There is no file {name}: check the name."


def picture_is_folder(name: str) -> str:
    """Heard when a folder was given where a picture is wanted."""
    return f"{name} is a folder: use descry batch or descry watch for folders."


def picture_not_a_file(name: str) -> str:
    """Heard for a pipe, a device or a socket, which may never end."""
    return f"{name} is not a regular file: save the picture as a file first."


def picture_forbidden(name: str) -> str:
    """Heard when the permissions forbid reading."""
    return f"You may not read {name}: change its permissions or copy it elsewhere."


def picture_read_failed(name: str, reason: str) -> str:
    """Heard when the disk or the network fails while reading."""
    return f"{name} could not be read: {reason}."


def picture_empty(name: str) -> str:
    """Heard for a file without content, such as an unfinished download."""
    return f"{name} is empty: copy or download it again."


def picture_unknown_format(name: str) -> str:
    """Heard when no reader knows the format, whatever the file's ending says."""
    return f"{name} is not a picture that can be read: open it in another program and save it as JPEG or PNG."


def picture_damaged(name: str) -> str:
    """Heard when a picture begins well and then breaks off."""
    return f"{name} is damaged or incomplete: copy or download it again."


def picture_too_large(name: str, megapixels: int) -> str:
    """Heard when a picture would need too much memory once unpacked."""
    return f"{name} is too large: it has more than {megapixels} megapixels, so save a smaller copy."


def picture_file_too_large(name: str, megabytes: int) -> str:
    """Heard when the file itself is too large to be read at once."""
    return f"{name} is too large: the file has more than {megabytes} megabytes, so save a smaller copy."


STANDARD_INPUT_NAME = "The picture on standard input"
CLIPBOARD_NAME = "The picture on the clipboard"
UNNAMED_PICTURE_NAME = "The picture"


# --- descriptions: what is spoken for a picture ----------------------------------------------------------------------


def described(caption: str, band: str) -> str:
    """Heard for a captioned picture: one short word of doubt first, then the sentence."""
    hedge = {"sure": "", "likely": "Likely: ", "unsure": "Maybe: "}[band]
    sentence = f"{hedge}{caption}."
    return sentence[0].upper() + sentence[1:]


# --- captioning ------------------------------------------------------------------------------------------------------

CAPTIONER_ENDED = "The captioner ended on this picture: try another picture; it starts again by itself."
CAPTIONER_NO_ANSWER = "The captioner gave no answer for this picture: try again, or run descry doctor."
MODEL_FAILED = "The model could not describe this picture: try again, or run descry doctor."


def model_not_found(name: str, places: str) -> str:
    """Heard when `--model` or the setting names a package that is nowhere."""
    return f"There is no model called {name}: descry models lists those there are, and it was looked for in {places}."


NO_MODEL = "No model is installed: get the whole program again, or name a folder with --model."


# --- history ---------------------------------------------------------------------------------------------------------


def history_unusable(name: str) -> str:
    """Heard once when the history cannot be read or written; captions go on without it."""
    return f"The history {name} cannot be used: descriptions are not kept until it is moved away or mended."


# --- folders: heard when a folder cannot be read ----------------------------------------------------------------------


def folder_is_none(name: str) -> str:
    """Heard when a file was given where a folder is wanted."""
    return f"{name} is a file: use descry caption for single pictures."


def folder_unreadable(name: str, reason: str) -> str:
    """Heard when the system does not let a folder be read."""
    return f"The folder {name} cannot be read: {reason}."


# --- reports: heard when the results of a folder cannot be kept -------------------------------------------------------


def report_unwritable(name: str, reason: str) -> str:
    """Heard when a report cannot be written; the one that was there before is kept."""
    return f"The report {name} cannot be written: {reason}."


def report_would_replace(name: str, ending: str) -> str:
    """Heard when a report was given the name of something else that is there already."""
    return f"{name} is there already and no report: give the report another name, one that ends in {ending}."


def batch_dry_run(count: int) -> str:
    """Shown by `descry batch --dry-run`."""
    return f"{counted(count, 'picture')} would be described."


def bench_speech_needs(packages: list[str]) -> str:
    """Shown by `descry bench speech` where the voice cannot be recorded."""
    return f"To measure the voice, install the packages {' and '.join(packages)}."


BENCH_NEEDS_ONNX = (
    "To compare with another captioner, the library onnx is needed:"
    " python3 start.py bench installs it, and so does pip install onnx."
)
"""Shown by `descry bench caption` where the graphs to compare with cannot be written."""


def bench_contestant_ended(name: str) -> str:
    """Shown by `descry bench caption` when a process that is measured ends by itself."""
    return f"The process that measures {name} has ended; perhaps there is not enough memory for it."
