"""Beam search against the plainest possible one, and against every sentence there is."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop_app.captioning.beam_search import DecodingOptions, Hypothesis, beam_search
from desktop_app.captioning.vocabulary import END, START

Prefix = tuple[int, ...]
Floats = NDArray[np.float32]
Table = Callable[[int, Prefix], Floats]
"""Picture and words so far → log-probability of each next word."""

WORDS = (4, 5, 6)
SIZE = 7


@dataclass
class Rows:
    """A state that remembers what was said in each row, so that a row mixed up changes the answer."""

    table: Table
    rows: list[tuple[int, Prefix]]
    calls: list[int] = field(default_factory=list)
    """How many rows each step had."""

    def select(self, rows: NDArray[np.int64]) -> Rows:
        return Rows(self.table, [self.rows[row] for row in rows], self.calls)


def step(words: NDArray[np.int64], state: Rows) -> tuple[Floats, Rows]:
    """One step of a decoder that is a table."""
    state.calls.append(len(words))
    said = [(p, prefix if w == START else (*prefix, int(w))) for (p, prefix), w in zip(state.rows, words, strict=True)]
    return np.stack([state.table(p, prefix) for p, prefix in said]), Rows(state.table, said, state.calls)


def search(table: Table, pictures: int, options: DecodingOptions) -> list[list[Hypothesis]]:
    """Beam search over a table."""
    return beam_search(step, Rows(table, [(p, ()) for p in range(pictures)]), pictures, options)


def of_rows(rows: dict[Prefix, dict[int, float]], otherwise: dict[int, float]) -> Table:
    """A table from probabilities, the same for every picture."""

    def table(_: int, prefix: Prefix) -> Floats:
        chances = rows.get(prefix, otherwise)
        return np.array([math.log(chances[w]) if w in chances else -np.inf for w in range(SIZE)], np.float32)

    return table


def at_random(seed: int, sharpness: float = 1.0) -> Table:
    """A table of random numbers, different for every picture and prefix."""

    def table(picture: int, prefix: Prefix) -> Floats:
        scores = np.random.default_rng([seed, picture, *prefix]).normal(size=SIZE) * sharpness
        return (scores - np.log(np.exp(scores).sum())).astype(np.float32)

    return table


def words_allowed(prefix: Prefix) -> tuple[int, ...]:
    """What may follow: no special word, not the same word again, and no end before there are two words."""
    return tuple(w for w in WORDS if prefix[-1:] != (w,)) + ((END,) if len(prefix) >= 2 else ())


def every_sentence(table: Table, picture: int, options: DecodingOptions) -> list[tuple[float, Prefix]]:
    """All sentences that end, best first."""
    found = []
    for length in range(2, options.max_length):
        for words in itertools.product(WORDS, repeat=length):
            if all(a != b for a, b in itertools.pairwise(words)):
                steps = [table(picture, words[:k])[w] for k, w in enumerate((*words, END))]
                found.append((float(sum(steps)) / len(steps) ** options.length_exponent, words))
    return sorted(found, reverse=True)


def plain_search(table: Table, picture: int, options: DecodingOptions) -> list[Prefix]:
    """The search as the text books have it, for one picture."""
    live: list[tuple[float, Prefix]] = [(0.0, ())]
    finished: list[tuple[float, Prefix]] = []
    for _ in range(options.max_length):
        grown = [(t + float(table(picture, p)[w]), (*p, w)) for t, p in live for w in words_allowed(p)]
        grown = sorted(grown, reverse=True)[: 2 * options.beam_width]
        ended = [(t, words) for t, words in grown[: options.beam_width] if words[-1] == END]
        finished += [(t / len(words) ** options.length_exponent, words[:-1]) for t, words in ended]
        live = [(t, words) for t, words in grown if words[-1] != END][: options.beam_width]
        if len(finished) >= options.beam_width:
            break
    if not finished:
        finished = [(t / len(words) ** options.length_exponent, words) for t, words in live]
    return [words for _, words in sorted(finished, reverse=True)[: options.beam_width]]


@pytest.mark.parametrize("exponent", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_a_beam_as_wide_as_everything_finds_the_best_sentences_there_are(seed: int, exponent: float) -> None:
    options = DecodingOptions(beam_width=200, max_length=5, length_exponent=exponent)
    table = at_random(seed)
    expected = every_sentence(table, 0, options)
    found = search(table, 1, options)[0]
    assert [h.words for h in found] == [words for _, words in expected]
    assert [h.score for h in found] == pytest.approx([score for score, _ in expected], abs=1e-5)


@pytest.mark.parametrize("width", [1, 2, 3, 5])
@pytest.mark.parametrize("sharpness", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("seed", range(4))
def test_several_pictures_at_once_find_what_the_plain_search_finds_for_each(
    seed: int, sharpness: float, width: int
) -> None:
    options = DecodingOptions(width, max_length=8, length_exponent=0.7)
    table = at_random(seed, sharpness)
    expected = [plain_search(table, picture, options) for picture in range(6)]
    assert [[h.words for h in found] for found in search(table, 6, options)] == expected


def test_a_score_is_made_of_the_words_and_the_end() -> None:
    table = at_random(3)
    best = search(table, 1, DecodingOptions(3, 8, 0.7))[0][0]
    expected = [float(table(0, best.words[:k])[w]) for k, w in enumerate((*best.words, END))]
    assert list(best.log_probs) == pytest.approx(expected)
    assert best.score == pytest.approx(sum(expected) / len(expected) ** 0.7)


def test_pictures_that_are_finished_leave_the_batch() -> None:
    short = {4: 0.01, 5: 0.01, END: 0.98}
    long = {4: 0.5, 5: 0.48, END: 0.02}
    tables = [of_rows({}, short), of_rows({}, long)]
    state = Rows(lambda picture, prefix: tables[picture](0, prefix), [(0, ()), (1, ())])
    beam_search(step, state, 2, DecodingOptions(1, 6, 1.0))
    assert state.calls == [2, 2, 2, 1, 1, 1]


def test_sentences_that_never_end_are_answered_when_the_length_runs_out() -> None:
    found = search(of_rows({}, {4: 0.6, 5: 0.3, 6: 0.1}), 2, DecodingOptions(2, 5, 1.0))
    assert [h.words for h in found[0]] == [(4, 5, 4, 5, 4), (5, 4, 5, 4, 5)]
    assert found[1] == found[0]
    assert [len(h.log_probs) for h in found[0]] == [5, 5]


def test_a_sentence_that_ended_goes_before_a_likelier_one_that_was_cut_off() -> None:
    endless = {4: 0.9, 5: 0.9}
    found = search(of_rows({(4, 5): {4: 0.9, END: 0.01}}, endless), 1, DecodingOptions(3, 6, 1.0))
    assert [h.words for h in found[0]] == [(4, 5)]


def test_of_equal_sentences_the_first_words_win() -> None:
    equal = dict.fromkeys((*WORDS, END), 0.25)
    found = search(of_rows({}, equal), 3, DecodingOptions(3, 6, 1.0))
    # The end has the lowest number, so the first of the three beams always ends
    assert [h.words for h in found[0]] == [(4, 5), (4, 5, 4), (4, 5, 4, 5)]
    assert found[1] == found[0]
    assert found[2] == found[0]


def test_an_unlikely_end_does_not_close_a_sentence_that_goes_on_well() -> None:
    rows = {(4, 5): {6: 0.8, END: 0.2}, (4, 5, 6): {END: 0.9}}
    found = search(of_rows(rows, {4: 0.6, 5: 0.4}), 1, DecodingOptions(1, 6, 1.0))
    assert [h.words for h in found[0]] == [(4, 5, 6)]


def test_the_length_exponent_chooses_between_short_and_long() -> None:
    rows = {
        (): {4: 0.9, 5: 0.05},
        (4,): {5: 0.9, 6: 0.05},
        (4, 5): {END: 0.5, 6: 0.5},
        (4, 5, 6): {4: 0.95},
        (4, 5, 6, 4): {END: 0.95},
    }
    table = of_rows(rows, {END: 0.01})
    short = search(table, 1, DecodingOptions(4, 8, 0.0))[0][0]
    long = search(table, 1, DecodingOptions(4, 8, 1.0))[0][0]
    assert (short.words, long.words) == ((4, 5), (4, 5, 6, 4))


@pytest.mark.parametrize("seed", range(5))
def test_only_repeatable_words_stand_twice(seed: int) -> None:
    options = DecodingOptions(200, 6, 0.7, repeatable=frozenset({4}))
    best = search(at_random(seed), 1, options)[0][0]
    allowed = [
        (score, words)
        for score, words in every_sentence(at_random(seed), 0, options)
        if all(words.count(word) == 1 for word in words if word != 4)
    ]
    assert best.words == allowed[0][1]
    assert any(words.count(4) == 2 for _, words in allowed)


@pytest.mark.parametrize("seed", range(5))
def test_no_two_words_in_a_row_stand_twice(seed: int) -> None:
    options = DecodingOptions(200, 6, 0.7, repeatable=frozenset(WORDS))
    best = search(at_random(seed), 1, options)[0][0]
    every = every_sentence(at_random(seed), 0, options)
    allowed = [words for _, words in every if len(set(itertools.pairwise(words))) == len(words) - 1]
    assert best.words == allowed[0]
    assert len(allowed) < len(every)


def test_each_beam_remembers_its_own_words() -> None:
    rows: dict[tuple[int, ...], dict[int, float]] = {
        (): {4: 0.5, 5: 0.4},
        (4,): {6: 0.9},
        (5,): {6: 0.9},
        (4, 6): {4: 0.9, END: 0.05},
        (5, 6): {4: 0.9, END: 0.05},
        (5, 6, 4): {END: 0.9},
    }
    found = search(of_rows(rows, {END: 0.01}), 1, DecodingOptions(2, 6, 1.0, repeatable=frozenset()))
    assert found[0][0].words == (5, 6, 4)
    assert (4, 6, 4) not in [h.words for h in found[0]]


def test_there_is_an_answer_when_no_word_may_follow() -> None:
    found = search(of_rows({}, {4: 1.0}), 1, DecodingOptions(3, 6, 1.0))
    assert [h.words for h in found[0]] == [(4,)]


def test_numbers_that_are_none_end_the_search() -> None:
    found = search(lambda *_: np.full(SIZE, np.nan, np.float32), 2, DecodingOptions(3, 6, 1.0))
    assert [[h.words for h in hypotheses] for hypotheses in found] == [[()], [()]]
