"""Whatever is no picture is told in one exact sentence, at once, and never as a traceback."""

from __future__ import annotations

import io
import logging
import os
import random
import socket
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import pytest
from PIL import Image

from desktop_app.errors import UnreadableImage
from desktop_app.sources import image as image_module
from desktop_app.sources.image import ImageSource, decode, speakable
from tests.fixtures.tiny_package import save_picture

posix = pytest.mark.skipif(os.name != "posix", reason="there are no such files on Windows: run it on Linux or macOS")
PROGRAM = Path(__file__).resolve().parents[2]


def complaint(source: ImageSource) -> str:
    """What a person hears when this is to be opened."""
    with pytest.raises(UnreadableImage) as caught:
        source.load(8)
    assert caught.value.code == "unreadable"
    return caught.value.message


def file_complaint(path: Path) -> str:
    return complaint(ImageSource.from_path(path))


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that says it has this size, whatever it holds."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def test_a_missing_file(tmp_path: Path) -> None:
    assert file_complaint(tmp_path / "no.jpg") == "There is no file no.jpg: check the name."


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    assert file_complaint(tmp_path / "a.jpg") == "a.jpg is empty: copy or download it again."


@pytest.mark.parametrize(
    "data", [b"Dear diary,\n", b"\x00" * 1000, b"%PDF-1.4\n", b"\xff\xd8", b"GIF", bytes(range(99))]
)
def test_a_file_that_only_has_the_name_of_a_picture(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(data)
    assert file_complaint(tmp_path / "a.jpg") in (
        "a.jpg is not a picture that can be read: open it in another program and save it as JPEG or PNG.",
        "a.jpg is damaged or incomplete: copy or download it again.",
    )


def test_text_with_the_name_of_a_picture(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("P.S. The pictures follow.\n", encoding="utf-8")
    assert file_complaint(tmp_path / "a.jpg") == (
        "a.jpg is not a picture that can be read: open it in another program and save it as JPEG or PNG."
    )


def test_a_picture_with_the_name_of_a_text(tmp_path: Path) -> None:
    save_picture(tmp_path / "a.png").rename(tmp_path / "a.txt")
    assert ImageSource.from_path(tmp_path / "a.txt").load(8).width == 32


def test_a_program_is_not_handed_to_ghostscript(tmp_path: Path) -> None:
    (tmp_path / "a.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nquit\n")
    assert "is not a picture that can be read" in file_complaint(tmp_path / "a.eps")


@pytest.mark.parametrize("kind", ["jpg", "png", "gif", "webp", "tif", "bmp"])
def test_a_picture_that_breaks_off(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    Image.effect_mandelbrot((300, 200), (-3, -2.5, 2, 2.5), 100).convert("RGB").save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert file_complaint(path) == f"a.{kind} is damaged or incomplete: copy or download it again."


@pytest.mark.parametrize("side", [13_350, 13_400, 60_000, 2**31 - 1])
def test_a_picture_that_would_unpack_to_gigabytes(side: int) -> None:
    source = ImageSource.from_bytes(png(side, side, bytes(1_000_000)), "bomb.png")
    assert complaint(source) == "bomb.png is too large: it has more than 178 megapixels, so save a smaller copy."


def test_a_picture_just_small_enough_is_opened_without_a_warning() -> None:
    data = png(13_300, 13_300, bytes((13_300 + 1) * 13_300))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decode(data, "large.png", 8).width == 13_300


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    with (tmp_path / "a.tif").open("wb") as file:
        file.truncate(512 * 1024 * 1024 + 1)  # a hole, no bytes on the disk
    assert file_complaint(tmp_path / "a.tif") == (
        "a.tif is too large: the file has more than 512 megabytes, so save a smaller copy."
    )


def test_too_much_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_module, "MAX_FILE_BYTES", 2 << 20)
    assert ImageSource.from_stream(io.BytesIO(bytes(2 << 20))).data == bytes(2 << 20)
    with pytest.raises(UnreadableImage) as caught:
        ImageSource.from_stream(io.BytesIO(bytes((2 << 20) + 1))).read()
    assert caught.value.message == (
        "The picture on standard input is too large: the file has more than 2 megabytes, so save a smaller copy."
    )


def test_nothing_on_standard_input() -> None:
    assert complaint(ImageSource.from_stream(io.BytesIO())) == (
        "The picture on standard input is empty: copy or download it again."
    )


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").mkdir()
    expected = "holiday.jpg is a folder: use descry batch or descry watch for folders."
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    assert file_complaint(tmp_path / "holiday.jpg") == expected
    assert (
        file_complaint(tmp_path / "holiday.jpg" / "..")
        == ".. is a folder: use descry batch or descry watch for folders."
    )
    assert (len(os.listdir("/proc/self/fd")) if before else 0) == before


@posix
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    expected = "pipe.jpg is not a regular file: save the picture as a file first."
    assert file_complaint(tmp_path / "pipe.jpg") == expected
    writer = os.open(tmp_path / "pipe.jpg", os.O_RDWR)  # a pipe that somebody holds open
    try:
        assert file_complaint(tmp_path / "pipe.jpg") == expected
    finally:
        os.close(writer)


@posix
@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero", "/dev/tty"])
def test_a_device(device: str) -> None:
    name = device.rpartition("/")[2]
    expected = {
        f"{name} is not a regular file: save the picture as a file first.",
        f"{name} could not be read: No such device or address.",  # a terminal where there is none
    }
    assert file_complaint(Path(device)) in expected


@posix
def test_a_socket(sandbox: Path) -> None:
    with socket.socket(socket.AF_UNIX) as place:
        place.bind(str(sandbox / "s.jpg"))
        assert file_complaint(sandbox / "s.jpg") == "s.jpg could not be read: No such device or address."


READ_AS_NOBODY = """
import os, sys
from pathlib import Path
from desktop_app.errors import UnreadableImage
from desktop_app.sources.image import ImageSource
ImageSource.from_path(sys.argv[1]).load(8)  # what is imported late may lie where nobody else may read
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
for path in sys.argv[1:]:
    try:
        print(ImageSource.from_path(path).load(8).width)
    except UnreadableImage as error:
        print(error.message)
"""


@posix
def test_a_file_that_may_not_be_read(sandbox: Path) -> None:
    """In a process without root's rights, to which no file is forbidden. Its folder must be open to it."""
    mine = save_picture(sandbox / "mine.png")
    for folder in [sandbox, *sandbox.parents][:3]:
        folder.chmod(0o755)
    shut = sandbox / "shut"
    shut.mkdir()
    inside = save_picture(shut / "inside.png")
    forbidden = save_picture(sandbox / "forbidden.png")
    forbidden.chmod(0)
    shut.chmod(0)
    arguments = [sys.executable, "-c", READ_AS_NOBODY, mine, forbidden, inside]
    child = subprocess.run(arguments, cwd=PROGRAM, capture_output=True, text=True, check=False)
    shut.chmod(0o755)
    assert child.stderr == ""
    assert child.stdout.splitlines() == [
        "32",
        "You may not read forbidden.png: change its permissions or copy it elsewhere.",
        "You may not read inside.png: change its permissions or copy it elsewhere.",
    ]


@posix
def test_links_that_lead_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").symlink_to("b.jpg")
    (tmp_path / "b.jpg").symlink_to("a.jpg")
    assert file_complaint(tmp_path / "a.jpg") == "a.jpg could not be read: Too many levels of symbolic links."


@posix
def test_a_link_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").symlink_to("gone.jpg")
    assert file_complaint(tmp_path / "a.jpg") == "There is no file a.jpg: check the name."


def test_a_name_that_no_system_takes() -> None:
    assert complaint(ImageSource.from_path("a\0b.jpg")) == "a b.jpg could not be read: its name is not valid."


def test_a_name_that_is_too_long() -> None:
    name = "x" * 300 + ".jpg"
    assert complaint(ImageSource.from_path(name)) == f"{name} could not be read: File name too long."


@posix
@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("two\nlines.png", "two lines.png"),
        ("Größe 日本 🐕.png", "Größe 日本 🐕.png"),
        ("caf\udce9.png", "caf .png"),
        ("tab\tand\x1b[31mred.png", "tab and [31mred.png"),
        ("-rf.png", "-rf.png"),
        (" .png", ".png"),
    ],
)
def test_odd_names_are_opened_and_can_be_said(tmp_path: Path, name: str, spoken: str) -> None:
    path = tmp_path / name
    try:
        path.touch()
    except (OSError, UnicodeError):
        pytest.skip("this file system takes UTF-8 names only: run it on Linux")
    assert file_complaint(path) == f"{spoken} is empty: copy or download it again."
    path.write_bytes(save_picture(tmp_path / "plain.png").read_bytes())
    source = ImageSource.from_path(path)
    assert (source.origin, source.load(8).width) == (str(path), 32)


