"""Choice among the beams: each signal by itself with exact values, and all of it in a package."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop_app.captioning.beam_search import Hypothesis
from desktop_app.captioning.captioner import Captioner
from desktop_app.captioning.choice import SIGNALS, Choice
from desktop_app.captioning.neighbours import NeighbourIndex
from desktop_app.errors import ModelPackageError
from tests.fixtures.tiny_index import add_index, small_index, to_bytes
from tests.fixtures.tiny_package import COLOURS, WORDS, MakePackage, change_manifest, picture

RED, GREEN, BLUE, WHITE = np.eye(4, dtype=np.float32)
PICTURES = [
    ((1, 0, 0, 0), ["a red square", "a red square is red"]),
    ((0, 1, 0, 0), ["a green circle"]),
    ((0, 0, 1, 0), ["a blue square", "blue"]),
]
INDEX = NeighbourIndex.from_bytes(to_bytes(small_index(PICTURES)), "tiny")
ATTRIBUTES = np.array([0.5, 0.25, 0.125, 0.0, 1.0], np.float32)  # red, green, blue, white, black


def said(text: str, *log_probs: float) -> Hypothesis:
    """A hypothesis of these words; without numbers, a likely one."""
    words = tuple(WORDS.index()[word] for word in text.split())
    values = log_probs or (-0.1,) * (len(words) + 1)
    return Hypothesis(words, sum(values) / len(values), values)


def choice(asked: int = 1, **weights: float) -> Choice:
    """Only these signals count."""
    return Choice(INDEX, asked, dict.fromkeys(SIGNALS, 0.0) | weights)


def signals(texts: list[str], neighbours: int = 1) -> dict[str, list[float]]:
    """The signals of likely hypotheses for a red picture."""
    found = choice(neighbours).signals([said(text) for text in texts], {"pooled": RED, "attributes": ATTRIBUTES})
    return {name: [round(float(value), 4) for value in values] for name, values in found.items()}


def test_score_and_words_are_those_of_the_hypothesis() -> None:
    found = signals(["a red square", "blue"])
    assert found["score"] == [-0.1, -0.1]
    assert found["words"] == [3, 1]


def test_attributes_are_the_mean_probability_of_the_words_that_the_encoder_knows() -> None:
    assert signals(["a red square", "a red blue", "a circle", "black"])["attributes"] == [0.5, 0.3125, 0.0, 1.0]


def test_neighbours_are_asked_in_their_order() -> None:
    """How much they agree is tested with the index."""
    one, all_of_them = signals(["a red square", "a blue square"], 1), signals(["a red square", "a blue square"], 3)
    assert one["neighbours"][0] > 0.5 > one["neighbours"][1]
    assert all_of_them["neighbours"][0] < one["neighbours"][0]
    assert all_of_them["neighbours"][1] > one["neighbours"][1]


def test_consensus_weighs_the_others_by_their_probability() -> None:
    one, other = said("red", -1.0, -0.5), said("blue", -3.0, -1.5)
    values = choice().signals([one, other, one], {"pooled": RED, "attributes": ATTRIBUTES})["consensus"]
    likely, unlikely = math.exp(-1.5 / 3), math.exp(-4.5 / 3)
    total = 2 * likely + unlikely
    assert values.tolist() == pytest.approx([2 * likely / total / 4, unlikely / total / 4, 2 * likely / total / 4])


@pytest.mark.parametrize(
    ("weights", "best"),
    [
        ({"score": 1.0}, "a white square"),
        ({"words": -1.0}, "blue"),
        ({"words": 1.0}, "a red square is red"),
        ({"attributes": 1.0}, "black circle"),
        ({"neighbours": 1.0}, "a red square"),
        ({"neighbours": 1.0, "attributes": 5.0}, "black circle"),
        ({}, "a white square"),
    ],
)
def test_the_weights_choose(weights: dict[str, float], best: str) -> None:
    hypotheses = [said("a white square", -0.01), *map(said, ("black circle", "a red square", "blue"))]
    hypotheses.append(said("a red square is red"))
    if weights != {"words": 1.0}:
        hypotheses.pop()
    found = choice(**weights).order(hypotheses, {"pooled": RED, "attributes": ATTRIBUTES})
    assert WORDS.sentence(found[0].words) == best
    assert sorted(found, key=hypotheses.index) == hypotheses


def test_one_hypothesis_needs_no_choice() -> None:
    lonely = [said("blue")]
    assert choice(score=1.0).order(lonely, {}) == lonely


ENTRY: dict[str, Any] = {"neighbours": 1, "weights": dict.fromkeys(SIGNALS, 0.0) | {"neighbours": 1.0}}
TWISTED = [((1, 0, 0, 0), ["a red square is red"]), ((0, 0, 1, 0), ["a blue square"])]
"""Who looks at red pictures here says it twice."""


def test_a_package_chooses_by_its_index(make_tiny_package: MakePackage) -> None:
    folder = make_tiny_package()
    plain = Captioner.load(folder, "cpu").caption(picture("red"))
    captioner = Captioner.load(add_index(folder, small_index(TWISTED), ENTRY), "cpu")
    red, blue = captioner.caption(picture("red")), captioner.caption(picture("blue"))
    assert plain.best.text == "a red square"
    assert red.best.text == "a red square is red"
    assert {s.text: s.hypothesis for s in (plain.best, *plain.alternatives)} == {
        s.text: s.hypothesis for s in (red.best, *red.alternatives)
    }
    assert blue.best.text == "a blue square"


def test_an_index_alone_changes_nothing(make_tiny_package: MakePackage, tiny_package: Path) -> None:
    folder = add_index(make_tiny_package(), small_index(TWISTED), None)
    with_index, without = (Captioner.load(f, "cpu").caption(picture("red")) for f in (folder, tiny_package))
    assert [s.text for s in (with_index.best, *with_index.alternatives)] == [
        s.text for s in (without.best, *without.alternatives)
    ]


def test_a_sentence_does_not_depend_on_the_pictures_beside_it(make_tiny_package: MakePackage) -> None:
    captioner = Captioner.load(add_index(make_tiny_package(), small_index(TWISTED), ENTRY), "cpu", threads=1)
    pictures = [captioner.pixels(picture(colour)) for colour in (*COLOURS, (200, 40, 30), (30, 60, 90))]
    together = captioner.caption_batch(pictures)
    alone = [captioner.caption_batch([pixels])[0] for pixels in pictures]
    assert [[s.text for s in (c.best, *c.alternatives)] for c in together] == [
        [s.text for s in (c.best, *c.alternatives)] for c in alone
    ]


def wrong_manifest(where: str) -> str:
    return f"The model's manifest lacks manifest.decoding.choice{where} or has it wrong: install the model again."


@pytest.mark.faults
@pytest.mark.parametrize(
    ("entry", "where"),
    [
        ("likeliest", ""),
        ({"neighbours": 1}, ".weights"),
        ({"weights": ENTRY["weights"]}, ".neighbours"),
        (ENTRY | {"neighbours": 0}, ".neighbours"),
        (ENTRY | {"neighbours": 1.5}, ".neighbours"),
        (ENTRY | {"weights": {"score": 1.0}}, ".weights"),
        (ENTRY | {"weights": ENTRY["weights"] | {"beauty": 1.0}}, ".weights"),
        (ENTRY | {"weights": ENTRY["weights"] | {"score": "1"}}, ".weights.score"),
        (ENTRY | {"weights": ENTRY["weights"] | {"score": math.nan}}, ".weights"),
    ],
)
def test_a_choice_that_the_manifest_has_wrong(make_tiny_package: MakePackage, entry: object, where: str) -> None:
    folder = add_index(make_tiny_package(), small_index(TWISTED), entry)
    with pytest.raises(ModelPackageError) as caught:
        Captioner.load(folder, "cpu")
    assert caught.value.message == wrong_manifest(where)


@pytest.mark.faults
def test_a_choice_without_an_index(make_tiny_package: MakePackage) -> None:
    folder = add_index(make_tiny_package(), small_index(TWISTED), ENTRY)

    def forget(table: dict[str, Any]) -> None:
        del table["files"]["neighbours.npz"]

    change_manifest(folder, forget)
    with pytest.raises(ModelPackageError) as caught:
        Captioner.load(folder, "cpu")
    assert caught.value.message == "The model in tiny-1.0 does not list neighbours.npz: install the model again."


@pytest.mark.faults
@pytest.mark.parametrize(
    "other",
    [
        small_index([((1, 0, 0), ["a red circle"])]),
        small_index(TWISTED) | {"attributes": np.array([4, 5], np.uint16)},
    ],
)
def test_an_index_of_another_model(make_tiny_package: MakePackage, other: dict[str, Any]) -> None:
    folder = add_index(make_tiny_package(), other, ENTRY)
    with pytest.raises(ModelPackageError) as caught:
        Captioner.load(folder, "cpu")
    expected = "The file neighbours.npz of the model in tiny-1.0 does not fit the model: install it again."
    assert caught.value.message == expected
