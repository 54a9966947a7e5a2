"""Wording, content and the whole report of a set of captions."""

from __future__ import annotations

import pytest

from desktop_app.captioning.beam_search import Hypothesis
from desktop_app.captioning.caption import Caption, ScoredSentence
from export.content import CONTENT, shows
from export.naming import agreed, naming
from export.wording import NO_LAST_WORDS, has_repeated_bigram, is_unfinished, most_frequent_share


def caption(text: str, *, ended: bool = True) -> Caption:
    """As the captioner answers: a log-probability for each word, and one for the end if there was one."""
    words = tuple(range(len(text.split())))
    hypothesis = Hypothesis(words, -1.0, (-1.0,) * (len(words) + ended))
    return Caption(ScoredSentence(text, hypothesis), (), 0.01, 0.01)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("a dog and a cat", False),
        ("a dog and a dog", True),
        ("a bed with a pillow on a chair on a rug", True),
        ("dog", False),
    ],
)
def test_repeated_bigrams(sentence: str, expected: bool) -> None:
    assert has_repeated_bigram(sentence) is expected


@pytest.mark.parametrize(
    ("text", "ended", "expected"),
    [
        ("a man sits on a bench", True, False),
        ("a man sits on a bench", False, True),
        ("a man sits on a", True, True),
        ("a man looks on", True, False),
    ],
)
def test_unfinished_sentences(text: str, ended: bool, expected: bool) -> None:
    made = caption(text, ended=ended)
    assert is_unfinished(made.best.text, made.best.hypothesis) is expected


def test_what_people_end_with_is_allowed() -> None:
    assert not {"on", "up", "down", "out", "by", "her", "him", "it", "them", "other", "another"} & NO_LAST_WORDS


def test_the_share_of_the_most_frequent_sentence() -> None:
    assert most_frequent_share(["a dog", "a cat", "a dog", "a bird"]) == 0.5


def test_content_needs_two_who_agree() -> None:
    assert shows(["A man on a bike.", "a cyclist", "the bicycle", "men at night", "night"]) == {"people", "vehicles"}
    assert shows(["a man", "night", "a dark street"]) == frozenset()
    assert shows(["a pizza on the kitchen table"]) == {"food", "indoors"}  # the only one there is


def test_no_word_of_a_content_is_a_colour_or_a_number() -> None:
    assert not {"orange", "couple", "one", "two"} & frozenset().union(*CONTENT.values())


def test_three_must_agree_on_the_sex_and_none_deny_it() -> None:
    assert agreed(["a man", "two boys", "He runs.", "a person"]) == "male"
    assert agreed(["a lady", "her dog", "the girl", "a dog"]) == "female"
    assert agreed(["a man", "a boy", "a person", "a dog"]) is None
    assert agreed(["a man", "a boy", "a guy", "his mother"]) is None


def test_how_people_are_named_is_counted() -> None:
    men, women, dogs = ["a man", "the man", "a boy"], ["a woman"] * 3, ["a dog"] * 3
    sentences = ["a man runs", "a woman runs", "a person runs", "a dog runs", "a man and a woman", "a girl", "a man"]
    assert naming(sentences, [men] * 5 + [women, dogs]) == {
        "male": {"pictures": 5, "same": 1, "other": 1, "both": 1, "open": 1},
        "female": {"pictures": 1, "same": 1, "other": 0, "both": 0, "open": 0},
    }


def test_the_report_counts_and_splits() -> None:
    pytest.importorskip("pycocoevalcap", reason="pycocoevalcap is not installed: run python3 start.py setup train")
    from export.report import report

    captions = [caption("a dog and a dog"), caption("a man rides a bike", ended=False), caption("a man rides a bike")]
    references = [["a dog", "two dogs"], ["a man rides a bike"] * 2, ["a woman with a pizza", "a girl eats pizza"]]
    result = report(captions, references, quick=True)
    wording = ("distinct", "most_frequent", "repeated_bigrams", "unfinished", "mean_words")
    assert [result[name] for name in ("pictures", *wording)] == [3, 2, 0.6667, 1, 1, 5.0]
    assert {name: row["pictures"] for name, row in result["content"].items()} == {
        "people": 2, "animals": 1, "vehicles": 1, "food": 1,
    }  # fmt: skip
    assert result["content"]["vehicles"]["cider"] > result["cider"] > result["content"]["food"]["cider"]
    assert list(result["intervals"]) == ["bleu1", "bleu2", "bleu3", "bleu4", "cider"]
    assert all(low <= result[name] <= high for name, (low, high) in result["intervals"].items())
    assert list(result["naming"]) == []  # two references are not enough
    assert "supported" not in result
