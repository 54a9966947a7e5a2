"""The model card: all figures in their tables, and what people wrote in its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from desktop_app.captioning.manifest import TrainedOnEntry
from desktop_app.errors import UsageError
from export.card_parts import DEFAULTS, Parts
from export.config import DatasetConfig, ExportConfig
from export.model_card import model_card

SETS = (DatasetConfig("colours", "colours"), DatasetConfig("coco", "coco", hold_out=8))
CONFIG = ExportConfig("data", "run", datasets=SETS)
TRAINED = [TrainedOnEntry("colours", 1234, 5678, "made for a test")]
OLD: dict[str, Any] = {"pictures": 4, "distinct": 3, "bleu4": 0.25, "cider": 0.5}
"""As the first package's manifest has them."""
NEW: dict[str, Any] = {
    "pictures": 500, "distinct": 450, "most_frequent": 0.0123, "repeated_bigrams": 2, "unfinished": 7,
    "mean_words": 9.5,
    "bleu1": 0.651, "bleu2": 0.452, "bleu3": 0.353, "bleu4": 0.254, "meteor": 0.235, "rouge_l": 0.486, "cider": 0.637,
    "cider_training": 0.718, "supported": 0.6218, "supported_strict": 0.4444,
    "intervals": {"cider": [0.601, 0.669], "supported": [0.583, 0.661]},
    "content": {"people": {"pictures": 300, "cider": 0.511, "cider_training": 0.522, "supported": 0.533}},
    "naming": {"female": {"pictures": 90, "same": 60, "other": 20, "both": 3, "open": 5}},
    "document_frequencies": {"sets": ["colours", "coco"], "pictures": 26252},
}  # fmt: skip


def row(card: str, *first: str) -> list[str]:
    """The cells after those that a row of a table begins with."""
    cells = [line.strip("| ").split(" | ") for line in card.splitlines() if line.startswith("|")]
    return next(line[len(first) :] for line in cells if tuple(line[: len(first)]) == first)


def rows(card: str, first: str) -> list[list[str]]:
    """The cells of all rows that begin so."""
    cells = [line.strip("| ").split(" | ") for line in card.splitlines() if line.startswith("|")]
    return [line[1:] for line in cells if line[0] == first]


def test_every_figure_stands_in_its_table() -> None:
    card = model_card(CONFIG, TRAINED, {"colours val": NEW}, Parts())
    scores, bounds, wording, content, naming = rows(card, "colours val")
    assert scores == ["500", "0.651", "0.452", "0.353", "0.254", "0.235", "0.486", "0.637", "0.718"]
    assert bounds == ["–", "–", "–", "0.601–0.669", "–", "58–66 %", "–"]
    assert wording == ["62.2 %", "44.4 %", "450 of 500", "1.2 %", "7", "2", "9.5"]
    assert content == ["people", "300", "0.511", "0.522", "53.3 %"]
    assert naming == ["female", "90", "60", "20", "3", "5"]
    assert "the captions of all 26,252 training pictures (colours, coco)" in card


def test_figures_that_were_not_measured_are_dashes() -> None:
    card = model_card(CONFIG, TRAINED, {"colours test": OLD}, Parts())
    scores, bounds, wording = rows(card, "colours test")
    assert scores == ["4", "–", "–", "–", "0.250", "–", "–", "0.500", "–"]
    assert set(bounds) == {"–"}
    assert wording == ["–", "–", "3 of 4", "–", "–", "–", "–"]
    assert "Not measured." in card


def test_the_data_and_what_was_held_out_are_told() -> None:
    card = model_card(CONFIG, TRAINED, {}, Parts())
    assert row(card, "colours") == ["1,234", "5,678", "made for a test"]
    assert "every 8th training picture of coco is `val`" in card.replace("\n", " ")


def test_nothing_is_left_of_the_template() -> None:
    for metrics in ({}, {"colours val": NEW}):
        card = model_card(CONFIG, TRAINED, metrics, Parts())
        assert "{" not in card
        assert "\n\n\n" not in card
        assert all(text in card for text in DEFAULTS.values())


def test_what_people_wrote_is_put_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "limits.md").write_text("- It has never seen {braces}.\n", encoding="utf-8")
    readings = [
        {"what": "before", "read": 100, "counts": {"right": 30, "clothing": 25}},
        {"what": "after", "read": 100, "counts": {"right": 55, "clothing": 9, "sex": 2}},
    ]
    (tmp_path / "errors.json").write_text(json.dumps(readings), encoding="utf-8")
    for _ in range(2):  # also when it is published again
        card = model_card(CONFIG, TRAINED, {"colours val": NEW}, Parts.load(tmp_path))
        limits = card.partition("## Limits")[2]
        assert limits.strip() == "- It has never seen {braces}."
        assert DEFAULTS["bias"] in card
        assert row(card, "sentences read") == ["100", "100"]
        assert row(card, "invented or miscoloured clothing") == ["25", "9"]
        assert row(card, "wrong sex") == ["–", "2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[{"what": "a", "read": 1, "counts": {"hats": 1}}]',
            r"^errors\.json knows no kind of error hats; there are right",
        ),
        ('[{"what": "a"}]', r"^errors\.json does not hold a list of what, read and counts: "),
        ("{", r"^errors\.json does not hold a list of what, read and counts: "),
        ('{"what": 1}', r"^errors\.json does not hold a list of what, read and counts: "),
    ],
)
def test_counts_that_cannot_be_understood_are_a_sentence(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "errors.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        Parts.load(tmp_path)
