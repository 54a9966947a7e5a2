"""`descry caption`: sentences in order, records that are JSON, and every kind of bad input."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from desktop_app.captioning.model_package import CARD, DECODER, ENCODER, MANIFEST, VOCABULARY
from tests.cli.conftest import Descry
from tests.fixtures.tiny_package import MakePackage, save_picture

RECORD_KEYS = [
    "path",
    "content",
    "width",
    "height",
    "kind",
    "caption",
    "confidence",
    "band",
    "spoken",
    "alternatives",
    "remarks",
    "edited",
    "model",
    "seconds",
    "error",
]


def test_one_picture_is_one_sentence(descry: Descry, tmp_path: Path) -> None:
    result = descry("caption", save_picture(tmp_path / "one.png", "red"))
    assert (result.exit_code, result.out, result.err) == (0, ["Maybe: a red square."], [])


def test_several_pictures_keep_their_order(descry: Descry, tmp_path: Path) -> None:
    names = {"c.png": "green", "a.jpg": "blue", "b.webp": "red"}
    for name, colour in names.items():
        save_picture(tmp_path / name, colour)
    result = descry("caption", *(tmp_path / name for name in names))
    assert result.out == [
        f"{tmp_path / 'c.png'}: Maybe: a green circle.",
        f"{tmp_path / 'a.jpg'}: Maybe: a blue square.",
        f"{tmp_path / 'b.webp'}: Maybe: a red square.",
    ]


def test_record_has_every_key_in_order(descry: Descry, tmp_path: Path) -> None:
    picture = save_picture(tmp_path / "one.png", "blue", size=(64, 48))
    result = descry("caption", "--json", picture)
    record = json.loads(result.out[0])
    assert list(record) == RECORD_KEYS
    assert (record["path"], record["width"], record["height"]) == (str(picture), 64, 48)
    assert (record["caption"], record["band"], record["confidence"]) == ("a blue square", "unsure", None)
    assert record["model"]["name"] == "tiny"
    assert result.err == []


def test_same_picture_again_comes_from_the_history(descry: Descry, tmp_path: Path) -> None:
    first, copy = save_picture(tmp_path / "one.png", "red"), tmp_path / "copy.png"
    copy.write_bytes(first.read_bytes())
    new = json.loads(descry("caption", "--json", first).out[0])
    again = json.loads(descry("caption", "--json", copy).out[0])
    assert again["path"] == str(copy)
    assert new["seconds"]["total"] > 0
    assert again["seconds"]["total"] == 0
    assert again["caption"] == new["caption"]


def test_file_name_that_is_no_text_is_escaped(descry: Descry, tmp_path: Path) -> None:
    name = os.fsdecode(b"bad\xff.png")
    try:
        save_picture(tmp_path / "good.png", "red").rename(tmp_path / name)
    except OSError:
        pytest.skip("this file system takes only names that are text; nothing is to be done")
    result = descry("caption", "--json", tmp_path / name)
    assert json.loads(result.out[0])["caption"] == "a red square"


def test_standard_input(tiny_package: Path, tmp_path: Path) -> None:
    picture = save_picture(tmp_path / "one.png", "green")
    done = subprocess.run(
        [sys.executable, "-m", "desktop_app", "caption", "--json", "--model", tiny_package, "-"],
        input=picture.read_bytes(),
        capture_output=True,
        check=True,
    )
    record = json.loads(done.stdout)
    assert (record["path"], record["caption"]) == ("-", "a green circle")


def bomb() -> bytes:
    """A PNG of some hundred bytes that claims 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 9999))
        + chunk(b"IEND", b"")
    )


