"""Attribute head: which words a picture's captions are likely to hold, from the CNN's pooled features.

Attributes as input of a captioner: You et al. 2016 (arXiv 1603.03925). The head is linear and trained before the
decoder, and the decoder never sees what the head says of pictures that it was trained on: those come from heads
trained on the other folds (stacking, Wolpert 1992). Else the decoder would trust it more than new pictures deserve.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from desktop_app.captioning.vocabulary import SPECIALS, Vocabulary
from export.commands import add_config_argument, configured
from export.config import ExportConfig
from export.datasets import CaptionedImage, read_dataset
from export.features import load_features, views
from export.tokens import FUNCTION_WORDS, SentenceEncoder

logger = logging.getLogger(__name__)
FOLDS = 4
EPOCHS = 6
MIN_STEPS = 300
BATCH = 256
LEARNING_RATE = 2e-3
DROPOUT = 0.3
Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Labelled:
    """One set for the attribute head: a row for each picture."""

    name: str
    pooled: list[Matrix]
    """One matrix `(n, pooled)` for each view: plain, mirrored."""
    targets: Matrix  # (n, attributes): share of the picture's sentences with the word
    weight: float
    train: NDArray[np.int64]
    """Rows that may be trained on."""


def attribute_words(vocabulary: Vocabulary, count: int) -> list[int]:
    """Numbers of the most frequent content words, which the attribute head predicts."""
    content = [i for i, w in enumerate(vocabulary.words) if i >= len(SPECIALS) and w not in FUNCTION_WORDS]
    return content[:count]


def attribute_file(run: Path, name: str, mirrored: bool) -> Path:
    return run / "features" / f"{name}_attributes{'_mirrored' if mirrored else ''}.npy"


def load_attributes(run: Path, name: str, mirrored: bool = False) -> NDArray[np.float16]:
    """Logits `(n, attributes)` of one set; `FileNotFoundError` before `descry attributes` has run."""
    logits: NDArray[np.float16] = np.load(attribute_file(run, name, mirrored), mmap_mode="r")
    return logits


def word_shares(rows: list[CaptionedImage], words: list[int], encode: SentenceEncoder) -> Matrix:
    """Share of each picture's sentences that hold each word, `(n, words)`."""
    place = {word: k for k, word in enumerate(words)}
    shares = np.zeros((len(rows), len(words)), np.float32)
    for row, item in enumerate(rows):
        for caption in item.captions:
            found = {place[i] for i in encode(caption) if i in place}
            shares[row, list(found)] += 1 / len(item.captions)
    return shares


def load_labelled(config: ExportConfig, vocabulary: Vocabulary) -> list[Labelled]:
    words = attribute_words(vocabulary, config.model.attributes)
    encode = SentenceEncoder(vocabulary, max_words=50)
    sets = []
    for dataset in config.datasets:
        rows = read_dataset(dataset, Path(config.data_root))
        train = np.array([k for k, row in enumerate(rows) if row.split == "train"], dtype=np.int64)
        pooled = [
            np.asarray(load_features(config.run_folder, dataset.name, mirrored).pooled, dtype=np.float32)
            for mirrored in views(dataset, config)
        ]
        sets.append(Labelled(dataset.name, pooled, word_shares(rows, words, encode), dataset.weight, train))
    return sets


def fit_head(sets: list[Labelled], kept: list[NDArray[np.int64]], seed: int) -> nn.Linear:
    """A linear head trained on these rows of each set: cross-entropy of each word's share, on random views."""
    chance = np.random.default_rng(seed)
    torch.manual_seed(seed)
    owner = np.concatenate([np.full(len(rows), k) for k, rows in enumerate(kept)])
    row = np.concatenate(kept)
    head = nn.Linear(sets[0].pooled[0].shape[1], sets[0].targets.shape[1])
    nn.init.constant_(head.bias, -6.0)  # most words are in no sentence of a picture
    optimizer = torch.optim.AdamW(head.parameters(), lr=LEARNING_RATE, weight_decay=1e-2, fused=True)
    steps = -(-len(row) // BATCH)
    epochs = max(EPOCHS, -(-MIN_STEPS // steps))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * steps)
    for _ in range(epochs):
        order = chance.permutation(len(row))
        for start in range(0, len(order), BATCH):
            part = order[start : start + BATCH]
            x, y, weights = _batch(sets, owner[part], row[part], chance)
            logits = head(F.dropout(x, DROPOUT))
            each = F.binary_cross_entropy_with_logits(logits, y, reduction="none").sum(1)
            optimizer.zero_grad()
            ((each * weights).sum() / weights.sum()).backward()
            optimizer.step()
            schedule.step()
    return head


def _batch(
    sets: list[Labelled], owner: NDArray[np.int64], row: NDArray[np.int64], chance: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    x = np.stack([sets[k].pooled[chance.integers(len(sets[k].pooled))][r] for k, r in zip(owner, row, strict=True)])
    y = np.stack([sets[k].targets[r] for k, r in zip(owner, row, strict=True)])
    weights = np.array([sets[k].weight for k in owner], np.float32)
    return torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(weights)


@torch.no_grad()
def predict(head: nn.Linear, pooled: Matrix) -> Matrix:
    logits: Matrix = head(torch.from_numpy(pooled)).numpy()
    return logits


def run_attributes(config: ExportConfig) -> None:
    """Write `attributes.pt`, the head trained on everything, and each set's logits: cross-fitted for training rows."""
    torch.set_num_threads(config.train.threads)
    sets = load_labelled(config, Vocabulary.load(config.run_folder / "vocabulary.json"))
    head = fit_head(sets, [s.train for s in sets], config.train.seed)
    torch.save(head.state_dict(), config.run_folder / "attributes.pt")
    logits = [[predict(head, pooled) for pooled in s.pooled] for s in sets]
    for fold in range(FOLDS):
        other = fit_head(sets, [s.train[np.arange(len(s.train)) % FOLDS != fold] for s in sets], config.train.seed)
        for s, views_of_set in zip(sets, logits, strict=True):
            rows = s.train[np.arange(len(s.train)) % FOLDS == fold]
            for pooled, values in zip(s.pooled, views_of_set, strict=True):
                values[rows] = predict(other, pooled[rows])
        logger.info("fold %d of %d", fold + 1, FOLDS)
    for s, views_of_set in zip(sets, logits, strict=True):
        for mirrored, values in zip((False, True), views_of_set, strict=False):
            np.save(attribute_file(config.run_folder, s.name, mirrored), values.astype(np.float16))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="descry attributes", description=__doc__)
    add_config_argument(parser)
    return configured(parser, arguments, lambda config, _: run_attributes(config))
