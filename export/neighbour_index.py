"""Index of the training pictures: pooled features in short and what people said of them, for the choice among beams."""

from __future__ import annotations

import argparse
import logging
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.captioning.manifest import DecodingEntry
from desktop_app.captioning.neighbours import NEIGHBOURS
from desktop_app.captioning.ngrams import Frequencies, Ngrams, unit_vectors
from desktop_app.captioning.vocabulary import END, START, Vocabulary
from export.attributes import attribute_words
from export.commands import add_config_argument, configured
from export.config import ExportConfig
from export.datasets import of_split, read_dataset
from export.features import load_features
from export.tokens import SentenceEncoder

logger = logging.getLogger(__name__)
DIMENSIONS = 128
WHITENING = 0.5
"""0 leaves the principal axes as wide as they are, 1 makes them all alike."""
LONGEST_SENTENCE = 30
MOST_PER_PICTURE = 5
MOST_NGRAMS = 65_535
COARSENESS = 3
"""Steps of 255 in which shares are stored: coarser ones take less space."""
Arrays = dict[str, NDArray[np.generic]]
Sentences = list[list[tuple[int, ...]]]
"""Word numbers of each picture's sentences."""


def load_pictures(
    config: ExportConfig, vocabulary: Vocabulary, names: list[str]
) -> tuple[NDArray[np.float32], Sentences]:
    """Pooled features `(n, p)` and sentences of the training pictures of these sets."""
    encode = SentenceEncoder(vocabulary, LONGEST_SENTENCE)
    pooled, sentences = [], []
    for name in names:
        dataset = config.dataset(name)
        rows = read_dataset(dataset, Path(config.data_root))
        train = of_split(rows, "train")
        pooled.append(load_features(config.run_folder, name).pooled[train].astype(np.float32))
        for row in train:
            numbered = [encode(caption) for caption in rows[row].captions[:MOST_PER_PICTURE]]
            plain = [tuple(word for word in words if word not in (START, END)) for words in numbered]
            sentences.append([words for words in plain if words])
    known = [k for k, found in enumerate(sentences) if found]
    return np.concatenate(pooled)[known], [sentences[k] for k in known]


def reduce(pooled: NDArray[np.float32]) -> Arrays:
    """Principal axes of the features, and the features along them in one byte each."""
    mean = pooled.mean(0)
    values, vectors = np.linalg.eigh(np.cov((pooled - mean).T))
    largest = np.argsort(-values)[:DIMENSIONS]
    axes = (vectors[:, largest] * np.maximum(values[largest], 1e-9) ** (-WHITENING / 2)).astype(np.float16)
    mean = mean.astype(np.float16)
    codes = (pooled - mean.astype(np.float32)) @ axes.astype(np.float32)
    codes /= np.abs(codes).max(1, keepdims=True) + 1e-9
    return {"mean": mean, "axes": axes, "codes": np.round(codes * 127).astype(np.int8)}


def count_ngrams(sentences: Sentences) -> Frequencies:
    """In how many pictures' sentences an n-gram stands, for the most frequent ones."""
    counts: Counter[int] = Counter()
    for found in sentences:
        counts.update(set(Ngrams.of(found).keys.tolist()))
    kept = sorted(sorted(counts, key=lambda key: (-counts[key], key))[:MOST_NGRAMS])
    numbers = np.array([min(counts[key], 65535) for key in kept], np.uint16)
    return Frequencies(np.array(kept, np.uint64), numbers, len(sentences))


def mean_vectors(sentences: Sentences, frequencies: Frequencies) -> Arrays:
    """The mean vector of each picture's sentences, in one byte each, without what is next to nothing."""
    used, shares, ends = [], [], []
    for found in sentences:
        keys, vectors = unit_vectors(found, frequencies)
        place, known = frequencies.find(keys)
        share = np.round(vectors.mean(0) * (255 // COARSENESS)) * COARSENESS
        kept = known & (share > 0)
        used.append(place[kept])
        shares.append(share[kept])
        ends.append(int(kept.sum()))
    return {
        "used": np.concatenate(used).astype(np.uint16),
        "shares": np.concatenate(shares).astype(np.uint8),
        "ends": np.cumsum(ends).astype(np.uint32),
    }


def make_index(pooled: NDArray[np.float32], sentences: Sentences, attributes: list[int]) -> Arrays:
    """The arrays of the index, as `NeighbourIndex` reads them."""
    frequencies = count_ngrams(sentences)
    return {
        **reduce(pooled),
        **mean_vectors(sentences, frequencies),
        "ngrams": frequencies.keys,
        "counts": frequencies.counts,
        "attributes": np.array(attributes, np.uint16),
    }


_SECTION = """
## How a sentence is chosen

{beams} sentences are compared, not by their probability alone: likeness to what people wrote about the
{neighbours} most similar training pictures and to the other sentences, and what the attribute head thinks of their
words (`desktop_app/captioning/choice.py`). Weights, fitted on `val`: {weights}.

`neighbours.npz` holds, of {pictures:,} training pictures ({sets}), {dimensions} numbers each, from which no picture
can be seen, and which frequent words and phrases people used of it, without the sentences. The terms of these sets
above hold for it, too. A package without this file and without `choice` in its manifest tells the likeliest sentence.
"""


def describe_choice(index: Path, decoding: DecodingEntry) -> str:
    """The part of the model card about the index and its use; empty without a choice."""
    if decoding.choice is None:
        return ""
    with np.load(index, allow_pickle=False) as file:
        codes, sets = file["codes"].shape, file["sets"].tolist()
    return _SECTION.format(
        beams=decoding.beam_width,
        neighbours=decoding.choice.neighbours,
        weights=", ".join(f"{name} {weight:g}" for name, weight in decoding.choice.weights.items()),
        pictures=codes[0],
        dimensions=codes[1],
        sets=", ".join(sets),
    )


def run_neighbours(config: ExportConfig, names: list[str]) -> None:
    """Write the index of these sets to the run's folder."""
    vocabulary = Vocabulary.load(config.run_folder / "vocabulary.json")
    pooled, sentences = load_pictures(config, vocabulary, names)
    path = config.run_folder / NEIGHBOURS
    arrays = make_index(pooled, sentences, attribute_words(vocabulary, config.model.attributes))
    np.savez_compressed(path, sets=np.array(names), **arrays)  # type: ignore[arg-type]  # no array is allow_pickle
    logger.info("%s: %d pictures, %.1f MB", path.name, len(pooled), path.stat().st_size / 1e6)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="descry neighbours", description=__doc__)
    add_config_argument(parser)
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="data sets whose pictures are asked (default: all)")
    return configured(
        parser,
        arguments,
        lambda config, options: run_neighbours(config, options.sets or [d.name for d in config.datasets]),
    )