def test_a_name_without_a_letter_has_a_substitute() -> None:
    assert speakable("\n\udcff") == "The picture"


def test_a_damaged_exif_block_does_not_matter() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f" + bytes(40))
    assert decode(buffer.getvalue(), "a.jpg", 8).image.size == (8, 8)


def _damaged(data: bytes, chance: random.Random) -> bytes:
    spoiled = bytearray(data)
    for _ in range(chance.choice([1, 2, 8])):
        spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
    return bytes(spoiled[: chance.choice([len(spoiled), chance.randrange(1, len(spoiled))])])


def _outcome(data: bytes) -> str:
    try:
        return decode(data, "a", 8).image.mode
    except UnreadableImage as error:
        return error.message.partition(":")[0]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "ICO", "TGA", "JPEG2000", "ICNS"])
def test_damage_anywhere_is_a_picture_or_a_sentence(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """Two hundred damaged files of each format, the same ones every time."""
    buffer = io.BytesIO()
    Image.effect_mandelbrot((32, 32), (-3, -2.5, 2, 2.5), 30).convert("RGB").save(buffer, kind)
    chance = random.Random(kind)
    caplog.set_level(logging.CRITICAL, "PIL.TiffImagePlugin")  # which logs some of it too
    sentences = {"a is damaged or incomplete", "a is not a picture that can be read", "a is too large"}
    for _ in range(200):
        assert _outcome(_damaged(buffer.getvalue(), chance)) in {"RGB", *sentences}
