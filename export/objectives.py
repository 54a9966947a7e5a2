"""What a training phase minimises: sentences of pictures, or sentences alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.captioning.vocabulary import PAD, Vocabulary
from export.config import ExportConfig
from export.model import EncoderDecoder, PictureTensors
from export.text_data import TextBatch, TextBatchMaker
from export.training_data import Batch, BatchMaker, SentenceGroup

B = TypeVar("B")


class Objective(Protocol[B]):
    """Batches and their loss."""

    @property
    def steps(self) -> int:
        """Batches of one epoch, about."""

    def epoch(self, seed: int) -> Iterator[B]:
        """One pass over the data; the same seed gives the same batches, so that a run can be resumed."""

    def loss(self, model: EncoderDecoder, batch: B) -> Tensor:
        """What to minimise for one batch."""


def sentence_loss(
    model: EncoderDecoder, picture: PictureTensors, groups: tuple[SentenceGroup, ...], smoothing: float
) -> Tensor:
    """Weighted mean cross-entropy per word, teacher forcing, with label smoothing (Szegedy et al. 2016)."""
    total, weight = torch.zeros((), device=picture.context.device), 0.0
    for group in groups:
        z, _ = model.decoder.hidden(group.words[:, :-1], picture.rows(group.owner))
        target = group.words[:, 1:]  # (b, t)
        real = target != PAD
        losses = F.cross_entropy(
            model.decoder.scores(z[real]), target[real], reduction="none", label_smoothing=smoothing
        )
        weights = group.weights[:, None].expand_as(target)[real]
        total = total + (losses * weights).sum()
        weight += float(weights.sum())
    return total / weight


class TextObjective:
    """Sentences from their own likely words."""

    def __init__(self, config: ExportConfig, vocabulary: Vocabulary, device: torch.device) -> None:
        self._batches = TextBatchMaker(config, vocabulary, config.pretrain.batch_sentences)
        self._smoothing, self._device = config.pretrain.label_smoothing, device
        self.steps = max(1, len(self._batches.sentences) // config.pretrain.batch_sentences)

    def epoch(self, seed: int) -> Iterator[TextBatch]:
        return self._batches.epoch(seed)

    def loss(self, model: EncoderDecoder, batch: TextBatch) -> Tensor:
        batch = batch.to(self._device)
        picture = model.head.of_words(batch.words, batch.probabilities)
        return sentence_loss(model, picture, batch.groups, self._smoothing)


class PictureObjective:
    """Sentences from pictures, and a share of sentences without, lest their words be forgotten."""

    def __init__(self, config: ExportConfig, vocabulary: Vocabulary, device: torch.device) -> None:
        self._batches = BatchMaker(config, vocabulary)
        self._text = TextObjective(config, vocabulary, device) if config.text.path and config.text.share else None
        self._share, self._smoothing, self._device = config.text.share, config.train.label_smoothing, device
        self.steps = max(1, int(self._batches.sentences / config.train.batch_sentences * (1 + self._share)))

    def epoch(self, seed: int) -> Iterator[Batch | TextBatch]:
        text = self._text.epoch(seed) if self._text else iter(())
        due = 0.0
        for batch in self._batches.epoch(seed):
            yield batch
            due += self._share
            if due >= 1:
                due -= 1
                yield from (t for t in [next(text, None)] if t is not None)

    def loss(self, model: EncoderDecoder, batch: Batch | TextBatch) -> Tensor:
        if isinstance(batch, TextBatch):
            assert self._text is not None  # it came from there
            return self._text.loss(model, batch)
        batch = batch.to(self._device)
        return sentence_loss(
            model, model.head(batch.grid, batch.pooled, batch.attributes), batch.groups, self._smoothing
        )
