"""Training examples: pictures with numbered sentences, and the batches made of them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from desktop_app.captioning.vocabulary import PAD, UNKNOWN, Vocabulary
from export.attributes import load_attributes
from export.config import DatasetConfig, ExportConfig
from export.datasets import CaptionedImage, read_dataset
from export.features import load_features, views
from export.tokens import SentenceEncoder

CAPTIONS_PER_PICTURE = 5
GROUPS = 2


@dataclass(frozen=True)
class Example:
    """One training picture."""

    source: str
    index: int
    """Position in its set's features."""
    captions: tuple[tuple[int, ...], ...]
    weights: tuple[float, ...]


@dataclass(frozen=True)
class SentenceGroup:
    """Sentences of a batch of about one length: less padding, less to compute."""

    owner: Tensor  # (b,) which picture a sentence belongs to
    words: Tensor  # (b, t) start … end, padded
    weights: Tensor  # (b,)

    def to(self, device: torch.device) -> SentenceGroup:
        return SentenceGroup(self.owner.to(device), self.words.to(device), self.weights.to(device))


@dataclass(frozen=True)
class Batch:
    """Pictures and all their sentences."""

    grid: Tensor  # (n, cells, 512)
    pooled: Tensor  # (n, 1280)
    attributes: Tensor  # (n, attributes) logits
    groups: tuple[SentenceGroup, ...]

    def to(self, device: torch.device) -> Batch:
        groups = tuple(group.to(device) for group in self.groups)
        return Batch(self.grid.to(device), self.pooled.to(device), self.attributes.to(device), groups)


def make_examples(rows: list[CaptionedImage], dataset: DatasetConfig, encode: SentenceEncoder) -> list[Example]:
    """The training pictures of one set with the sentences that can be learnt from."""
    examples = []
    for index, row in enumerate(rows):
        if row.split != "train":
            continue
        kept = []
        for position, caption in enumerate(row.captions[:CAPTIONS_PER_PICTURE]):
            ids = encode(caption)
            if dataset.exclude and re.search(dataset.exclude, caption.lower()):
                continue
            if len(ids) > 3 and ids.count(UNKNOWN) <= dataset.max_unknown:
                kept.append((ids, dataset.weight * (dataset.later_weight if position else 1.0)))
        if kept:
            examples.append(Example(dataset.name, index, tuple(k[0] for k in kept), tuple(k[1] for k in kept)))
    return examples


def load_examples(config: ExportConfig, vocabulary: Vocabulary) -> list[Example]:
    """The training examples of every configured set."""
    encode = SentenceEncoder(vocabulary, config.train.max_words)
    return [
        example
        for dataset in config.datasets
        for example in make_examples(read_dataset(dataset, Path(config.data_root)), dataset, encode)
    ]


class BatchMaker:
    """Shuffled batches of about so many sentences, on the plain or the mirrored features."""

    def __init__(self, config: ExportConfig, vocabulary: Vocabulary) -> None:
        self.examples = load_examples(config, vocabulary)
        self.sentences = sum(len(example.captions) for example in self.examples)
        self._size = config.train.batch_sentences
        self._features = {
            d.name: [load_features(config.run_folder, d.name, mirrored) for mirrored in views(d, config)]
            for d in config.datasets
        }
        self._attributes = {
            d.name: [load_attributes(config.run_folder, d.name, mirrored) for mirrored in views(d, config)]
            for d in config.datasets
        }

    def epoch(self, seed: int) -> Iterator[Batch]:
        """One pass over all examples; the same seed gives the same batches, so that a run can be resumed."""
        chance = random.Random(seed)
        order = list(self.examples)
        chance.shuffle(order)
        part: list[Example] = []
        count = 0
        for example in order:
            part.append(example)
            count += len(example.captions)
            if count >= self._size:
                yield self.batch(part, chance)
                part, count = [], 0

    def batch(self, part: list[Example], chance: random.Random) -> Batch:
        """These pictures with all their sentences, each picture in one of its views."""
        view = [(e, chance.randrange(len(self._features[e.source]))) for e in part]
        grid = np.stack([self._features[e.source][v].grid[e.index] for e, v in view])
        pooled = np.stack([self._features[e.source][v].pooled[e.index] for e, v in view])
        attributes = np.stack([self._attributes[e.source][v][e.index] for e, v in view])
        sentences = [
            (len(ids), k, ids, w) for k, e in enumerate(part) for ids, w in zip(e.captions, e.weights, strict=True)
        ]
        sentences.sort(key=lambda s: s[0])
        size = -(-len(sentences) // GROUPS)
        groups = tuple(sentence_group(sentences[a : a + size]) for a in range(0, len(sentences), size))
        tensors = [torch.from_numpy(values).float() for values in (grid, pooled, attributes)]
        return Batch(tensors[0], tensors[1], tensors[2], groups)


def sentence_group(sentences: list[tuple[int, int, tuple[int, ...], float]]) -> SentenceGroup:
    """Sentences as (length, owner, word numbers, weight), sorted by length."""
    words = torch.full((len(sentences), sentences[-1][0]), PAD)
    for row, (length, _, ids, _) in enumerate(sentences):
        words[row, :length] = torch.tensor(ids)
    return SentenceGroup(torch.tensor([s[1] for s in sentences]), words, torch.tensor([s[3] for s in sentences]))
