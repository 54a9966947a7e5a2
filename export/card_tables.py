"""The tables of a model card, from the outputs of `descry evaluate` by data set and split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from export.card_parts import KINDS, Reading
from export.content import CONTENT

SCORES = {
    "bleu1": "BLEU-1", "bleu2": "BLEU-2", "bleu3": "BLEU-3", "bleu4": "BLEU-4", "meteor": "METEOR",
    "rouge_l": "ROUGE-L", "cider": "CIDEr", "cider_training": "CIDEr, training",
}  # fmt: skip
WITH_INTERVALS = {
    "bleu4": "BLEU-4", "meteor": "METEOR", "rouge_l": "ROUGE-L", "cider": "CIDEr", "cider_training": "CIDEr, training",
    "supported": "supported", "supported_strict": "strictly",
}  # fmt: skip
ABSENT = "–"
_INTRO = """Read beside their pictures, by a reader who knew the package. A sentence can have several errors; what
it leaves out is none. One of two things alike is a wrong count, a crowd that is not there is a wrong object.

"""
_Metrics = dict[str, Any]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _figure(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return ABSENT if value is None else f"{100 * value:.1f} %"


def score_table(metrics: _Metrics) -> str:
    head = ["set and split", "pictures", *SCORES.values()]
    rows = ([name, row["pictures"], *(_figure(row.get(key)) for key in SCORES)] for name, row in metrics.items())
    return table(head, rows)


def interval_table(metrics: _Metrics) -> str:
    """Lower and upper bounds; of what is supported in per cent."""
    rows = []
    for name, row in metrics.items():
        bounds = row.get("intervals", {})
        rows.append([name, *(_interval(key, bounds.get(key)) for key in WITH_INTERVALS)])
    return table(["set and split", *WITH_INTERVALS.values()], rows)


def _interval(key: str, bounds: Sequence[float] | None) -> str:
    if bounds is None:
        return ABSENT
    low, high = bounds
    return f"{100 * low:.0f}–{100 * high:.0f} %" if key.startswith("supported") else f"{low:.3f}–{high:.3f}"


def wording_table(metrics: _Metrics) -> str:
    """What is supported, and how the sentences are made."""
    head = "set and split|supported|strictly|distinct|most frequent|unfinished|a pair of words twice|mean words"
    rows = [
        [
            name,
            _percent(row.get("supported")),
            _percent(row.get("supported_strict")),
            f"{row['distinct']} of {row['pictures']}",
            _percent(row.get("most_frequent")),
            row.get("unfinished", ABSENT),
            row.get("repeated_bigrams", ABSENT),
            row.get("mean_words", ABSENT),
        ]
        for name, row in metrics.items()
    ]
    return table(head.split("|"), rows)


def content_table(metrics: _Metrics) -> str:
    """For each set: pictures, CIDEr (with the training captions' frequencies where there are any), supported."""
    rows = []
    for name, row in metrics.items():
        for content in CONTENT:
            part = row.get("content", {}).get(content)
            if part:
                cells = (_figure(part.get(key)) for key in ("cider", "cider_training"))
                rows.append([name, content, part["pictures"], *cells, _percent(part.get("supported"))])
    head = ["set and split", "shows", "pictures", "CIDEr", "CIDEr, training", "supported"]
    return table(head, rows) if rows else "Not measured."


def naming_table(metrics: _Metrics) -> str:
    """Whether sentences name the sex that the references agree on."""
    rows = [
        [name, sex, *(row["naming"][sex][key] for key in ("pictures", "same", "other", "both", "open"))]
        for name, row in metrics.items()
        for sex in row.get("naming", {})
    ]
    head = "set and split|references say|pictures|sentence says the same|the other|both|a person or child"
    return table(head.split("|"), rows) if rows else "Not measured."


def error_table(readings: Sequence[Reading]) -> str:
    """In how many of the sentences that were read each kind of error was found."""
    if not readings:
        return "Nobody has counted errors beside pictures yet."
    rows: list[list[object]] = [["sentences read", *(reading.read for reading in readings)]]
    for kind, words in KINDS.items():
        rows.append([words, *(reading.counts.get(kind, ABSENT) for reading in readings)])
    return _INTRO + table(["", *(reading.what for reading in readings)], rows)
