"""Training: first on sentences without pictures, if there are any, then on pictures; starts again where it stopped."""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from desktop_app.captioning.beam_search import DecodingOptions
from desktop_app.captioning.vocabulary import Vocabulary
from export.attributes import attribute_words, load_attributes
from export.backbone import cell_count, feature_sizes
from export.commands import add_config_argument, configured
from export.config import ExportConfig
from export.datasets import of_split, read_dataset
from export.features import load_features
from export.metrics import quick_scores
from export.model import EncoderDecoder
from export.objectives import PictureObjective, TextObjective
from export.tokens import REPEATABLE_WORDS
from export.torch_step import generate
from export.trainer import Progress, Trainer

logger = logging.getLogger(__name__)
VALIDATION_PICTURES = 500


def new_model(config: ExportConfig, vocabulary: Vocabulary) -> EncoderDecoder:
    """The untrained model of a configuration."""
    attributes = len(attribute_words(vocabulary, config.model.attributes))
    sizes = replace(config.model, attributes=attributes, tokens=min(config.model.tokens, attributes))
    return EncoderDecoder(sizes, feature_sizes(config.encoder), cell_count(config.encoder), len(vocabulary))


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
            attributes = load_attributes(config.run_folder, dataset.name)
            hypotheses = generate(model, features, attributes, chosen, options)
            found = {k: vocabulary.sentence(h[0].words) for k, h in hypotheses}
            scores = quick_scores(found, {k: rows[k].captions for k in chosen})
            result[dataset.name] = {**scores, "pictures": len(chosen), "distinct": len(set(found.values()))}
    return result


class Training:
    """The phases of a run, each from the weights of the one before."""

    def __init__(self, config: ExportConfig) -> None:
        self.config, self.run = config, config.run_folder
        torch.manual_seed(config.train.seed)
        torch.set_num_threads(config.train.threads)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.vocabulary = Vocabulary.load(self.run / "vocabulary.json")

    def run_all(self) -> None:
        """Every phase that is not finished yet; `weights.pt` is what is exported."""
        if self.config.text.path:
            self.pretrain()
        self.train()
        if self.config.refine.epochs:
            self.refine()

    def pretrain(self) -> None:
        """Writes `text.pt`: the averaged weights after the phase on text."""
        if (self.run / "text.pt").exists():
            return
        model = new_model(self.config, self.vocabulary).to(self.device)
        objective = TextObjective(self.config, self.vocabulary, self.device)
        trainer = Trainer(self.config.pretrain, model, objective, self.run / "text_checkpoint.pt")
        trainer.run(lambda _, progress: self._log("text", progress, {}))
        torch.save(_on_cpu(trainer.average.state_dict(model)), self.run / "text.pt")

    def train(self) -> None:
        """Writes `pictures.pt` and `weights.pt` after every epoch, with a line of scores in log.jsonl."""
        model = self._model("text.pt" if (self.run / "text.pt").exists() else None)
        head = torch.load(self.run / "attributes.pt", map_location=self.device, weights_only=True)
        model.head.attribute.load_state_dict(head)
        objective = PictureObjective(self.config, self.vocabulary, self.device)
        Trainer(self.config.train, model, objective, self.run / "checkpoint.pt").run(self._after_epoch)

    def refine(self) -> None:
        """Writes `refined.pt` after every epoch, and the mixture of it and `pictures.pt` as `weights.pt`."""
        from export.self_critical import SelfCriticalObjective  # needs WordNet, which other phases do not

        model = self._model("pictures.pt")
        objective = SelfCriticalObjective(self.config, self.vocabulary, self.device)
        Trainer(self.config.refine, model, objective, self.run / "refine_checkpoint.pt").run(self._after_refining)

    def _model(self, weights: str | None) -> EncoderDecoder:
        model = new_model(self.config, self.vocabulary).to(self.device)
        if weights:
            model.load_state_dict(torch.load(self.run / weights, map_location=self.device, weights_only=True))
        return model

    def _after_epoch(self, weights: dict[str, Tensor], progress: Progress) -> None:
        torch.save(_on_cpu(weights), self.run / "pictures.pt")
        self._publish("pictures", weights, progress)

    def _after_refining(self, weights: dict[str, Tensor], progress: Progress) -> None:
        torch.save(_on_cpu(weights), self.run / "refined.pt")
        before = torch.load(self.run / "pictures.pt", map_location=self.device, weights_only=True)
        mixed = {name: before[name].lerp(after, self.config.refine.share) for name, after in weights.items()}
        self._publish("refine", mixed, progress)

    def _publish(self, phase: str, weights: dict[str, Tensor], progress: Progress) -> None:
        torch.save(_on_cpu(weights), self.run / "weights.pt")
        model = new_model(self.config, self.vocabulary).to(self.device)
        model.load_state_dict(weights)
        self._log(phase, progress, validate(self.config, model, self.vocabulary))

    def _log(self, phase: str, progress: Progress, scores: dict[str, Any]) -> None:
        line = {"phase": phase, "epoch": progress.epoch, "step": progress.step, "seconds": round(progress.seconds)}
        with (self.run / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line | scores) + "\n")
        logger.info("%s", line | scores)


def _on_cpu(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: values.cpu() for name, values in weights.items()}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="descry train", description=__doc__)
    add_config_argument(parser)
    return configured(parser, arguments, lambda config, _: Training(config).run_all())
