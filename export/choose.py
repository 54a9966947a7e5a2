"""Fit the weights of the choice among beams on val pictures, and write them to the run's `choice.json`."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.captioning.beam_search import Hypothesis, beam_search
from desktop_app.captioning.captioner import Captioner
from desktop_app.captioning.choice import SEEN, SIGNALS, Choice
from desktop_app.captioning.manifest import ChoiceEntry
from desktop_app.errors import UsageError
from desktop_app.sources.image import ImageSource
from export.cider import CiderReferences, DocumentFrequencies
from export.commands import add_config_argument, configured
from export.config import ExportConfig
from export.datasets import CaptionedImage, of_split, read_dataset
from export.metrics import quick_scores
from export.supported import Support
from export.tokens import tokenize
from export.wordnet import DEFAULT_FOLDER, WordNet

logger = logging.getLogger(__name__)
CHOICE_FILE = "choice.json"
STEPS, RATE = 200, 0.25
DECAY = 1e-4
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Candidates:
    """The beams of the val pictures of one set; pictures with fewer beams are filled up."""

    rows: list[CaptionedImage]
    sentences: list[list[str]]
    signals: Floats  # (n, beams, signals)
    rewards: Floats  # (n, beams)
    there: NDArray[np.bool_]  # (n, beams)

    def part(self, which: slice) -> Candidates:
        """Every other picture, for instance."""
        return Candidates(
            self.rows[which], self.sentences[which], self.signals[which], self.rewards[which], self.there[which]
        )


@dataclass(frozen=True)
class Judge:
    """What a sentence is worth: CIDEr, and something more when every thing in it is really there."""

    frequencies: DocumentFrequencies
    support: Support
    support_weight: float

    def rewards(self, sentences: Sequence[str], references: Sequence[str]) -> list[float]:
        truth = CiderReferences.of([" ".join(tokenize(text)) for text in references], self.frequencies)
        supported = [not self.support.unsupported(text, references) for text in sentences]
        return [
            truth.score(text) + self.support_weight * there for text, there in zip(sentences, supported, strict=True)
        ]


def search(captioner: Captioner, row: CaptionedImage, choice: Choice) -> tuple[list[Hypothesis], Floats]:
    """The beams of one picture and their signals `(beams, signals)`."""
    side = captioner.package.manifest.input.side
    encoded = captioner.network.encode(captioner.pixels(ImageSource.from_path(row.path).load(side).image)[None])
    found = beam_search(captioner.network.step, captioner.network.start(encoded), 1, captioner.defaults)[0]
    signals = choice.signals(found, {name: encoded[name][0] for name in SEEN})
    return found, np.stack([signals[name] for name in SIGNALS], 1).astype(np.float64)


def collect(captioner: Captioner, rows: list[CaptionedImage], choice: Choice, judge: Judge) -> Candidates:
    """Search and judge all sentences for these pictures."""
    beams = captioner.defaults.beam_width
    signals, rewards = np.zeros((len(rows), beams, len(SIGNALS))), np.zeros((len(rows), beams))
    there = np.zeros((len(rows), beams), np.bool_)
    sentences = []
    for k, row in enumerate(rows):
        found, values = search(captioner, row, choice)
        texts = [captioner.package.vocabulary.sentence(hypothesis.words) for hypothesis in found]
        signals[k, : len(found)], there[k, : len(found)] = values, True
        rewards[k, : len(found)] = judge.rewards(texts, row.captions)
        sentences.append(texts)
    return Candidates(rows, sentences, signals, rewards, there)


def fit_weights(sets: Sequence[Candidates]) -> Floats:
    """Weights of the signals that make the expected reward of a softmax choice as large as possible.

    Minimum risk training of a log-linear model (Smith and Eisner 2006), by Adam from zero. Each set counts with the
    square root of its pictures. The weights are those of the signals as they are.
    """
    there = np.concatenate([s.there for s in sets])
    rewards = np.concatenate([s.rewards for s in sets])
    share = np.concatenate([np.full(len(s.rows), len(s.rows) ** -0.5) for s in sets])
    share /= share.sum()
    signals = _centred(np.concatenate([s.signals for s in sets]), there)
    spread = np.sqrt((share[:, None, None] * signals**2).sum((0, 1)) / (share * there.sum(1)).sum()) + 1e-9
    signals /= spread
    weights, mean, square = np.zeros((3, len(spread)))
    for step in range(1, STEPS + 1):
        chances = _softmax(np.where(there, signals @ weights, -np.inf))
        gain = share[:, None] * chances * (rewards - (chances * rewards).sum(1, keepdims=True))
        slope = np.einsum("nbs,nb->s", signals, gain) - DECAY * weights
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        rate = RATE * min(1.0, 3 * (1 - step / (STEPS + 1)))
        weights = weights + rate * mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.99**step)) + 1e-9)
    result: Floats = weights / spread / max(float(np.abs(weights).sum()), 1e-9)
    return result


def _centred(signals: Floats, there: NDArray[np.bool_]) -> Floats:
    """Each signal less its mean over the beams of its picture; 0 where there is no beam."""
    mean = (signals * there[:, :, None]).sum(1, keepdims=True) / there.sum(1)[:, None, None]
    result: Floats = (signals - mean) * there[:, :, None]
    return result


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(1, keepdims=True))
    result: Floats = powers / powers.sum(1, keepdims=True)
    return result


def chosen(candidates: Candidates, weights: Floats) -> NDArray[np.int64]:
    """Which beam the weights choose, for each picture."""
    return np.where(candidates.there, candidates.signals @ weights, -np.inf).argmax(1)


def figures(candidates: Candidates, picks: NDArray[np.int64], support: Support) -> dict[str, float]:
    """BLEU-4, CIDEr and the share of sentences in which every thing is supported."""
    texts = {k: candidates.sentences[k][pick] for k, pick in enumerate(picks)}
    references = {k: row.captions for k, row in enumerate(candidates.rows)}
    supported = np.mean([not support.unsupported(texts[k], references[k]) for k in texts])
    return {**quick_scores(texts, references), "supported": float(supported)}


def compare(sets: dict[str, Candidates], support: Support) -> dict[str, dict[str, dict[str, float]]]:
    """Figures of each set: the likeliest beam, and the chosen one with weights fitted on the other half of val."""
    halves = [slice(0, None, 2), slice(1, None, 2)]
    fitted = [fit_weights([s.part(half) for s in sets.values()]) for half in halves]
    result = {}
    for name, candidates in sets.items():
        picks = np.zeros(len(candidates.rows), np.int64)
        for half, weights in zip(halves, reversed(fitted), strict=True):
            picks[half] = chosen(candidates.part(half), weights)
        result[name] = {
            "likeliest": figures(candidates, np.zeros_like(picks), support),
            "chosen": figures(candidates, picks, support),
        }
    return result


def run_choose(config: ExportConfig, options: argparse.Namespace) -> None:
    """Fit on the val pictures, tell what it brings on pictures that were not fitted on, and write the weights."""
    captioner = Captioner.load(options.package, "cpu", threads=1)
    if captioner.package.neighbours is None:
        raise UsageError("The package has no index of neighbours: run descry neighbours and descry publish first.")
    choice = Choice(captioner.package.neighbours, options.neighbours, dict.fromkeys(SIGNALS, 0.0))
    if options.beam_width:
        captioner.defaults = replace(captioner.defaults, beam_width=options.beam_width)
    rows = {name: read_dataset(config.dataset(name), Path(config.data_root)) for name in options.sets}
    training = [
        [" ".join(tokenize(c)) for c in r.captions] for found in rows.values() for r in found if r.split == "train"
    ]
    support = Support(WordNet.load(options.wordnet))
    judge = Judge(DocumentFrequencies.of(training), support, options.support_weight)
    sets = {}
    for name, found in rows.items():
        sets[name] = collect(captioner, [found[k] for k in of_split(found, "val")], choice, judge)
        logger.info("%s: %d pictures searched", name, len(sets[name].rows))
    for name, table in compare(sets, support).items():
        for how, values in table.items():
            logger.info("%s, %s: %s", name, how, ", ".join(f"{key} {value:.4f}" for key, value in values.items()))
    weights = fit_weights(list(sets.values()))
    entry = ChoiceEntry(
        options.neighbours, {name: round(float(w), 4) for name, w in zip(SIGNALS, weights, strict=True)}
    )
    (config.run_folder / CHOICE_FILE).write_text(json.dumps(asdict(entry), indent=2) + "\n", encoding="utf-8")
    logger.info("%s: %s", CHOICE_FILE, entry)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="descry choose", description=__doc__)
    add_config_argument(parser)
    parser.add_argument("--package", type=Path, required=True, help="published package with an index of neighbours")
    parser.add_argument("--sets", nargs="+", required=True, metavar="NAME", help="data sets whose val pictures count")
    parser.add_argument("--neighbours", type=int, default=20, help="training pictures to ask (default: %(default)s)")
    parser.add_argument("--beam-width", type=int, dest="beam_width", help="default: the package's")
    parser.add_argument("--support-weight", type=float, default=0.5, dest="support_weight",
                        help="worth of a sentence of supported things, in CIDEr (default: %(default)s)")  # fmt: skip
    parser.add_argument("--wordnet", type=Path, default=DEFAULT_FOLDER, help="folder of WordNet 3.0")
    return configured(parser, arguments, run_choose)
