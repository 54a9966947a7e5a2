"""What of a clipboard is a picture, and what a watched clipboard describes."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

from desktop_app.errors import UnreadableImage
from desktop_app.sources import clipboard
from desktop_app.sources.clipboard import ClipboardContent, ClipboardWatcher, picture_sources


def png(colour: str) -> bytes:
    """The bytes of a small picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(buffer, "PNG")
    return buffer.getvalue()


RED, BLUE = png("red"), png("blue")


@pytest.fixture
def beach(tmp_path: Path) -> Path:
    """A picture file whose name has to be encoded in a link."""
    file = tmp_path / "my beach é.png"
    file.write_bytes(RED)
    return file


def origins(content: ClipboardContent) -> list[str]:
    return [source.origin for source in picture_sources(content)]


def test_image_data() -> None:
    [source] = picture_sources(ClipboardContent(picture=RED))
    assert (source.data, source.origin, source.name) == (RED, "", "The picture on the clipboard")


def test_files_by_link(beach: Path) -> None:
    assert origins(ClipboardContent(urls=(beach.as_uri(), "file:///no/such.png"))) == [str(beach), "/no/such.png"]


def test_a_copied_file_goes_before_its_icon(beach: Path) -> None:
    assert origins(ClipboardContent(picture=BLUE, urls=(beach.as_uri(),), text=str(beach))) == [str(beach)]


def test_a_picture_of_a_web_page_is_taken_and_its_address_is_not() -> None:
    [source] = picture_sources(ClipboardContent(picture=RED, urls=("https://example.org/a.png",)))
    assert source.data == RED


@pytest.mark.parametrize("form", ["{}", '"{}"', "  {}\n", "{}\n{}"])
def test_paths_as_text(beach: Path, form: str) -> None:
    expected = [str(beach)] * form.count("{}")
    assert origins(ClipboardContent(text=form.format(beach, beach))) == expected


def test_a_link_as_text(beach: Path) -> None:
    assert origins(ClipboardContent(text=beach.as_uri())) == [str(beach)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A dog on the beach.",
        "beach.png",
        "/no/such/file.png",
        "file://elsewhere/a.png",
        "http://[::1",
        "x" * 5000,
        "/a\0b",
    ],
)
def test_other_text_is_no_picture(text: str) -> None:
    assert origins(ClipboardContent(text=text)) == []


def test_a_text_in_which_one_line_is_a_path_is_a_text(beach: Path) -> None:
    assert origins(ClipboardContent(text=f"Look at this:\n{beach}")) == []


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "MAX_FILE_BYTES", 1 << 20)
    with pytest.raises(UnreadableImage) as caught:
        picture_sources(ClipboardContent(picture=bytes((1 << 20) + 1)))
    assert caught.value.message == "The picture on the clipboard is too large: it has more than 1 megabytes."


@dataclass
class Clipboard:
    """What a watcher is given to read."""

    content: ClipboardContent = field(default_factory=ClipboardContent)

    def __post_init__(self) -> None:
        self.watcher = ClipboardWatcher(lambda: self.content)

    def copy(self, **content: object) -> list[bytes | str]:
        """Put something on the clipboard and return what the watcher takes of it."""
        self.content = ClipboardContent(**content)  # type: ignore[arg-type]
        return [source.data or source.origin for source in self.watcher.poll()]


def test_each_picture_is_taken_once() -> None:
    watched = Clipboard()
    taken = [watched.copy(picture=data) for data in (RED, RED, BLUE, RED)]
    assert taken == [[RED], [], [BLUE], []]


def test_our_own_copies_are_left_alone() -> None:
    watched = Clipboard()
    assert watched.copy(picture=RED, is_ours=True) == []
    assert watched.copy(picture=RED) == [RED]


def test_a_file_is_taken_again_when_it_has_changed(beach: Path) -> None:
    watched = Clipboard()
    link = (beach.as_uri(),)
    assert watched.copy(urls=link) == [str(beach)]
    assert watched.copy(urls=link) == []
    beach.write_bytes(RED + b"more")
    assert watched.copy(urls=link) == [str(beach)]


def test_other_files_folders_and_missing_files_are_left_alone(tmp_path: Path) -> None:
    letter = tmp_path / "letter.odt"
    letter.touch()
    links = (letter.as_uri(), tmp_path.as_uri(), (tmp_path / "gone.png").as_uri())
    assert Clipboard().copy(urls=links) == []


def test_the_picture_of_a_copied_text_is_left_alone() -> None:
    assert Clipboard().copy(picture=RED, text="Income\t400") == []
