"""Beam search with length normalisation, in numpy, over any step function; several pictures at once.

Score of a hypothesis: its log-probability divided by its number of words, end included, to the
power of the length exponent (Wu et al. 2016, arXiv 1609.08144, section 7, without the coverage term).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from desktop_app.captioning.vocabulary import END, PAD, START, UNKNOWN

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]
_NEVER = np.float32(-1e9)
_MIN_WORDS = 2


@dataclass(frozen=True)
class DecodingOptions:
    """How to search; the defaults of a package stand in its manifest."""

    beam_width: int
    max_length: int
    """Most words of a sentence."""
    length_exponent: float
    """0 favours short sentences, 1 compares means per word."""
    repeatable: frozenset[int] | None = None
    """The words that may stand twice in a sentence, though not after the same word; None for all words, anyhow."""


@dataclass(frozen=True)
class Hypothesis:
    """One finished sentence."""

    words: tuple[int, ...]
    """Without start and end."""
    score: float
    """Length-normalised log-probability."""
    log_probs: tuple[float, ...]
    """One for each word and the end."""


S = TypeVar("S", bound="State")


class State(Protocol):
    """The recurrent state and picture tensors of all rows, opaque to the search."""

    def select(self: S, rows: Ids) -> S:
        """The state with these rows, repeated or reordered."""
        ...


Step = Callable[[Ids, S], tuple[Floats, S]]
"""Words `(b,)` and state of b rows → log-probabilities `(b, V)`, which the search writes into, and the new state."""


@dataclass(frozen=True)
class _Live:
    """A hypothesis that has not ended."""

    words: tuple[int, ...] = ()
    log_probs: tuple[float, ...] = ()
    total: float = 0.0


def beam_search(step: Step[S], state: S, pictures: int, options: DecodingOptions) -> list[list[Hypothesis]]:
    """The best hypotheses of each picture, best first; never an empty list for a picture.

    `state` has one row per picture. Pictures that are finished leave the batch.
    """
    finished: list[list[Hypothesis]] = [[] for _ in range(pictures)]
    active = list(range(pictures))
    beams = {picture: [_Live()] for picture in active}
    words = np.full(pictures, START, dtype=np.int64)
    for position in range(options.max_length):
        log_probs, state = step(words, state)
        _forbid(log_probs, words, position)
        if options.repeatable is not None:
            _forbid_repetition(log_probs, [live for p in active for live in beams[p]], options.repeatable)
        before = dict(beams)
        rows = _advance(log_probs, active, beams, finished, options)
        for picture in active:
            if not beams[picture] and not finished[picture]:  # no word is left that may follow
                finished[picture].extend(_finish(live, None, options) for live in before[picture])
        active = [p for p in active if len(finished[p]) < options.beam_width and beams[p]]
        if not active:
            break
        keep = np.concatenate([rows[p] for p in active])
        words = np.concatenate([[live.words[-1] for live in beams[p]] for p in active]).astype(np.int64)
        state = state.select(keep)
    for picture in active:
        if not finished[picture]:  # length ran out: an unfinished sentence still is the best answer there is
            finished[picture].extend(_finish(live, None, options) for live in beams[picture])
    return [sorted(f, key=lambda h: -h.score)[: options.beam_width] for f in finished]


def _forbid(log_probs: Floats, words: Ids, position: int) -> None:
    """Rule out special words, the word just said, and an end before there is a sentence."""
    log_probs[:, [PAD, START, UNKNOWN]] = _NEVER
    if position < _MIN_WORDS:
        log_probs[:, END] = _NEVER
    if position > 0:
        log_probs[np.arange(len(words)), words] = _NEVER


def _forbid_repetition(log_probs: Floats, beams: list[_Live], repeatable: frozenset[int]) -> None:
    """Rule out naming a thing twice, as in "a black dog and a black dog", and the same two words in a row twice.

    `beams` has one for each row.
    """
    for row, live in enumerate(beams):
        words = live.words
        twice = [after for before, after in itertools.pairwise(words) if before == words[-1]]
        log_probs[row, twice + [word for word in words if word not in repeatable]] = _NEVER


def _advance(
    log_probs: Floats,
    active: list[int],
    beams: dict[int, list[_Live]],
    finished: list[list[Hypothesis]],
    options: DecodingOptions,
) -> dict[int, Ids]:
    """Replace each picture's beams by their best continuations; return the rows that each now stems from.

    Twice as many are looked at as there are beams, since ends leave room for others; an end counts only among the
    first half, else an unlikely one would close a sentence that goes on well.
    """
    width = options.beam_width
    rows: dict[int, Ids] = {}
    first = 0
    for picture in active:
        live = beams[picture]
        block = log_probs[first : first + len(live)]  # (beams, V)
        totals = block + np.array([[b.total] for b in live], dtype=np.float32)
        grown: list[_Live] = []
        origin: list[int] = []
        for rank, flat in enumerate(_best(totals, 2 * width)):
            row, word = divmod(int(flat), block.shape[1])
            if block[row, word] <= _NEVER / 2:
                break
            if word == END and rank < width:
                finished[picture].append(_finish(live[row], float(block[row, word]), options))
            elif word != END and len(grown) < width:
                parent = live[row]
                grown.append(
                    _Live((*parent.words, word), (*parent.log_probs, float(block[row, word])), float(totals[row, word]))
                )
                origin.append(first + row)
        beams[picture] = grown
        rows[picture] = np.array(origin, dtype=np.int64)
        first += len(live)
    return rows


def _best(totals: Floats, count: int) -> Ids:
    """Positions of the best continuations in the flattened table, best first; of equal ones the first."""
    flat = -totals.ravel()
    count = min(count, flat.size)
    threshold = np.partition(flat, count - 1)[count - 1]
    top = np.flatnonzero(flat <= threshold)
    return top[np.argsort(flat[top], kind="stable")][:count]


def _finish(live: _Live, end: float | None, options: DecodingOptions) -> Hypothesis:
    """Close a hypothesis; `end` is the log-probability of the end, None when the length ran out."""
    log_probs = live.log_probs if end is None else (*live.log_probs, end)
    total = live.total + (end or 0.0)
    return Hypothesis(live.words, total / max(1, len(log_probs)) ** options.length_exponent, log_probs)
