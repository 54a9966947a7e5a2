"""Self-critical training: what is drawn, how it is judged, and that better sentences become likelier."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.export.conftest import Run
from tests.fixtures.tiny_wordnet import write_wordnet

pytest.importorskip("torch", reason="torch is not installed: run python3 start.py setup train")

import torch

from desktop_app.captioning.vocabulary import END, PAD, START, UNKNOWN, Vocabulary
from export.config import ExportConfig, RefineConfig
from export.self_critical import Reward, SelfCriticalObjective, sample, sentence_log_probs
from export.train import new_model
from export.trainer import Trainer
from export.training_data import BatchMaker


@pytest.fixture
def config(prepared: Run, tmp_path: Path) -> ExportConfig:
    wordnet = write_wordnet(tmp_path / "wordnet")
    refine = RefineConfig(
        epochs=25, hours=1000.0, learning_rate=1e-2, warmup_steps=1, pictures=6, samples=4, max_words=8,
        wordnet=str(wordnet), support_weight=0.0, min_references=2, cross_entropy=0.0, average=0.9,
    )  # fmt: skip
    return replace(prepared.config, refine=refine)


@pytest.fixture
def vocabulary(prepared: Run) -> Vocabulary:
    return Vocabulary.load(prepared.config.run_folder / "vocabulary.json")


def test_samples_are_whole_sentences_of_words(config: ExportConfig, vocabulary: Vocabulary) -> None:
    torch.manual_seed(1)
    model = new_model(config, vocabulary).eval()
    batch = next(BatchMaker(config, vocabulary).epoch(seed=1))
    picture = model.head(batch.grid, batch.pooled, batch.attributes)
    words = sample(model, picture, max_words=5)
    assert words.shape[0] == len(batch.grid)
    assert words.shape[1] <= 6
    assert set(words[:, 0].tolist()) == {START}
    for row in words[:, 1:].tolist():
        assert not {START, UNKNOWN} & set(row)
        ended = row.index(END) if END in row else len(row)
        assert PAD not in row[:ended]
        assert set(row[ended + 1 :]) <= {PAD}


@torch.no_grad()
def test_log_probabilities_are_the_decoders(config: ExportConfig, vocabulary: Vocabulary) -> None:
    torch.manual_seed(1)
    model = new_model(config, vocabulary).eval()
    batch = next(BatchMaker(config, vocabulary).epoch(seed=1))
    picture = model.head(batch.grid[:2], batch.pooled[:2], batch.attributes[:2])
    words = torch.tensor([[START, 4, 5, END], [START, 6, END, PAD]])
    found = sentence_log_probs(model, picture, words)
    scores = model.decoder(words, picture)[0].log_softmax(-1)
    expected = [sum(float(scores[r, t, words[r, t + 1]]) for t in range(steps)) for r, steps in ((0, 3), (1, 2))]
    assert found.tolist() == pytest.approx(expected, abs=1e-5)


def test_the_reward_prefers_what_people_wrote(config: ExportConfig, vocabulary: Vocabulary) -> None:
    index = vocabulary.index()
    example = next(e for e in BatchMaker(config, vocabulary).examples if index["red"] in e.captions[0])
    reward = Reward(config, vocabulary)
    assert reward.knows(example)
    said = [
        [START, *(index[w] for w in s.split()), END] for s in ("a red square on a wall", "a red wall", "a blue sky")
    ]
    scores = [reward(example, words) for words in said]
    assert scores[0] > scores[1] > scores[2] == pytest.approx(0.0, abs=0.3)


def test_training_raises_the_reward(config: ExportConfig, vocabulary: Vocabulary, tmp_path: Path) -> None:
    torch.manual_seed(3)
    model = new_model(config, vocabulary)
    objective = SelfCriticalObjective(config, vocabulary, torch.device("cpu"))

    def mean_reward() -> float:
        torch.manual_seed(5)
        model.eval()
        total, count = 0.0, 0
        reward = Reward(config, vocabulary)
        for examples, batch in objective.epoch(seed=9):
            owner = torch.arange(len(examples)).repeat_interleave(8)
            seen = model.head(batch.grid, batch.pooled, batch.attributes)
            words = sample(model, seen.rows(owner), 8).tolist()
            total += sum(reward(examples[k // 8], row) for k, row in enumerate(words))
            count += len(words)
        return total / count

    before = mean_reward()
    Trainer(config.refine, model, objective, tmp_path / "refine.pt").run(lambda _weights, _progress: None)
    assert mean_reward() > 2 * before
