"""Readers of captioned pictures: COCO captions JSON, Flickr8k, a folder with captions.json or captions.csv."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from desktop_app.errors import UsageError
from export.config import DatasetConfig

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class CaptionedImage:
    """One picture with the sentences that people wrote about it."""

    path: Path
    captions: tuple[str, ...]
    split: str
    source: str
    """Name of its data set."""


def read_folder(root: Path) -> list[CaptionedImage]:
    """A folder with captions.json (`[{"file", "split", "captions": […]}]`) or captions.csv (file, caption[, split])."""
    if (root / "captions.json").is_file():
        rows: Iterable[dict[str, Any]] = json.loads((root / "captions.json").read_text(encoding="utf-8"))
    elif (root / "captions.csv").is_file():
        rows = _csv_rows(root / "captions.csv")
    else:
        raise UsageError(f"The folder {root.name} holds neither captions.json nor captions.csv.")
    return [CaptionedImage(root / r["file"], tuple(r["captions"]), r.get("split", "train"), root.name) for r in rows]


def _csv_rows(path: Path) -> list[dict[str, Any]]:
    grouped: dict[str, dict[str, Any]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            entry = grouped.setdefault(
                row["file"], {"file": row["file"], "captions": [], "split": row.get("split") or "train"}
            )
            entry["captions"].append(row["caption"])
    return list(grouped.values())


def read_coco(path: Path) -> list[CaptionedImage]:
    """A COCO captions file (`annotations/captions_train2017.json`); pictures in the folder the file's name ends in.

    Format: https://cocodataset.org/#format-data, section 5 (captions).
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    captions: dict[int, list[str]] = defaultdict(list)
    for annotation in data["annotations"]:
        captions[annotation["image_id"]].append(annotation["caption"])
    subset = path.stem.rsplit("_", 1)[-1]
    split = "val" if subset.startswith("val") else "test" if subset.startswith("test") else "train"
    pictures = path.parent.parent / subset
    return [
        CaptionedImage(pictures / image["file_name"], tuple(captions[image["id"]]), split, path.stem)
        for image in data["images"]
        if captions[image["id"]]
    ]


def read_flickr8k(root: Path) -> list[CaptionedImage]:
    """Flickr8k as distributed: `Flickr8k.token.txt` (`name#n<tab>sentence`), split lists, `Flicker8k_Dataset`."""
    captions: dict[str, list[str]] = defaultdict(list)
    for line in (root / "Flickr8k.token.txt").read_text(encoding="utf-8").splitlines():
        name, _, sentence = line.partition("\t")
        captions[name.partition("#")[0]].append(sentence)
    rows = []
    for split, word in zip(SPLITS, ("train", "dev", "test"), strict=True):
        names = (root / f"Flickr_8k.{word}Images.txt").read_text(encoding="utf-8").split()
        pictures = root / "Flicker8k_Dataset"
        rows += [CaptionedImage(pictures / name, tuple(captions[name]), split, "flickr8k") for name in names]
    return rows


READERS = {"folder": read_folder, "coco": read_coco, "flickr8k": read_flickr8k}


def read_dataset(config: DatasetConfig, data_root: Path) -> list[CaptionedImage]:
    """All pictures of a set in a fixed order; `UsageError` when it is not there or not of its format."""
    path = data_root / config.path
    if config.format not in READERS:
        raise UsageError(f"{config.format} is not a format of captions; there are {', '.join(READERS)}.")
    try:
        rows = READERS[config.format](path)
    except (OSError, KeyError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The data set {config.name} at {path} cannot be read: {error}.") from error
    rows = [replace(row, source=config.name) for row in rows if row.captions]
    if config.hold_out:
        rows = _hold_out(rows, config.hold_out)
    return rows


def _hold_out(rows: list[CaptionedImage], every: int) -> list[CaptionedImage]:
    """Turn every n-th training picture into a `val` picture."""
    train = [k for k, row in enumerate(rows) if row.split == "train"]
    held = set(train[::every])
    return [replace(row, split="val") if k in held else row for k, row in enumerate(rows)]


def of_split(rows: list[CaptionedImage], split: str) -> list[int]:
    """Positions of a split's pictures: the same numbers that index the cached features."""
    return [k for k, row in enumerate(rows) if row.split == split]
