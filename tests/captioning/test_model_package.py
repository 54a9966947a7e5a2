"""Model packages: whatever is missing or damaged is told in one exact sentence, never guessed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop_app.captioning.captioner import Captioner
from desktop_app.captioning.manifest import Manifest
from desktop_app.captioning.model_package import MANIFEST, REQUIRED, ModelPackage, file_entry, read_manifest
from desktop_app.captioning.vocabulary import Vocabulary
from desktop_app.errors import ModelPackageError
from tests.fixtures.tiny_package import MakePackage, change_manifest, write_manifest

Table = dict[str, Any]
DO_NOT_FIT = "The graphs of the model in tiny-1.0 do not fit its manifest: install the model again."


def complaint(folder: Path) -> str:
    """What a person hears when this package is opened."""
    with pytest.raises(ModelPackageError) as caught:
        Captioner.load(folder, "cpu")
    return caught.value.message


def keys(table: Table, where: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every key of the manifest's own vocabulary, with the way to it."""
    free = {("files",), ("encoder", "outputs"), ("calibration",), ("metrics",)}
    found = []
    for key, value in table.items():
        found.append((*where, key))
        if isinstance(value, dict) and (*where, key) not in free:
            found += keys(value, (*where, key))
    return found


def test_a_good_package_says_what_it_is(tiny_package: Path) -> None:
    package = ModelPackage.load(tiny_package)
    manifest, digest = read_manifest(tiny_package)
    assert (package.id.name, package.id.version, package.id.digest) == ("tiny", "1.0", digest)
    assert package.size == sum((tiny_package / name).stat().st_size for name in REQUIRED)
    assert manifest == package.manifest == Manifest.from_json(manifest.to_json())


@pytest.mark.faults
@pytest.mark.parametrize("name", [MANIFEST, *REQUIRED])
def test_a_missing_file(make_tiny_package: MakePackage, name: str) -> None:
    folder = make_tiny_package()
    (folder / name).unlink()
    assert complaint(folder) == f"The model in tiny-1.0 has no {name}: install the model again."


@pytest.mark.faults
@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("damage", ["one bit", "cut off", "longer", "empty"])
def test_a_damaged_file(make_tiny_package: MakePackage, name: str, damage: str) -> None:
    folder = make_tiny_package()
    data = (folder / name).read_bytes()
    middle = len(data) // 2
    damaged = {
        "one bit": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        "cut off": data[:-1],
        "longer": data + b"\n",
        "empty": b"",
    }
    (folder / name).write_bytes(damaged[damage])
    assert complaint(folder) == f"The file {name} of the model in tiny-1.0 is damaged: install the model again."


@pytest.mark.faults
@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000], ids=["empty", "cut", "no text", "deep"])
def test_a_damaged_manifest(make_tiny_package: MakePackage, data: bytes) -> None:
    folder = make_tiny_package()
    (folder / MANIFEST).write_bytes(data)
    assert complaint(folder) == "The model's manifest is damaged: install the model again."


@pytest.mark.parametrize("text", ["[]", "3", '{"name": "tiny"}'])
def test_a_manifest_without_a_format(make_tiny_package: MakePackage, text: str) -> None:
    folder = make_tiny_package()
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    assert complaint(folder) == "The model's manifest has no format: install the model again."


def test_a_format_of_a_later_program(make_tiny_package: MakePackage) -> None:
    folder = make_tiny_package()
    change_manifest(folder, lambda table: table.update(format=2))
    assert complaint(folder) == "The model is of format 2, and this program reads format 1: update the program."


def test_every_key_of_the_manifest_is_needed(make_tiny_package: MakePackage) -> None:
    folder = make_tiny_package()
    text = (folder / MANIFEST).read_text(encoding="utf-8")
    ways = [way for way in keys(json.loads(text)) if way != ("format",)]
    assert len(ways) > 25
    for way in ways:
        table = holder = json.loads(text)
        for key in way[:-1]:
            holder = holder[key]
        del holder[way[-1]]
        (folder / MANIFEST).write_text(json.dumps(table), encoding="utf-8")
        where = ".".join(("manifest", *way))
        assert complaint(folder) == f"The model's manifest lacks {where} or has it wrong: install the model again."


@pytest.mark.parametrize(
    ("way", "value"),
    [
        ("name", 3),
        ("version", None),
        ("files", []),
        ("input.side", "256"),
        ("input.side", 0),
        ("encoder.outputs", {"grid": 1}),
        ("decoder.picture", []),
        ("decoder.states", "h1"),
        ("decoding.beam_width", True),
        ("decoding.beam_width", 0),
        ("decoding.max_length", 0),
        ("decoding.length_exponent", "0.9"),
        ("trained_on", [{}]),
    ],
)
def test_a_value_of_another_kind(make_tiny_package: MakePackage, way: str, value: object) -> None:
    folder = make_tiny_package()

    def spoil(table: Table) -> None:
        *path, last = way.split(".")
        for key in path:
            table = table[key]
        table[last] = value

    change_manifest(folder, spoil)
    assert complaint(folder).startswith(f"The model's manifest lacks manifest.{way}")


def test_a_file_that_the_manifest_leaves_out(make_tiny_package: MakePackage) -> None:
    folder = make_tiny_package()
    change_manifest(folder, lambda table: table["files"].pop("MODEL_CARD.md"))
    assert complaint(folder) == "The model in tiny-1.0 does not list MODEL_CARD.md: install the model again."


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", ".."])
def test_a_file_outside_of_the_folder(make_tiny_package: MakePackage, name: str) -> None:
    folder = make_tiny_package()
    change_manifest(folder, lambda table: table["files"].update({name: {"size": 1, "sha256": ""}}))
    assert complaint(folder) == "The model in tiny-1.0 names a file outside its folder: do not use it."


