"""Training: teacher forcing with label smoothing on cached features, averaged weights, checkpoints that resume."""

from __future__ import annotations

import argparse
import json
import logging
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.captioning.beam_search import DecodingOptions
from desktop_app.captioning.vocabulary import PAD, Vocabulary
from export.backbone import STRIDE
from export.commands import add_config_argument, configured
from export.config import ExportConfig, TrainConfig
from export.datasets import of_split, read_dataset
from export.features import load_features
from export.metrics import quick_scores
from export.model import EncoderDecoder
from export.tokens import REPEATABLE_WORDS
from export.torch_step import generate
from export.training_data import Batch, BatchMaker, attribute_words

logger = logging.getLogger(__name__)
VALIDATION_PICTURES = 500
LOG_EVERY = 50


@dataclass
class Progress:
    """Where a run stands; saved with every checkpoint."""

    epoch: int = 0
    batch: int = 0
    """Batches done in this epoch."""
    step: int = 0
    seconds: float = 0.0


def new_model(config: ExportConfig, vocabulary: Vocabulary) -> EncoderDecoder:
    """The untrained model of a configuration."""
    attributes = len(attribute_words(vocabulary, config.model.attributes))
    cells = (config.encoder.side // STRIDE) ** 2
    return EncoderDecoder(config.model, cells, len(vocabulary), attributes)


def learning_rate(config: TrainConfig, progress: Progress, total_steps: int) -> float:
    """Linear warm-up, then a cosine to 3 % at the end of the steps or of the hours, whichever comes first."""
    done = min(1.0, max(progress.step / total_steps, progress.seconds / (config.hours * 3600)))
    warmup = min(1.0, (progress.step + 1) / config.warmup_steps)
    return config.learning_rate * warmup * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * done)))


def batch_loss(model: EncoderDecoder, batch: Batch, config: TrainConfig) -> tuple[Tensor, Tensor]:
    """Loss to minimise and its caption part: cross-entropy per word, plus the attribute head's."""
    picture, attributes = model.head(batch.grid, batch.pooled)
    total, weight = torch.zeros((), device=batch.grid.device), 0.0
    for group in batch.groups:
        z, _ = model.decoder.hidden(group.words[:, :-1], picture.rows(group.owner))
        target = group.words[:, 1:]  # (b, t)
        real = target != PAD
        losses = F.cross_entropy(
            model.decoder.scores(z[real]), target[real], reduction="none", label_smoothing=config.label_smoothing
        )
        weights = group.weights[:, None].expand_as(target)[real]
        total = total + (losses * weights).sum()
        weight += float(weights.sum())
    caption = total / weight
    tags = F.binary_cross_entropy_with_logits(attributes, batch.attributes, reduction="none").sum(1).mean()
    return caption + config.attribute_weight * tags, caption.detach()


