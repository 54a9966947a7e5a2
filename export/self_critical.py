"""Self-critical training: sentences drawn from the model become likelier or less so by what people wrote.

Rennie et al. 2017 (arXiv 1612.00563), with the mean of a picture's other samples as the baseline in the place of the
greedy sentence (Luo 2020, arXiv 2003.09971). Reward: CIDEr, and whether every thing that the sentence names is
supported, so that a thing too many costs more than a thing not said.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from desktop_app.captioning.vocabulary import END, PAD, START, UNKNOWN, Vocabulary
from export.cider import CiderReferences, DocumentFrequencies
from export.config import ExportConfig
from export.datasets import read_dataset
from export.model import EncoderDecoder, PictureTensors
from export.objectives import sentence_loss
from export.supported import Support
from export.tokens import tokenize
from export.training_data import Batch, BatchMaker, Example
from export.wordnet import WordNet


@dataclass(frozen=True)
class References:
    """What people wrote about one picture."""

    sentences: tuple[str, ...]
    cider: CiderReferences


class Reward:
    """Scores sentences about training pictures."""

    def __init__(self, config: ExportConfig, vocabulary: Vocabulary) -> None:
        self._vocabulary, self._weight = vocabulary, config.refine.support_weight
        self._support = Support(WordNet.load(Path(config.refine.wordnet)))
        rows = {d.name: read_dataset(d, Path(config.data_root)) for d in config.datasets}
        known = {
            (name, k): [" ".join(tokenize(c)) for c in row.captions]
            for name, of_set in rows.items()
            for k, row in enumerate(of_set)
            if row.split == "train"
        }
        frequencies = DocumentFrequencies.of(known.values())
        self._known = {
            key: References(tuple(sentences), CiderReferences.of(sentences, frequencies))
            for key, sentences in known.items()
            if len(sentences) >= config.refine.min_references
        }

    def knows(self, example: Example) -> bool:
        """Whether there are enough sentences about this picture to judge others by."""
        return (example.source, example.index) in self._known

    def __call__(self, example: Example, words: Sequence[int]) -> float:
        """Reward of one sampled sentence, about 0 to 3."""
        references = self._known[example.source, example.index]
        sentence = self._vocabulary.sentence(words)
        supported = not self._support.unsupported(sentence, references.sentences)
        return references.cider.score(sentence) + self._weight * supported


@torch.no_grad()
def sample(model: EncoderDecoder, picture: PictureTensors, max_words: int) -> Tensor:
    """One sentence drawn from the model for each row: start, words, end, padding; `(b, t)`."""
    rows = len(picture.context)
    words = torch.full((rows, 1), START, device=picture.context.device)
    drawn, state = [words], None
    ended = torch.zeros(rows, 1, dtype=torch.bool, device=words.device)
    for _ in range(max_words):
        scores, state = model.decoder(words, picture, state)
        scores = scores[:, -1]
        scores[:, [PAD, START, UNKNOWN]] = -torch.inf
        words = torch.multinomial(scores.softmax(-1), 1).masked_fill(ended, PAD)
        drawn.append(words)
        ended = ended | (words == END)
        if bool(ended.all()):
            break
    return torch.cat(drawn, 1)


class SelfCriticalObjective:
    """Expected reward of sampled sentences, with some cross-entropy of people's sentences to keep the language."""

    def __init__(self, config: ExportConfig, vocabulary: Vocabulary, device: torch.device) -> None:
        self._refine, self._device = config.refine, device
        self._reward = Reward(config, vocabulary)
        self._maker = BatchMaker(config, vocabulary)
        self._examples = [example for example in self._maker.examples if self._reward.knows(example)]
        self.steps = max(1, len(self._examples) // self._refine.pictures)

    def epoch(self, seed: int) -> Iterator[tuple[list[Example], Batch]]:
        chance = random.Random(seed)
        order = list(self._examples)
        chance.shuffle(order)
        size = self._refine.pictures
        for start in range(0, len(order) - size + 1, size):
            part = order[start : start + size]
            yield part, self._maker.batch(part, chance)

    def loss(self, model: EncoderDecoder, batch: tuple[list[Example], Batch]) -> Tensor:
        examples, pictures = batch[0], batch[1].to(self._device)
        owner = torch.arange(len(examples), device=self._device).repeat_interleave(self._refine.samples)
        model.eval()
        with torch.no_grad():
            seen = model.head(pictures.grid, pictures.pooled, pictures.attributes)
            words = sample(model, seen.rows(owner), self._refine.max_words)
        model.train()
        advantage = self._advantage(examples, words)
        picture = model.head(pictures.grid, pictures.pooled, pictures.attributes)
        likelihood = sentence_log_probs(model, picture.rows(owner), words)
        critical = -(advantage * likelihood).sum() / (words[:, 1:] != PAD).sum()
        smoothing = self._refine.label_smoothing
        return critical + self._refine.cross_entropy * sentence_loss(model, picture, pictures.groups, smoothing)

    def _advantage(self, examples: list[Example], words: Tensor) -> Tensor:
        """Reward of each sample above the mean of the picture's others, `(b,)`."""
        count = self._refine.samples
        rewards = torch.tensor([self._reward(examples[k // count], row) for k, row in enumerate(words.tolist())])
        rewards = rewards.view(-1, count)
        others = (rewards.sum(1, keepdim=True) - rewards) / (count - 1)
        return (rewards - others).flatten().to(self._device)


def sentence_log_probs(model: EncoderDecoder, picture: PictureTensors, words: Tensor) -> Tensor:
    """Log-probability of each sentence, `(b,)`."""
    z, _ = model.decoder.hidden(words[:, :-1], picture)
    target = words[:, 1:]
    real = target != PAD
    each = model.decoder.scores(z[real]).log_softmax(-1).gather(1, target[real][:, None])[:, 0]
    return torch.zeros(target.shape, device=words.device).masked_scatter(real, each).sum(1)
