"""Vocabulary building: one list of words for all sets, so that food, rooms and household things have words at all."""

from __future__ import annotations

import argparse
import logging
from collections import Counter
from pathlib import Path

from desktop_app.captioning.vocabulary import Vocabulary
from desktop_app.errors import AppError
from export.commands import add_config_argument, configured
from export.config import ExportConfig
from export.datasets import read_dataset
from export.tokens import split_rare_compounds, tokenize

logger = logging.getLogger(__name__)


def count_words(config: ExportConfig) -> Counter[str]:
    """How often each word stands in the training sentences, weighted as the sets are."""
    sentences = [
        (tokenize(caption), dataset.weight)
        for dataset in config.datasets
        for row in read_dataset(dataset, Path(config.data_root))
        if row.split == "train"
        for caption in row.captions
    ]
    sentences += [(tokenize(line), config.text.weight) for line in text_lines(config)]
    compounds: Counter[str] = Counter()
    for words, _ in sentences:
        compounds.update(words)
    counts: Counter[str] = Counter()
    for words, weight in sentences:
        for word in split_rare_compounds(words, compounds, config.vocabulary_min_count):
            counts[word] += weight  # type: ignore[assignment]  # weighted counts
    return counts


def text_lines(config: ExportConfig) -> list[str]:
    """The sentences without pictures, in the order of their file; none when none are configured."""
    if not config.text.path:
        return []
    path = Path(config.data_root) / config.text.path
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise AppError(f"The sentences {path.name} cannot be read: {error.strerror}.") from error


def build_vocabulary(config: ExportConfig) -> Vocabulary:
    """Words in order of frequency, the rarest left out."""
    counts = count_words(config)
    kept = [
        w for w, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if n >= config.vocabulary_min_count
    ]
    return Vocabulary.of(kept)


def run_vocabulary(config: ExportConfig) -> None:
    config.run_folder.mkdir(parents=True, exist_ok=True)
    vocabulary = build_vocabulary(config)
    vocabulary.save(config.run_folder / "vocabulary.json")
    logger.info("%d words", len(vocabulary))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="descry vocabulary", description=__doc__)
    add_config_argument(parser)
    return configured(parser, arguments, lambda config, _: run_vocabulary(config))