class WeightAverage:
    """Exponential moving average of the weights (Polyak averaging), which generalises better than the last step."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.weights = [p.detach().clone() for p in model.parameters()]

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        decay = min(self.decay, step / (step + 20))
        torch._foreach_mul_(self.weights, decay)
        torch._foreach_add_(self.weights, [p.detach() for p in model.parameters()], alpha=1 - decay)

    def state_dict(self, model: nn.Module) -> dict[str, Tensor]:
        return {name: w for (name, _), w in zip(model.named_parameters(), self.weights, strict=True)}


def validate(config: ExportConfig, model: EncoderDecoder, vocabulary: Vocabulary) -> dict[str, Any]:
    """BLEU-4 and CIDEr on up to 500 `val` pictures of each set that has five sentences a picture, beam 3."""
    model.eval()
    index = vocabulary.index()
    repeatable = frozenset(index[word] for word in REPEATABLE_WORDS if word in index)
    options = DecodingOptions(3, config.decoding.max_length, config.decoding.length_exponent, repeatable)
    result: dict[str, Any] = {}
    for dataset in config.datasets:
        rows = read_dataset(dataset, Path(config.data_root))
        chosen = [k for k in of_split(rows, "val") if len(rows[k].captions) >= 5][:VALIDATION_PICTURES]
        if chosen:
            features = load_features(config.run_folder, dataset.name)
            found = {k: vocabulary.sentence(h[0].words) for k, h in generate(model, features, chosen, options)}
            scores = quick_scores(found, {k: rows[k].captions for k in chosen})
            result[dataset.name] = {**scores, "pictures": len(chosen), "distinct": len(set(found.values()))}
    return result


class Trainer:
    """One run: model, optimiser, average and progress, all in the checkpoint."""

    def __init__(self, config: ExportConfig) -> None:
        self.config = config
        torch.manual_seed(config.train.seed)
        torch.set_num_threads(config.train.threads)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.vocabulary = Vocabulary.load(config.run_folder / "vocabulary.json")
        self.batches = BatchMaker(config, self.vocabulary)
        self.model = new_model(config, self.vocabulary).to(self.device)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=config.train.learning_rate,
            weight_decay=config.train.weight_decay,
            betas=(0.9, 0.98),
            fused=True,  # several times faster on a CPU
        )
        self.average = WeightAverage(self.model, config.train.average)
        self.progress = Progress()
        per_epoch = self.batches.sentences / (config.train.batch_sentences + 2)
        self.total_steps = max(1, int(config.train.epochs * per_epoch))

    @property
    def checkpoint(self) -> Path:
        return self.config.run_folder / "checkpoint.pt"

    def save(self) -> None:
        """Write the checkpoint beside the old one and replace it, so that an interruption loses nothing."""
        partial = self.checkpoint.with_suffix(".part")
        torch.save(
            {
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "average": self.average.weights,
                "progress": asdict(self.progress),
                "rng": torch.get_rng_state(),
            },
            partial,
        )
        partial.replace(self.checkpoint)

    def resume(self) -> bool:
        """Continue from the checkpoint if there is one."""
        if not self.checkpoint.exists():
            return False
        saved = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.average.weights = saved["average"]
        self.progress = Progress(**saved["progress"])
        torch.set_rng_state(saved["rng"].cpu())
        return True

    def is_done(self) -> bool:
        used = self.progress.seconds >= self.config.train.hours * 3600
        return used or self.progress.epoch >= self.config.train.epochs

    def step(self, batch: Batch) -> float:
        """One step of the optimiser; returns the caption loss."""
        train = self.config.train
        rate = learning_rate(train, self.progress, self.total_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss, caption = batch_loss(self.model, batch.to(self.device), train)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), train.clip)
        self.optimizer.step()
        self.progress.step += 1
        self.average.update(self.model, self.progress.step)
        return caption.item()

    def run_epoch(self) -> None:
        """The rest of the current epoch, or less when the hours are used up."""
        self.model.train()
        losses: list[float] = []
        saved_at = time.monotonic()
        for number, batch in enumerate(self.batches.epoch(seed=self.config.train.seed * 1000 + self.progress.epoch)):
            if number < self.progress.batch:
                continue  # done before the interruption
            started = time.monotonic()
            losses.append(self.step(batch))
            self.progress.batch = number + 1
            self.progress.seconds += time.monotonic() - started
            if self.progress.step % LOG_EVERY == 0:
                mean = sum(losses[-LOG_EVERY:]) / len(losses[-LOG_EVERY:])
                logger.info(
                    "step %d of %d, loss %.3f, %.0f s",
                    self.progress.step,
                    self.total_steps,
                    mean,
                    self.progress.seconds,
                )
            if time.monotonic() - saved_at > self.config.train.checkpoint_minutes * 60:
                self.save()
                saved_at = time.monotonic()
            if self.progress.seconds >= self.config.train.hours * 3600:
                return
        self.progress.epoch += 1
        self.progress.batch = 0

    def validate_average(self) -> dict[str, Any]:
        """Scores of the averaged weights, which are then saved for export."""
        model = new_model(self.config, self.vocabulary).to(self.device)
        weights = self.average.state_dict(self.model)
        model.load_state_dict(weights)
        torch.save({k: v.cpu() for k, v in weights.items()}, self.config.run_folder / "weights.pt")
        return validate(self.config, model, self.vocabulary)

    def run(self) -> None:
        """Train until epochs or hours are used up; one line of scores an epoch in log.jsonl."""
        logger.info("%s; %d pictures, %d sentences, %d words", "resumed" if self.resume() else "new run",
                    len(self.batches.examples), self.batches.sentences, len(self.vocabulary))  # fmt: skip
        while not self.is_done():
            self.run_epoch()
            scores = self.validate_average()
            self.save()
            line = {
                "epoch": self.progress.epoch,
                "step": self.progress.step,
                "seconds": round(self.progress.seconds),
                **scores,
            }
            with (self.config.run_folder / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
            logger.info("%s", line)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="descry train", description=__doc__)
    add_config_argument(parser)
    return configured(parser, arguments, lambda config, _: Trainer(config).run())
