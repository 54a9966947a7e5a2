"""Training: what a batch holds, and a run that was interrupted ends like one that was not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.export.conftest import Run

pytest.importorskip("torch", reason="torch is not installed: run python3 start.py setup train")

import torch

from desktop_app.captioning.vocabulary import END, PAD, START, UNKNOWN, Vocabulary
from export.config import DatasetConfig
from export.datasets import CaptionedImage
from export.train import Progress, Trainer, WeightAverage, learning_rate
from export.training_data import BatchMaker, SentenceEncoder, attribute_words, make_examples

WORDS = Vocabulary.of(("a", "dog", "red", "haired", "ski-lift"))


def test_sentences_become_numbers() -> None:
    encode = SentenceEncoder(WORDS, max_words=4)
    assert encode("A dog.") == (START, 4, 5, END)
    assert encode("A red-haired ski-lift") == (START, 4, 6, 7, 8, END)
    assert encode("A zebra!") == (START, 4, UNKNOWN, END)


def test_a_sentence_that_is_too_long_has_no_end() -> None:
    assert SentenceEncoder(WORDS, max_words=2)("a dog a dog") == (START, 4, 5)


def test_only_training_pictures_with_known_words_are_examples() -> None:
    rows = [
        CaptionedImage(Path("a"), ("A dog.", "A red dog."), "train", "x"),
        CaptionedImage(Path("b"), ("A dog.",), "val", "x"),
        CaptionedImage(Path("c"), ("Zebra zebra zebra.", "A dog."), "train", "x"),
        CaptionedImage(Path("d"), ("Zebra zebra zebra.",), "train", "x"),
    ]
    dataset = DatasetConfig("x", ".", weight=2.0, later_weight=0.5, max_unknown=1)
    examples = make_examples(rows, dataset, SentenceEncoder(WORDS, 8))
    assert [(e.index, len(e.captions), e.weights) for e in examples] == [(0, 2, (2.0, 1.0)), (2, 1, (1.0,))]


def test_attributes_are_frequent_content_words() -> None:
    assert attribute_words(WORDS, 2) == [5, 6]


def test_a_batch_holds_all_sentences_of_its_pictures(prepared: Run) -> None:
    vocabulary = Vocabulary.load(prepared.config.run_folder / "vocabulary.json")
    batches = list(BatchMaker(prepared.config, vocabulary).epoch(seed=3))
    assert len(batches) == 6  # 36 pictures of two sentences, twelve sentences at a time
    for batch in batches:
        assert (len(batch.grid), len(batch.pooled), len(batch.attributes)) == (6, 6, 6)
        owners = torch.cat([group.owner for group in batch.groups])
        assert sorted(owners.tolist()) == sorted(list(range(6)) * 2)
        for group in batch.groups:
            assert set(group.words[:, 0].tolist()) == {START}
            assert all((row == END).sum() == 1 for row in group.words)
            assert all(row[-1] in (END, PAD) for row in group.words)
    again = list(BatchMaker(prepared.config, vocabulary).epoch(seed=3))
    assert all(torch.equal(a.grid, b.grid) for a, b in zip(batches, again, strict=True))


def test_the_learning_rate_rises_and_falls(prepared: Run) -> None:
    config = replace(prepared.config.train, warmup_steps=10, hours=1.0)
    rates = [learning_rate(config, Progress(step=step), 100) for step in (0, 9, 50, 100)]
    assert rates[0] < rates[1] > rates[2] > rates[3]
    assert rates[3] == pytest.approx(config.learning_rate * 0.03)
    assert learning_rate(config, Progress(step=50, seconds=3600.0), 100) == pytest.approx(rates[3])


def test_the_average_follows_the_weights() -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    average = WeightAverage(model, 0.9)
    start = float(average.weights[0])
    with torch.no_grad():
        model.weight += 1.0
    average.update(model, step=10_000)
    assert float(average.weights[0]) == pytest.approx(start + 0.1)
    assert list(average.state_dict(model)) == ["weight"]


class Interrupted(Trainer):
    """Ctrl+C comes after so many steps."""

    steps = 0

    def step(self, batch: object) -> float:
        self.steps += 1
        if self.steps > 4:
            raise KeyboardInterrupt
        return super().step(batch)  # type: ignore[arg-type]


@pytest.mark.faults
def test_an_interrupted_run_ends_like_one_that_was_not(prepared: Run, tmp_path: Path) -> None:
    def config(name: str):
        """A run of its own on the same features."""
        folder = tmp_path / name
        folder.mkdir()
        for shared in ("features", "vocabulary.json"):
            (folder / shared).symlink_to(prepared.config.run_folder / shared)
        return replace(prepared.config, run=str(folder), model=replace(prepared.config.model, dropout=0.3))

    whole = Trainer(config("whole"))
    whole.run_epoch()
    whole.run_epoch()
    broken = Interrupted(config("broken"))
    with pytest.raises(KeyboardInterrupt):
        broken.run_epoch()
    resumed = Trainer(broken.config)
    assert resumed.resume()
    assert (resumed.progress.epoch, resumed.progress.batch, resumed.progress.step) == (0, 4, 4)
    resumed.run_epoch()
    resumed.run_epoch()
    assert (resumed.progress.step, whole.progress.step) == (12, 12)
    ours, theirs = whole.model.state_dict(), resumed.model.state_dict()
    assert max(float((ours[name] - theirs[name]).abs().max()) for name in ours) < 1e-6
    averages = zip(whole.average.weights, resumed.average.weights, strict=True)
    assert max(float((a - b).abs().max()) for a, b in averages) < 1e-6


def test_a_new_run_has_nothing_to_resume(prepared: Run, tmp_path: Path) -> None:
    config = replace(prepared.config, run=str(tmp_path))
    for shared in ("features", "vocabulary.json"):
        (tmp_path / shared).symlink_to(prepared.config.run_folder / shared)
    assert not Trainer(config).resume()
