"""The index of training pictures: what it finds, and what it does not take for an index."""

from __future__ import annotations

import io

import numpy as np
import pytest

from desktop_app.captioning.neighbours import NeighbourIndex
from desktop_app.captioning.ngrams import likeness
from desktop_app.errors import ModelPackageError
from tests.fixtures.tiny_index import Arrays, Pictures, small_index, to_bytes
from tests.fixtures.tiny_package import WORDS

COMPLAINT = "The file neighbours.npz of the model in tiny-1.0 does not fit the model: install it again."


def load(arrays: Arrays) -> NeighbourIndex:
    return NeighbourIndex.from_bytes(to_bytes(arrays), "tiny-1.0")


def test_the_most_alike_come_first() -> None:
    index = load(small_index([((1, 0, 0, 0), ["a"]), ((0, 1, 0, 0), ["a"]), ((1, 1, 0, 0), ["a"])]))
    assert index.nearest(np.array([0.9, 0.1, 0, 0], np.float32), 3).tolist() == [0, 2, 1]
    assert index.nearest(np.array([0.0, 9.0, 0, 0], np.float32), 2).tolist() == [1, 2]


def test_of_equal_pictures_the_first_wins() -> None:
    index = load(small_index([((1, 0, 0, 0), ["a"])] * 5))
    assert index.nearest(np.array([1, 0, 0, 0], np.float32), 3).tolist() == [0, 1, 2]
    assert index.nearest(np.zeros(4, np.float32), 2).tolist() == [0, 1]


def test_the_mean_and_the_axes_are_used() -> None:
    arrays = small_index([((1, 0, 0, 0), ["a"]), ((0, 1, 0, 0), ["a"])])
    arrays["mean"] = np.array([5, 0, 0, 0], np.float16)
    arrays["axes"] = np.array(np.diag([1, 100, 1, 1]), np.float16)
    assert load(arrays).nearest(np.array([6, 0.1, 0, 0], np.float32), 1).tolist() == [1]


def numbers(sentence: str) -> tuple[int, ...]:
    return tuple(WORDS.index()[word] for word in sentence.split())


PICTURES: Pictures = [
    ((1, 0, 0, 0), ["a red square", "a circle"]),
    ((0, 1, 0, 0), ["green"]),
    ((0, 0, 1, 0), ["a blue square", "blue", "is a circle"]),
    ((0, 0, 1, 1), ["a white square"]),
]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 20])
@pytest.mark.parametrize("feature", [(1.0, 0, 0, 0), (0, 1.0, 0, 0), (0.1, 0, 1.0, 0), (0, 0, 0.1, 1.0)])
def test_agreement_is_the_mean_likeness_to_what_was_written(feature: tuple[float, ...], count: int) -> None:
    index = load(small_index(PICTURES))
    pooled = np.array(feature, np.float32)
    asked = ["a blue square", "green", "white red", "a circle is red"]
    expected = np.zeros(len(asked))
    pictures = index.nearest(pooled, count)
    for picture in pictures:
        written = [numbers(text) for text in PICTURES[picture][1]]
        alike = likeness([*map(numbers, asked), *written], index.frequencies)
        expected += alike[: len(asked), len(asked) :].mean(1) / len(pictures)
    found = index.agreement([numbers(text) for text in asked], pooled, count)
    assert found == pytest.approx(expected, abs=0.01)
    assert found.max() > 0.05


WRONG: dict[str, Arrays] = {
    "another type": {"codes": np.ones((2, 4), np.float32)},
    "another dimension": {"codes": np.ones(8, np.int8)},
    "axes of other features": {"axes": np.ones((3, 4), np.float16)},
    "axes of other codes": {"axes": np.ones((4, 3), np.float16)},
    "no picture": {"codes": np.ones((0, 4), np.int8)},
    "a picture too many": {"codes": np.ones((3, 4), np.int8)},
    "counts without n-grams": {"counts": np.ones(9, np.uint16)},
    "pictures that end too late": {"ends": np.array([1, 9], np.uint32)},
    "pictures that end too early": {"ends": np.array([1, 6], np.uint32)},
    "a picture that ends before it begins": {"ends": np.array([8, 7], np.uint32)},
    "a picture without an end": {"ends": np.array([7], np.uint32)},
    "shares of other n-grams": {"shares": np.ones(6, np.uint8)},
    "an n-gram that is none": {"used": np.array([0, 1, 2, 3, 4, 5, 6], np.uint16)},
    "n-grams in disorder": {"ngrams": np.array([4, 5, 6, 8, 7, 9], np.uint64)},
    "n-grams that nothing has": {"counts": np.array([1, 1, 1, 0, 1, 1], np.uint16)},
    "numbers that are none": {"axes": np.full((4, 4), np.nan, np.float16)},
}


@pytest.mark.faults
@pytest.mark.parametrize("wrong", WRONG)
def test_an_index_that_is_none(wrong: str) -> None:
    arrays = small_index([((1, 0, 0, 0), ["a"]), ((0, 1, 0, 0), ["a red square"])])
    load(arrays)
    with pytest.raises(ModelPackageError) as caught:
        load(arrays | WRONG[wrong])
    assert caught.value.message == COMPLAINT


@pytest.mark.faults
@pytest.mark.parametrize("name", small_index([((1,), ["a"])]))
def test_an_index_that_lacks_something(name: str) -> None:
    arrays = small_index([((1, 0, 0, 0), ["a"])])
    del arrays[name]
    with pytest.raises(ModelPackageError) as caught:
        load(arrays)
    assert caught.value.message == COMPLAINT


def pickled() -> bytes:
    """An index whose file asks to have an object unpickled."""
    file = io.BytesIO()
    np.savez(file, **small_index([((1, 0, 0, 0), ["a"])]) | {"mean": np.array([{}], object)})  # type: ignore[arg-type]
    return file.getvalue()


@pytest.mark.faults
@pytest.mark.parametrize("data", [b"", b"PK", b"no index at all", to_bytes({})[:-9], pickled()])
def test_bytes_that_are_no_index(data: bytes) -> None:
    with pytest.raises(ModelPackageError) as caught:
        NeighbourIndex.from_bytes(data, "tiny-1.0")
    assert caught.value.message == COMPLAINT