def test_special_words_with_other_numbers(make_tiny_package: MakePackage) -> None:
    folder = make_tiny_package()
    change_manifest(folder, lambda table: table["tokens"].update(start=2, end=1))
    assert complaint(folder) == "The model in tiny-1.0 numbers its special words otherwise: update the program."


@pytest.mark.parametrize("part", [{"resample": "nearest"}, {"aspect": "crop"}, {"channels": "BGR"}])
def test_pictures_prepared_in_an_unknown_way(make_tiny_package: MakePackage, part: dict[str, str]) -> None:
    folder = make_tiny_package()
    change_manifest(folder, lambda table: table["input"].update(part))
    assert complaint(folder) == (
        "The model in tiny-1.0 wants its pictures prepared in an unknown way: update the program."
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda table: table["input"].update(side=9),
        lambda table: table["encoder"].update(pixels="image"),
        lambda table: table["encoder"]["outputs"]["keys"].update(shape=["n", 2, 4, 5]),
        lambda table: table["encoder"]["outputs"]["keys"].update(shape=["n", 2, 16]),
        lambda table: table["encoder"]["outputs"]["gates"].update(dtype="float16"),
        lambda table: table["encoder"]["outputs"]["gates"].update(dtype="complex"),
        lambda table: table["encoder"]["outputs"].update(extra={"dtype": "float32", "shape": ["n"]}),
        lambda table: table["decoder"]["picture"].append("more"),
        lambda table: table["decoder"]["picture"].remove("keys"),
        lambda table: table["decoder"]["states"].pop(),
        lambda table: table["decoder"]["states"][0].update(size=9),
        lambda table: table["decoder"]["states"][0].update(output="h9"),
        lambda table: table["decoder"].update(words="tokens"),
        lambda table: table["decoder"].update(attention="keys"),
        lambda table: table["decoder"].update(log_probs="h1_next"),
    ],
)
def test_graphs_that_are_not_what_the_manifest_says(
    make_tiny_package: MakePackage, spoil: Callable[[Table], object]
) -> None:
    folder = make_tiny_package()
    change_manifest(folder, spoil)
    assert complaint(folder) == DO_NOT_FIT


def test_a_vocabulary_of_another_size(make_tiny_package: MakePackage) -> None:
    folder = make_tiny_package()
    Vocabulary.of(("a", "few", "words")).save(folder / "vocabulary.json")
    write_manifest(folder)
    assert complaint(folder) == DO_NOT_FIT


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"words": "a b"}', '{"words": ["a"]}', '{"words": 3}'])
def test_a_vocabulary_that_is_none(make_tiny_package: MakePackage, text: str) -> None:
    folder = make_tiny_package()
    (folder / "vocabulary.json").write_text(text, encoding="utf-8")
    write_manifest(folder)
    assert complaint(folder) == "The model's word list vocabulary.json cannot be read: install the model again."


@pytest.mark.parametrize("name", ["encoder.onnx", "decoder.onnx"])
@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"not a graph"])
def test_graphs_that_are_none(make_tiny_package: MakePackage, name: str, data: bytes) -> None:
    folder = make_tiny_package()
    (folder / name).write_bytes(data)
    write_manifest(folder)
    assert complaint(folder) == "The model in tiny-1.0 cannot be loaded: install it again."


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert complaint(tmp_path / "none") == "The model in none has no manifest.json: install the model again."


def test_a_package_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "model").touch()
    assert complaint(tmp_path / "model") == "The model in model has no manifest.json: install the model again."


def test_a_folder_in_place_of_a_file(make_tiny_package: MakePackage) -> None:
    folder = make_tiny_package()
    (folder / "encoder.onnx").unlink()
    (folder / "encoder.onnx").mkdir()
    assert complaint(folder) == ("The file encoder.onnx of the model in tiny-1.0 cannot be read: Is a directory.")


def test_hashes_are_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    entry = file_entry(tmp_path / "file")
    assert (entry.size, entry.sha256) == (3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")


def test_the_vocabulary_leaves_special_words_unsaid(tmp_path: Path) -> None:
    vocabulary = Vocabulary.of(("a", "café"))
    vocabulary.save(tmp_path / "words.json")
    loaded = Vocabulary.load(tmp_path / "words.json")
    assert loaded == vocabulary
    assert loaded.sentence([1, 4, 3, 5, 2, 0]) == "a café"
    assert loaded.index() == {"<pad>": 0, "<start>": 1, "<end>": 2, "<unknown>": 3, "a": 4, "café": 5}


def test_a_vocabulary_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelPackageError, match="word list words"):
        Vocabulary.load(tmp_path / "words.json")


def test_the_graphs_are_the_bytes_that_were_verified(make_tiny_package: MakePackage) -> None:
    folder = make_tiny_package()
    package = ModelPackage.load(folder)
    for name in REQUIRED:
        (folder / name).write_bytes(b"changed after it was verified")
    from desktop_app.captioning.encoder_decoder import EncoderDecoder

    network = EncoderDecoder(package, "cpu")
    assert network.encode(np.zeros((1, 8, 8, 3), np.uint8))["grid"].shape == (1, 4, 4)
    assert len(package.vocabulary) == 13
