"""Training: what a batch holds, and a run that was interrupted ends like one that was not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.export.conftest import Run

pytest.importorskip("torch", reason="torch is not installed: run python3 start.py setup train")

import torch

from desktop_app.captioning.vocabulary import END, PAD, START, UNKNOWN, Vocabulary
from export.attributes import attribute_words, load_attributes, word_shares
from export.config import DatasetConfig, TextConfig
from export.datasets import CaptionedImage
from export.objectives import PictureObjective
from export.text_data import TextBatchMaker
from export.tokens import SentenceEncoder
from export.train import new_model
from export.trainer import Progress, Trainer, WeightAverage, learning_rate
from export.training_data import BatchMaker, make_examples

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


def test_sentences_of_an_excluded_kind_are_no_examples() -> None:
    rows = [CaptionedImage(Path("a"), ("A dog illustration.", "A red dog, royalty FREE.", "A red dog."), "train", "x")]
    dataset = DatasetConfig("x", ".", exclude=r"\b(illustration|royalty free)\b")
    examples = make_examples(rows, dataset, SentenceEncoder(WORDS, 8))
    assert [e.captions for e in examples] == [((START, 4, 6, 5, END),)]


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
        return super().step(batch)


def trainer(kind: type[Trainer], prepared: Run, checkpoint: Path) -> Trainer:
    """A new trainer of a model with dropout, whose random numbers a checkpoint must keep too."""
    config = replace(prepared.config, model=replace(prepared.config.model, dropout=0.3))
    vocabulary = Vocabulary.load(config.run_folder / "vocabulary.json")
    torch.manual_seed(0)
    objective = PictureObjective(config, vocabulary, torch.device("cpu"))
    return kind(config.train, new_model(config, vocabulary), objective, checkpoint)


@pytest.mark.faults
def test_an_interrupted_run_ends_like_one_that_was_not(prepared: Run, tmp_path: Path) -> None:
    whole = trainer(Trainer, prepared, tmp_path / "whole.pt")
    whole.run_epoch()
    whole.run_epoch()
    broken = trainer(Interrupted, prepared, tmp_path / "broken.pt")
    with pytest.raises(KeyboardInterrupt):
        broken.run_epoch()
    resumed = trainer(Trainer, prepared, broken.checkpoint)
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
    assert not trainer(Trainer, prepared, tmp_path / "checkpoint.pt").resume()


def test_shares_of_words_are_over_the_sentences_of_a_picture() -> None:
    row = CaptionedImage(Path("a"), ("A dog, a dog.", "A red dog.", "A zebra.", "A dog."), "train", "x")
    assert word_shares([row], [5, 6], SentenceEncoder(WORDS, 8)).tolist() == [[0.75, 0.25]]


def test_the_attribute_head_knows_the_colours_of_pictures_it_was_not_trained_on(prepared: Run) -> None:
    vocabulary = Vocabulary.load(prepared.config.run_folder / "vocabulary.json")
    words = [vocabulary.words[i] for i in attribute_words(vocabulary, prepared.config.model.attributes)]
    logits = load_attributes(prepared.config.run_folder, "colours")
    held_out = {"red": 0, "blue": 1, "green": 2}  # the first three pictures are of the test split
    for colour, row in held_out.items():
        others = [logits[row, words.index(other)] for other in held_out if other != colour]
        assert logits[row, words.index(colour)] > max(others), colour


def text_maker(prepared: Run, lines: list[str]) -> TextBatchMaker:
    (prepared.data / "text.txt").write_text("\n".join(lines), encoding="utf-8")
    vocabulary = Vocabulary.load(prepared.config.run_folder / "vocabulary.json")
    return TextBatchMaker(replace(prepared.config, text=TextConfig("text.txt")), vocabulary, size=2)


def test_text_sentences_must_be_known_and_long_enough(prepared: Run) -> None:
    maker = text_maker(prepared, ["A red thing.", "A blue circle on a wall.", "A purple circle on a wall."])
    assert len(maker.sentences) == 1


def test_a_text_batch_holds_likely_words(prepared: Run) -> None:
    maker = text_maker(
        prepared, ["A red square on a wall.", "A blue circle in the sky.", "A green field of grass."] * 2
    )
    batches = list(maker.epoch(seed=1))
    assert len(batches) == 3
    for batch in batches:
        assert batch.words.shape == batch.probabilities.shape == (2, prepared.config.model.tokens)
        assert all(len(set(row.tolist())) == len(row) for row in batch.words)
        assert ((batch.probabilities > 0) & (batch.probabilities < 1)).all()
        assert (batch.probabilities.diff(dim=1) <= 0).all()
    again = list(maker.epoch(seed=1))
    assert all(torch.equal(a.words, b.words) for a, b in zip(batches, again, strict=True))
