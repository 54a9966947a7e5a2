"""What a sentence names, and whether the references support it."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop_app.errors import UsageError
from export.supported import Support
from export.wordnet import DATA, DEFAULT_FOLDER, INDEX, WordNet
from tests.fixtures.tiny_wordnet import write_wordnet


@pytest.fixture
def support(tmp_path: Path) -> Support:
    return Support(WordNet.load(write_wordnet(tmp_path / "wordnet")))


def test_things_are_physical_nouns_by_their_lemma(support: Support) -> None:
    sentence = "Two children run in front of puppies, with an idea, jumping; wolves and a wolf"
    things = support.things(sentence)
    assert [(thing.lemma, thing.person) for thing in things] == [
        ("child", True), ("puppy", False), ("wolf", False), ("wolf", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "known", "loosely", "strictly"),
    [
        ("a dog", "three dogs", True, True),
        ("a hound", "a dog", True, True),
        ("a puppy", "a dog", True, False),
        ("an animal", "a canine", True, False),
        ("an animal", "a dog", False, False),  # four steps
        ("a wolf", "a dog", False, False),  # neither is above the other
        ("a child", "men", True, False),
        ("a child", "a dog", False, False),
        ("a keynote", "a key", True, True),  # no thing by its first sense, so there is nothing to support
        ("a key", "a keynote", False, False),
    ],
)
def test_a_thing_is_supported_by_its_like(
    support: Support, said: str, known: str, loosely: bool, strictly: bool
) -> None:
    assert (not support.unsupported(said, ["a lawn", known])) is loosely
    assert (not support.unsupported(said, ["a lawn", known], strict=True)) is strictly


def test_each_unsupported_thing_is_told(support: Support) -> None:
    assert support.unsupported("a dog and a man on a lawn with a dog", ["a wolf on a lawn"]) == ["dog", "man", "dog"]
    sentences, references = ["a dog", "a wolf", "an idea"], [["a puppy"], ["a dog", "a man"], ["a man"]]
    assert support.are_supported(sentences, references, strict=False) == [True, False, True]
    assert support.are_supported(sentences, references, strict=True) == [False, False, True]


def test_what_is_missing_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"^WordNet 3\.0 is not in .*: install the Debian package wordnet-base, or say "
    ):
        WordNet.load(tmp_path)
    folder = write_wordnet(tmp_path / "damaged")
    (folder / DATA).write_text("00001740 03 n zz entity\n")
    with pytest.raises(UsageError, match=r"^The files of WordNet in .* cannot be understood\.$"):
        WordNet.load(folder)


def test_the_real_wordnet_is_understood() -> None:
    if not (DEFAULT_FOLDER / INDEX).is_file():
        pytest.skip(f"WordNet 3.0 is not in {DEFAULT_FOLDER}: install the Debian package wordnet-base")
    support = Support(WordNet.load())
    references = ["A little girl climbs the stairs of her playhouse .", "A child in a pink dress and a toy truck"]
    sentence = "a boy in a shirt with a truck, a dress, two knives and geese in front of a house on the stairs"
    assert support.unsupported(sentence, references) == ["shirt", "knife", "goose", "house"]
    assert support.unsupported(sentence, references, strict=True) == ["boy", "shirt", "knife", "goose", "house"]
    assert len(support._wordnet.senses) > 100_000
