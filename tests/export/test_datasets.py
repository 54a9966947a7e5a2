"""Readers of captioned pictures, and the words that are made of their sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desktop_app.captioning.vocabulary import SPECIALS
from desktop_app.errors import UsageError
from export.build_vocabulary import build_vocabulary
from export.config import DatasetConfig, ExportConfig
from export.datasets import CaptionedImage, of_split, read_dataset
from export.tokens import split_rare_compounds, tokenize

Rows = list[tuple[str, tuple[str, ...], str, str]]


def rows(root: Path, **options: object) -> Rows:
    """What a reader finds: file, sentences, split, source."""
    config = DatasetConfig("mine", ".", **options)  # type: ignore[arg-type]
    return [(r.path.relative_to(root).as_posix(), r.captions, r.split, r.source) for r in read_dataset(config, root)]


def test_a_folder_with_json(tmp_path: Path) -> None:
    table = [
        {"file": "b.jpg", "split": "test", "captions": ["A dog.", "A wolf."]},
        {"file": "sub/a.jpg", "captions": ["A cat."]},
        {"file": "c.jpg", "captions": []},
    ]
    (tmp_path / "captions.json").write_text(json.dumps(table), encoding="utf-8")
    assert rows(tmp_path) == [
        ("b.jpg", ("A dog.", "A wolf."), "test", "mine"),
        ("sub/a.jpg", ("A cat.",), "train", "mine"),
    ]


def test_a_folder_with_csv(tmp_path: Path) -> None:
    text = 'file,caption,split\nb.jpg,"A dog, running.",val\nb.jpg,A wolf.,val\na.jpg,A cat.,\n'
    (tmp_path / "captions.csv").write_text(text, encoding="utf-8")
    assert rows(tmp_path) == [
        ("b.jpg", ("A dog, running.", "A wolf."), "val", "mine"),
        ("a.jpg", ("A cat.",), "train", "mine"),
    ]


def test_coco(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    table = {
        "images": [{"id": 7, "file_name": "7.jpg"}, {"id": 8, "file_name": "8.jpg"}, {"id": 9, "file_name": "9.jpg"}],
        "annotations": [
            {"image_id": 8, "caption": "A cat."},
            {"image_id": 7, "caption": "A dog."},
            {"image_id": 7, "caption": "A wolf."},
        ],
    }
    path = tmp_path / "annotations" / "captions_val2017.json"
    path.write_text(json.dumps(table), encoding="utf-8")
    found = read_dataset(DatasetConfig("coco", "annotations/captions_val2017.json", "coco"), tmp_path)
    assert found == [
        CaptionedImage(tmp_path / "val2017" / "7.jpg", ("A dog.", "A wolf."), "val", "coco"),
        CaptionedImage(tmp_path / "val2017" / "8.jpg", ("A cat.",), "val", "coco"),
    ]


def test_flickr8k(tmp_path: Path) -> None:
    tokens = "a.jpg#0\tA dog .\na.jpg#1\tA wolf .\nb.jpg#0\tA cat .\nc.jpg#0\tA hen .\n"
    (tmp_path / "Flickr8k.token.txt").write_text(tokens, encoding="utf-8")
    for word, name in [("train", "a.jpg"), ("dev", "b.jpg"), ("test", "c.jpg")]:
        (tmp_path / f"Flickr_8k.{word}Images.txt").write_text(f"{name}\n", encoding="utf-8")
    assert rows(tmp_path, format="flickr8k") == [
        ("Flicker8k_Dataset/a.jpg", ("A dog .", "A wolf ."), "train", "mine"),
        ("Flicker8k_Dataset/b.jpg", ("A cat .",), "val", "mine"),
        ("Flicker8k_Dataset/c.jpg", ("A hen .",), "test", "mine"),
    ]


def test_every_nth_training_picture_is_held_out(tmp_path: Path) -> None:
    table = [{"file": f"{k}.jpg", "split": "test" if k == 3 else "train", "captions": ["A dog."]} for k in range(8)]
    (tmp_path / "captions.json").write_text(json.dumps(table), encoding="utf-8")
    found = read_dataset(DatasetConfig("mine", ".", hold_out=3), tmp_path)
    assert of_split(found, "val") == [0, 4, 7]
    assert of_split(found, "test") == [3]
    assert of_split(found, "train") == [1, 2, 5, 6]


@pytest.mark.parametrize(
    ("content", "begin"),
    [
        (None, "The folder {name} holds neither captions.json nor captions.csv."),
        ("{", "The data set mine at {path} cannot be read: "),
        ('[{"name": "a"}]', "The data set mine at {path} cannot be read: "),
    ],
)
def test_a_set_that_cannot_be_read(tmp_path: Path, content: str | None, begin: str) -> None:
    if content is not None:
        (tmp_path / "captions.json").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_dataset(DatasetConfig("mine", tmp_path.name), tmp_path.parent)
    assert caught.value.message.startswith(begin.format(name=tmp_path.name, path=tmp_path))


def test_a_format_that_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        rows(tmp_path, format="xml")
    assert caught.value.message == "xml is not a format of captions; there are folder, coco, flickr8k."


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("A dog's ball, rolling.", ["a", "dog's", "ball", "rolling"]),
        ("It’s a T-shirt!", ["it's", "a", "t-shirt"]),
        ("Two red-haired  girls\n", ["two", "red-haired", "girls"]),
        ("3 dogs - 1 cat", ["3", "dogs", "1", "cat"]),
        ("", []),
    ],
)
def test_sentences_become_words(sentence: str, words: list[str]) -> None:
    assert tokenize(sentence) == words


def test_a_rare_compound_is_two_words() -> None:
    words = ["a", "red-haired", "ski-wearing", "girl"]
    assert split_rare_compounds(words, {"red-haired": 4}, 4) == ["a", "red-haired", "ski", "wearing", "girl"]


def test_the_vocabulary_is_of_frequent_training_words(tmp_path: Path) -> None:
    table = [
        {"file": "a.jpg", "split": "train", "captions": ["A dog and a cat.", "A dog.", "Two dogs."]},
        {"file": "b.jpg", "split": "test", "captions": ["A zebra zebra zebra."]},
    ]
    (tmp_path / "captions.json").write_text(json.dumps(table), encoding="utf-8")
    heavy, light = DatasetConfig("heavy", ".", weight=1.0), DatasetConfig("light", ".", weight=0.5)
    config = ExportConfig(str(tmp_path), str(tmp_path), 2, (heavy,))
    assert build_vocabulary(config).words == (*SPECIALS, "a", "dog")
    # Half as heavy, so that only what stands there four times is left
    assert build_vocabulary(ExportConfig(str(tmp_path), str(tmp_path), 2, (light,))).words == (*SPECIALS,)
    both = build_vocabulary(ExportConfig(str(tmp_path), str(tmp_path), 3, (heavy, light)))
    assert both.words == (*SPECIALS, "a", "dog")
