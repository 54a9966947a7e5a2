"""Captioner: colours in, exact sentences out, alone and together."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from desktop_app.captioning.beam_search import DecodingOptions
from desktop_app.captioning.captioner import Captioner
from desktop_app.errors import CaptioningFailed
from tests.fixtures.tiny_package import TRAP_GREY, WORDS, MakePackage, change_manifest, picture

SENTENCES = {
    "red": "a red square",
    "blue": "a blue square",
    "lime": "a green circle",
    "white": "a white square",
    "black": "a black square",
}


@pytest.fixture
def captioner(tiny_package: Path) -> Captioner:
    return Captioner.load(tiny_package, "cpu", threads=1)


@pytest.mark.parametrize("colour", SENTENCES)
def test_each_colour_has_its_sentence(captioner: Captioner, colour: str) -> None:
    assert captioner.caption(picture(colour)).best.text == SENTENCES[colour]


def test_pictures_together_get_the_sentences_they_get_alone(captioner: Captioner) -> None:
    colours = [*SENTENCES, *reversed(SENTENCES), (200, 40, 30), (40, 60, 50)]
    pixels = [captioner.pixels(picture(colour)) for colour in colours]
    together = captioner.caption_batch(pixels)
    alone = [captioner.caption(picture(colour)) for colour in colours]
    assert [c.best.text for c in together][:5] == list(SENTENCES.values())
    assert [[s.text for s in (c.best, *c.alternatives)] for c in together] == [
        [s.text for s in (c.best, *c.alternatives)] for c in alone
    ]
    assert [c.best.hypothesis.score for c in together] == pytest.approx([c.best.hypothesis.score for c in alone])


def test_no_pictures_no_captions(captioner: Captioner) -> None:
    assert captioner.caption_batch([]) == []


def test_alternatives_are_other_sentences_best_first(captioner: Captioner) -> None:
    caption = captioner.caption(picture("red"), DecodingOptions(8, 10, 0.9))
    sentences = [caption.best, *caption.alternatives]
    assert len({s.text for s in sentences}) == len(sentences) > 3
    scores = [s.hypothesis.score for s in sentences]
    assert scores == sorted(scores, reverse=True)


def test_options_of_one_call_leave_the_next_alone(captioner: Captioner) -> None:
    assert captioner.caption(picture("red"), DecodingOptions(1, 2, 1.0)).best.text == "a red"
    assert captioner.caption(picture("red")).best.text == "a red square"
    assert captioner.defaults == DecodingOptions(3, 10, 0.9, frozenset(range(len(WORDS))))


def test_times_are_told(captioner: Captioner) -> None:
    caption = captioner.caption(picture("red"))
    assert 0 < caption.encode_seconds < 5
    assert 0 < caption.decode_seconds < 5


def test_attention_looks_where_the_colour_is(captioner: Captioner) -> None:
    image = picture("black", (8, 8))
    image.paste("red", (4, 0, 8, 4))  # the second of four cells
    state = captioner.network.start(captioner.network.encode(captioner.pixels(image)[None]))
    a = captioner.package.vocabulary.index()["a"]
    weights = captioner.network.attention(np.array([a], np.int64), state)
    assert weights.shape == (1, 4)
    assert weights.sum() == pytest.approx(1.0)
    assert int(weights[0].argmax()) == 1


def test_a_failure_of_the_provider_is_a_sentence_and_the_next_picture_works(make_tiny_package: MakePackage) -> None:
    captioner = Captioner.load(make_tiny_package(trap="fail"), "cpu")
    with pytest.raises(CaptioningFailed) as caught:
        captioner.caption(picture(TRAP_GREY))
    assert caught.value.message == "The model could not describe this picture: try again, or run descry doctor."
    assert captioner.caption(picture("blue")).best.text == "a blue square"


def test_threads_may_share_a_captioner(captioner: Captioner) -> None:
    found: dict[str, set[str]] = {colour: set() for colour in SENTENCES}

    def work(colour: str) -> None:
        found[colour] = {captioner.caption(picture(colour)).best.text for _ in range(20)}

    threads = [threading.Thread(target=work, args=(colour,)) for colour in SENTENCES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {colour: {sentence} for colour, sentence in SENTENCES.items()}


def test_a_package_may_forbid_to_say_a_word_twice(make_tiny_package: MakePackage) -> None:
    def forbid(table: dict[str, object]) -> None:
        decoding = table["decoding"]
        assert isinstance(decoding, dict)
        decoding["repeatable"] = ["a", "is"]

    package = make_tiny_package()
    texts = [Captioner.load(package, "cpu").caption(picture("red"), None).alternatives]
    change_manifest(package, forbid)
    texts.append(Captioner.load(package, "cpu").caption(picture("red"), None).alternatives)
    repeats = ["a red square is red" in [sentence.text for sentence in found] for found in texts]
    assert repeats == [True, False]
