"""The matcher by which the other tests know what was heard: it must tell captions apart and see what is missing."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.hearing import HEARD, Ear, Samples, synthesise

CAPTIONS = [
    "a brown dog is running on a beach",
    "two cats are sleeping on a sofa",
    "a red bus is driving down a city street",
    "a man in a blue shirt is riding a bicycle",
]
PAIR = ["a brown dog is running on a beach", "a brown cat is running on a beach"]


@pytest.fixture(scope="module")
def ear() -> Ear:
    """Knows the captions."""
    return Ear(CAPTIONS)


@pytest.fixture(scope="module")
def said() -> dict[str, Samples]:
    """The captions as another process says them."""
    return synthesise(reversed(CAPTIONS))


def pause(seconds: float) -> Samples:
    """Nothing to hear."""
    return np.zeros(int(16000 * seconds), np.float32)


def test_each_caption_is_recognised_and_no_other(ear: Ear, said: dict[str, Samples]) -> None:
    for caption in CAPTIONS:
        assert ear.heard(np.concatenate([pause(0.3), said[caption], pause(0.2)])) == [caption]


def test_the_order_is_that_of_the_recording(ear: Ear, said: dict[str, Samples]) -> None:
    parts = [said[CAPTIONS[2]], pause(0.3), said[CAPTIONS[0]], pause(0.1), said[CAPTIONS[3]]]
    assert ear.heard(np.concatenate(parts)) == [CAPTIONS[2], CAPTIONS[0], CAPTIONS[3]]


@pytest.mark.parametrize("kept", [0.5, 0.85])
def test_a_caption_that_was_cut_off_was_not_heard(ear: Ear, said: dict[str, Samples], kept: float) -> None:
    for caption in CAPTIONS:
        beginning = said[caption][: int(kept * len(said[caption]))]
        assert ear.heard(np.concatenate([beginning, pause(2.0)])) == []


def test_the_end_alone_was_not_heard_either(ear: Ear, said: dict[str, Samples]) -> None:
    assert ear.heard(np.concatenate([pause(1.0), said[CAPTIONS[0]][16000:]])) == []


def test_silence_and_noise_are_no_caption(ear: Ear) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 48000).astype(np.float32)
    assert ear.heard(pause(3.0)) == []
    assert ear.heard(noise) == []


def test_of_two_captions_that_differ_by_a_word_one_was_heard() -> None:
    said = synthesise(PAIR)
    pair = Ear(PAIR)
    for caption in PAIR:
        distances = pair.distances(np.concatenate([pause(0.2), said[caption], pause(0.2)]))
        assert distances.pop(caption) < HEARD < min(distances.values())


def test_the_threshold_lies_far_from_both_sides(ear: Ear, said: dict[str, Samples]) -> None:
    for caption in CAPTIONS:
        distances = ear.distances(np.concatenate([pause(0.2), said[caption], pause(0.2)]))
        assert distances.pop(caption) < HEARD - 0.25
        assert min(distances.values()) > HEARD + 0.5


def test_the_same_words_at_another_speed_are_another_speech(ear: Ear) -> None:
    fast = synthesise([CAPTIONS[0]], rate=420)[CAPTIONS[0]]
    assert ear.heard(np.concatenate([pause(0.2), fast, pause(1.0)])) == []
