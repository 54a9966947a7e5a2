"""Sentences without pictures as training data: each gets likely words as a picture's attribute head would give them.

The decoder so learns to write from uncertain words about things of which there are few pictures or none.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from desktop_app.captioning.vocabulary import UNKNOWN, Vocabulary
from export.attributes import attribute_words
from export.build_vocabulary import text_lines
from export.config import ExportConfig
from export.tokens import SentenceEncoder
from export.training_data import GROUPS, SentenceGroup, sentence_group

MIN_WORDS = 4
RECALL = 0.65
"""Share of a sentence's content words that the attribute head ranks among the likeliest of a new picture."""
TRUE_PROBABILITY = (1.2, 1.6)
FALSE_PROBABILITY = (1.0, 5.0)
"""Beta distributions of the probabilities that it gives to words of the sentence and to others."""
RELATED = 3
"""Other sentences with a word in common, from which the false words come: they fit the scene, as its errors do."""


@dataclass(frozen=True)
class TextBatch:
    """Sentences, each with its likely words."""

    words: Tensor  # (b, tokens) attribute numbers
    probabilities: Tensor  # (b, tokens)
    groups: tuple[SentenceGroup, ...]

    def to(self, device: torch.device) -> TextBatch:
        groups = tuple(group.to(device) for group in self.groups)
        return TextBatch(self.words.to(device), self.probabilities.to(device), groups)


def text_sentences(config: ExportConfig, vocabulary: Vocabulary) -> list[tuple[int, ...]]:
    """The configured sentences that are long enough and have no unknown word, as word numbers."""
    encode = SentenceEncoder(vocabulary, config.train.max_words)
    every = [encode(line) for line in text_lines(config)]
    return [ids for ids in every if len(ids) > MIN_WORDS + 1 and UNKNOWN not in ids]


class TextBatchMaker:
    """Shuffled batches of the configured text sentences that can be written with the vocabulary."""

    def __init__(self, config: ExportConfig, vocabulary: Vocabulary, size: int) -> None:
        self.sentences = text_sentences(config, vocabulary)
        place = {word: k for k, word in enumerate(attribute_words(vocabulary, config.model.attributes))}
        self._content = [tuple({place[i] for i in ids if i in place}) for ids in self.sentences]
        self._sharing: dict[int, list[int]] = defaultdict(list)
        for number, content in enumerate(self._content):
            for word in content:
                self._sharing[word].append(number)
        self._size = size
        self._tokens = min(config.model.tokens, len(place))
        self._attributes = len(place)

    def epoch(self, seed: int) -> Iterator[TextBatch]:
        """One pass over all sentences; the same seed gives the same batches."""
        chance = random.Random(seed)
        order = list(range(len(self.sentences)))
        chance.shuffle(order)
        for start in range(0, len(order) - self._size + 1, self._size):
            yield self._batch(order[start : start + self._size], chance)

    def _batch(self, part: Sequence[int], chance: random.Random) -> TextBatch:
        likely = [self._likely(number, chance) for number in part]
        rows = sorted((len(self.sentences[n]), k, self.sentences[n], 1.0) for k, n in enumerate(part))
        size = -(-len(rows) // GROUPS)
        return TextBatch(
            torch.from_numpy(np.stack([words for words, _ in likely])),
            torch.from_numpy(np.stack([probabilities for _, probabilities in likely])),
            tuple(sentence_group(rows[a : a + size]) for a in range(0, len(rows), size)),
        )

    def _likely(self, number: int, chance: random.Random) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Most of the sentence's own words and, up to the number of tokens, words of sentences like it."""
        own = [word for word in self._content[number] if chance.random() < RECALL][: self._tokens]
        found = {word: chance.betavariate(*TRUE_PROBABILITY) for word in own}
        for word in self._related(number, chance):
            if len(found) == self._tokens:
                break
            if word not in self._content[number]:
                found.setdefault(word, chance.betavariate(*FALSE_PROBABILITY))
        ranked = sorted(found.items(), key=lambda item: -item[1])
        return np.array([w for w, _ in ranked], np.int64), np.array([p for _, p in ranked], np.float32)

    def _related(self, number: int, chance: random.Random) -> Iterator[int]:
        content = self._content[number]
        for _ in range(RELATED if content else 0):
            yield from self._content[chance.choice(self._sharing[chance.choice(content)])]
        while True:  # words are sorted by frequency: a power of a uniform number prefers the frequent ones
            yield int(self._attributes * chance.random() ** 2)