@pytest.mark.faults
def test_bad_pictures_get_a_sentence_each_and_the_others_are_described(descry: Descry, tmp_path: Path) -> None:
    good = save_picture(tmp_path / "good.jpg", "red", size=(400, 300))
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("Dear diary")
    (tmp_path / "half.jpg").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    (tmp_path / "bomb.png").write_bytes(bomb())
    (tmp_path / "folder").mkdir()
    names = ["empty.jpg", "text.jpg", "half.jpg", "bomb.png", "folder", "missing.jpg"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.jpg")
        names.append("pipe.jpg")
    result = descry("caption", *(tmp_path / name for name in [*names, "good.jpg"]))
    assert result.exit_code == 1
    assert result.out == [f"{good}: Maybe: a red square."]
    assert (
        result.err
        == [
            "empty.jpg is empty: copy or download it again.",
            "text.jpg is not a picture that can be read: open it in another program and save it as JPEG or PNG.",
            "half.jpg is damaged or incomplete: copy or download it again.",
            "bomb.png is too large: it has more than 178 megapixels, so save a smaller copy.",
            "folder is a folder: use descry batch or descry watch for folders.",
            "There is no file missing.jpg: check the name.",
            "pipe.jpg is not a regular file: save the picture as a file first.",
        ][: len(names)]
    )


@pytest.mark.faults
def test_bad_picture_as_json_is_a_record_with_an_error(descry: Descry, tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    result = descry("caption", "--json", tmp_path / "empty.jpg")
    record = json.loads(result.out[0])
    message = "empty.jpg is empty: copy or download it again."
    assert result.exit_code == 1
    assert (record["caption"], record["error"]) == (None, {"code": "unreadable", "message": message})
    assert result.err == []


@pytest.mark.faults
@pytest.mark.skipif(sys.platform == "win32", reason="permissions are of another kind on Windows")
def test_forbidden_picture_gets_a_sentence(tiny_package: Path, tmp_path: Path) -> None:
    """As another user where this is root, who may read everything."""
    forbidden = save_picture(tmp_path / "secret.png", "red")
    forbidden.chmod(0)
    code = (
        "import os, sys\n"
        "from desktop_app.cli.main import run\n"
        "*arguments, good, forbidden = sys.argv[1:]\n"
        "run([*arguments, good])\n"  # loads everything while it still may
        "if os.geteuid() == 0: os.setgroups([]); os.setegid(65534); os.seteuid(65534)\n"
        "sys.exit(run([*arguments, forbidden]))\n"
    )
    good = save_picture(tmp_path / "good.png", "red")
    for folder in (tmp_path, *tmp_path.parents, tiny_package, *tiny_package.parents):
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    # without a history, whose folder belongs to the user that runs the tests
    settings = tmp_path / "settings.json"
    settings.write_text('{"history": false}')
    done = subprocess.run(
        [sys.executable, "-c", code, "caption", "--config", settings, "--model", tiny_package, good, forbidden],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "You may not read secret.png: change its permissions or copy it elsewhere.\n"
    assert (done.returncode, done.stdout) == (1, "Maybe: a red square.\n")


@pytest.mark.faults
@pytest.mark.parametrize("name", [ENCODER, DECODER, VOCABULARY, CARD, MANIFEST])
def test_damaged_package_is_one_sentence(
    descry: Descry, make_tiny_package: MakePackage, tmp_path: Path, name: str
) -> None:
    package = make_tiny_package()
    data = bytearray((package / name).read_bytes())
    data[len(data) // 2] ^= 0xFF
    (package / name).write_bytes(data)
    result = descry("caption", save_picture(tmp_path / "one.png", "red"), model=package)
    whole = "The model's manifest is damaged: install the model again."
    part = f"The file {name} of the model in tiny-1.0 is damaged: install the model again."
    assert (result.exit_code, result.out, result.err) == (1, [], [whole if name == MANIFEST else part])


@pytest.mark.faults
@pytest.mark.parametrize("name", [ENCODER, DECODER, VOCABULARY, CARD, MANIFEST])
def test_incomplete_package_is_one_sentence(
    descry: Descry, make_tiny_package: MakePackage, tmp_path: Path, name: str
) -> None:
    package = make_tiny_package()
    (package / name).unlink()
    result = descry("caption", save_picture(tmp_path / "one.png", "red"), model=package)
    assert (result.exit_code, result.out) == (1, [])
    assert result.err == [f"The model in tiny-1.0 has no {name}: install the model again."]


def test_unknown_model_names_where_it_was_looked_for(descry: Descry, tmp_path: Path) -> None:
    result = descry("caption", "--model", "nowhere", save_picture(tmp_path / "one.png"), model=None)
    assert result.exit_code == 1
    assert len(result.err) == 1
    assert result.err[0].startswith("There is no model called nowhere: descry models lists those there are")


def test_absent_provider_is_told_and_the_processor_used(descry: Descry, tmp_path: Path) -> None:
    import onnxruntime

    absent = {"cuda": "CUDAExecutionProvider", "coreml": "CoreMLExecutionProvider"}
    name = next(n for n, full in absent.items() if full not in onnxruntime.get_available_providers())
    result = descry("caption", "--provider", name, save_picture(tmp_path / "one.png", "red"))
    assert result.out == ["Maybe: a red square."]
    assert result.err == [f"The {name} provider is not part of this installation, so the processor is used instead."]


@pytest.mark.parametrize(
    "arguments", [["caption"], ["caption", "--provider", "abacus", "x"], ["dance"], ["caption", "-", "-"]]
)
def test_wrong_usage_is_exit_code_2(descry: Descry, arguments: list[str]) -> None:
    result = descry(*arguments, model=None)
    assert result.exit_code == 2
    assert result.out == []
    assert result.err


def test_classic_command_prints_the_sentence(tiny_package: Path, tmp_path: Path) -> None:
    picture = save_picture(tmp_path / "one.png", "blue")
    done = subprocess.run(
        [sys.executable, "-m", "desktop_app.generate_caption", "--image_path", picture, "--model_path", tiny_package],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("a blue square\n", "")
