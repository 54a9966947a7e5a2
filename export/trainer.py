"""One training phase: averaged weights, a schedule bounded by epochs or hours, checkpoints that resume."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from export.config import TrainConfig
from export.model import EncoderDecoder
from export.objectives import Objective

logger = logging.getLogger(__name__)
LOG_EVERY = 50
AfterEpoch = Callable[[dict[str, Tensor], "Progress"], None]
"""Gets the averaged weights and how far the phase is."""


@dataclass
class Progress:
    """Where a phase stands; saved with every checkpoint."""

    epoch: int = 0
    batch: int = 0
    """Batches done in this epoch."""
    step: int = 0
    seconds: float = 0.0


def learning_rate(config: TrainConfig, progress: Progress, total_steps: int) -> float:
    """Linear warm-up, then a cosine to 3 % at the end of the steps or of the hours, whichever comes first."""
    done = min(1.0, max(progress.step / total_steps, progress.seconds / (config.hours * 3600)))
    warmup = min(1.0, (progress.step + 1) / config.warmup_steps)
    return config.learning_rate * warmup * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * done)))


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


class Trainer:
    """A phase on one objective: model, optimiser, average and progress, all in the checkpoint."""

    def __init__(self, config: TrainConfig, model: EncoderDecoder, objective: Objective[Any], checkpoint: Path) -> None:
        self.config, self.model, self.objective, self.checkpoint = config, model, objective, checkpoint
        self.optimizer = torch.optim.AdamW(
            [p for p in model.parameters() if p.requires_grad],
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            betas=(0.9, 0.98),
            fused=True,  # several times faster on a CPU
        )
        self.average = WeightAverage(model, config.average)
        self.progress = Progress()
        self.total_steps = config.epochs * objective.steps

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
        device = next(self.model.parameters()).device
        saved = torch.load(self.checkpoint, map_location=device, weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.average.weights = saved["average"]
        self.progress = Progress(**saved["progress"])
        torch.set_rng_state(saved["rng"].cpu())
        return True

    def is_done(self) -> bool:
        used = self.progress.seconds >= self.config.hours * 3600
        return used or self.progress.epoch >= self.config.epochs

    def step(self, batch: Any) -> float:
        """One step of the optimiser; returns the loss."""
        rate = learning_rate(self.config, self.progress, self.total_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss = self.objective.loss(self.model, batch)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        self.optimizer.step()
        self.progress.step += 1
        self.average.update(self.model, self.progress.step)
        return loss.item()

    def run_epoch(self) -> None:
        """The rest of the current epoch, or less when the hours are used up."""
        self.model.train()
        losses: list[float] = []
        saved_at = time.monotonic()
        for number, batch in enumerate(self.objective.epoch(seed=self.config.seed * 1000 + self.progress.epoch)):
            if number < self.progress.batch:
                continue  # done before the interruption
            started = time.monotonic()
            losses.append(self.step(batch))
            self.progress.batch = number + 1
            self.progress.seconds += time.monotonic() - started
            if self.progress.step % LOG_EVERY == 0:
                self._log(losses[-LOG_EVERY:])
            if time.monotonic() - saved_at > self.config.checkpoint_minutes * 60:
                self.save()
                saved_at = time.monotonic()
            if self.progress.seconds >= self.config.hours * 3600:
                return
        self.progress.epoch += 1
        self.progress.batch = 0

    def _log(self, losses: list[float]) -> None:
        mean, progress = sum(losses) / len(losses), self.progress
        logger.info("step %d of %d, loss %.3f, %.0f s", progress.step, self.total_steps, mean, progress.seconds)

    def run(self, after_epoch: AfterEpoch) -> None:
        """Train until epochs or hours are used up."""
        logger.info("%s: %s", self.checkpoint.stem, "resumed" if self.resume() else "new run")
        while not self.is_done():
            self.run_epoch()
            self.save()
            after_epoch(self.average.state_dict(self.model), self.progress)
