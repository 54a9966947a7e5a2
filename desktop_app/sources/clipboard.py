"""What of the clipboard is a picture, and which of its pictures are new."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from desktop_app import messages
from desktop_app.errors import UnreadableImage
from desktop_app.sources.image import MAX_FILE_BYTES, ImageSource, extensions

_REMEMBERED = 64
"""Pictures that are known again: clipboard managers offer older ones anew."""
_LONGEST_PATH = 4096
"""Characters; longer texts are no paths."""


@dataclass(frozen=True)
class ClipboardContent:
    """What a clipboard, or something dropped, offers. Nothing is decoded yet."""

    picture: bytes = b""
    """A picture file's bytes; empty when there is none."""
    urls: tuple[str, ...] = ()
    """As file managers give them: `file:///home/…`, percent-encoded."""
    text: str = ""
    is_ours: bool = False
    """True for what this program put there."""


def picture_sources(content: ClipboardContent) -> list[ImageSource]:
    """The pictures in it: files before image data, because a copied file brings an icon too; a path as text last.

    Empty when there is none. Raises `UnreadableImage` when the data is larger than a picture may be.
    """
    files = [path for path in map(_local_path, content.urls) if path]
    if files:
        return [ImageSource.from_path(path) for path in files]
    if len(content.picture) > MAX_FILE_BYTES:
        raise UnreadableImage(messages.clipboard_too_large(MAX_FILE_BYTES >> 20))
    if content.picture:
        return [ImageSource.from_bytes(content.picture, messages.CLIPBOARD_NAME)]
    return [ImageSource.from_path(path) for path in _paths_in(content.text)]


def _paths_in(text: str) -> list[str]:
    """Each line of the text as a path, if every one of them is an existing file."""
    lines = [line.strip().strip("\"'") for line in text.splitlines() if line.strip()]
    paths = [_local_path(line) or os.path.expanduser(line) for line in lines]
    return paths if all(map(_is_file, paths)) else []


def _is_file(path: str) -> bool:
    try:
        return len(path) <= _LONGEST_PATH and Path(path).is_absolute() and Path(path).is_file()
    except (OSError, ValueError):  # too long for this system, or with a character that no name has
        return False


def _local_path(url: str) -> str:
    """The path of a `file:` link on this computer; empty for all others."""
    try:
        parts = urlsplit(url)
    except ValueError:  # such as an address with one bracket
        return ""
    if parts.scheme.lower() != "file" or parts.netloc not in ("", "localhost"):
        return ""
    return url2pathname(parts.path) if os.name == "nt" else unquote(parts.path, errors="surrogateescape")


class ClipboardWatcher:
    """Tells which pictures on the clipboard are new. Never our own copies, and none twice."""

    def __init__(self, read: Callable[[], ClipboardContent]) -> None:
        """`read` gives what is on the clipboard now."""
        self._read = read
        self._seen: deque[str] = deque(maxlen=_REMEMBERED)

    def poll(self) -> list[ImageSource]:
        """The pictures that came since the last look. Raises `UnreadableImage` when one is too large."""
        content = self._read()
        # A text program may add a picture of the copied text: nobody wants to hear it described.
        if content.is_ours or (content.picture and content.text.strip() and not content.urls):
            return []
        return [source for source in picture_sources(content) if _looks_like_picture(source) and self._is_new(source)]

    def _is_new(self, source: ImageSource) -> bool:
        key = _key(source)
        if not key or key in self._seen:
            return False
        self._seen.append(key)
        return True


def _looks_like_picture(source: ImageSource) -> bool:
    """Whoever copies a letter or a folder does not want to hear that it is no picture."""
    return source.data is not None or os.path.splitext(source.origin)[1].lower() in extensions()


def _key(source: ImageSource) -> str:
    """Differs when the picture does; empty when there is no such file."""
    if source.data is not None:
        return hashlib.sha256(source.data).hexdigest()
    try:
        status = os.stat(source.origin)
    except (OSError, ValueError):
        return ""
    return f"{source.origin}\0{status.st_size}\0{status.st_mtime_ns}"
