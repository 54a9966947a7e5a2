"""Sentences to words, for training only: the program needs no more than the list of words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from desktop_app.captioning.vocabulary import END, START, UNKNOWN, Vocabulary

REPEATABLE_WORDS = frozenset(
    "a an the of in on at with and is are to his her its their by from for that as into it up out down over while "
    "through near next other another one two three".split()
)
"""What a sentence may say twice; a thing, a colour or an action named twice is a decoder going in circles."""
FUNCTION_WORDS = frozenset(
    "a an the of in on at with and is are to his her its their while by from for that as into it up two".split()
)
"""Words that say nothing of what is in a picture."""
_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")


def tokenize(sentence: str) -> list[str]:
    """Lower-case words without punctuation; compounds keep their hyphen, contractions their apostrophe."""
    return _WORD.findall(sentence.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))


def split_rare_compounds(words: list[str], counts: Mapping[str, float], minimum: float) -> list[str]:
    """Split a compound that is too rare to be a word of its own: `t-shirt` stays, `ski-wearing` becomes two words."""
    result: list[str] = []
    for word in words:
        if "-" in word and counts.get(word, 0.0) < minimum:
            result.extend(word.split("-"))
        else:
            result.append(word)
    return result


class SentenceEncoder:
    """Sentences to word numbers; a compound that is no word of the vocabulary is split."""

    def __init__(self, vocabulary: Vocabulary, max_words: int) -> None:
        self._index = vocabulary.index()
        self._max_words = max_words

    def __call__(self, sentence: str) -> tuple[int, ...]:
        """Start, words, end; a sentence that is too long is cut and then has no end, so that no false end is learnt."""
        words: list[str] = []
        for word in tokenize(sentence):
            words.extend([word] if word in self._index else word.split("-"))
        ids = [self._index.get(word, UNKNOWN) for word in words[: self._max_words]]
        return (START, *ids, END) if len(words) <= self._max_words else (START, *ids)
