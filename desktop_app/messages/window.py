"""What stands in the window, and what its status field says."""

from __future__ import annotations

# --- window: labels, and sentences that are shown in the status field ------------------------------------------------

WINDOW_TITLE = "Descry"
WINDOW_HINT = (
    "Open a picture with Control O, paste one with Control V, or drop one here; its description then stands here."
)
"""Stands in the description's place before the first picture."""
WINDOW_NO_PICTURE = "No picture yet"
WINDOW_NOT_SHOWN = "This picture cannot be shown."
"""Stands in the picture's place when it could not be read, or is too large to be held in memory twice."""
WINDOW_DESCRIPTION = "Description"
WINDOW_DESCRIPTION_LABEL = "&Description"
WINDOW_STATUS = "Status"
WINDOW_PICTURES = "Pictures"
WINDOW_ALL_FILES = "All files"
WINDOW_OPEN_TITLE = "Open pictures"
WINDOW_FOLDER_TITLE = "Choose a folder to watch"

# Buttons, switches and menus: the letter after & is the key; the window's own must all differ
WINDOW_OPEN, WINDOW_PASTE = "&Open picture…", "&Paste picture"
WINDOW_SPEAK, WINDOW_STOP, WINDOW_COPY = "&Speak", "S&top", "&Copy description"
WINDOW_WATCH_FOLDER, WINDOW_WATCH_CLIPBOARD = "Watch a fo&lder", "Watch the clip&board"
WINDOW_MENU_FILE, WINDOW_MENU_EDIT, WINDOW_MENU_VOICE, WINDOW_QUIT = "&File", "&Edit", "&Voice", "&Quit"

WINDOW_OPENING_MODEL = "Getting ready."
WINDOW_READY = "Ready."
WINDOW_SPEAKING = "Speaking"
WINDOW_STOPPED = "Stopped."
WINDOW_COPIED = "The description is on the clipboard."
WINDOW_WATCHING_CLIPBOARD = "Each new picture on the clipboard will be described."
WINDOW_NOT_WATCHING_CLIPBOARD = "The clipboard is not watched."
WINDOW_NOT_WATCHING_FOLDER = "No folder is watched."
WINDOW_DROPPED_NOTHING = "What was dropped here is no picture: drop a picture file or a picture."
WINDOW_ONE_AT_A_TIME = "The window that is open does not answer: close it, or wait a moment and try again."
"""Shown when a second start finds a first one that hangs."""


def window_describing(name: str) -> str:
    """Shown while a picture is being described."""
    return f"Describing {name}."


def window_described(name: str, width: int, height: int) -> str:
    """Shown when it has been described."""
    return f"{name}, {width} by {height} pixels."


def window_watching_folder(name: str) -> str:
    """Shown when a folder is being watched."""
    return f"Each new picture in the folder {name} will be described."


def window_folder_lost(name: str) -> str:
    """Heard when a watched folder has vanished, or the drive with it."""
    return f"The folder {name} cannot be read any more; it is watched again when it is back."


def clipboard_too_large(megabytes: int) -> str:
    """Heard when what is on the clipboard is too large to be a picture that can be described."""
    return f"The picture on the clipboard is too large: it has more than {megabytes} megabytes."
