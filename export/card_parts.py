"""What a person has to say in a model card: texts and counts of errors in files, which a new card does not lose."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from desktop_app.errors import UsageError

ERRORS = "errors.json"
DEFAULTS = {
    "about": "",
    "recipe": "With the commands of CONTRIBUTING.md, from one TOML file.",
    "bias": """Sentences repeat how the people who wrote its training sentences named others: by the look of sex and
age, mostly as man, woman, boy or girl. Such a word is a guess from a picture and nothing else.""",
    "limits": """- It has no calibrated confidence yet, so the program says every sentence of it with "Maybe".
- It describes anything as if it were a photograph: a page of text or a drawing gets a sentence that
  is not true of it.
- Colours of clothing, numbers of people and what somebody holds are often invented; sometimes the
  same thing is named twice.
- It cannot read text, and it does not know who anybody is.""",
}
"""The parts that a card has, and what stands there while nobody has written a file NAME.md."""
KINDS = {
    "right": "nothing wrong",
    "clothing": "invented or miscoloured clothing",
    "object": "wrong object",
    "count": "wrong count",
    "colour": "wrong colour of something else",
    "place": "wrong place",
    "person": "wrong person, as child for adult",
    "sex": "wrong sex",
    "action": "invented action",
    "twice": "the same thing twice",
}
"""Kinds of errors, as in `errors.json`; a sentence can have several."""


@dataclass(frozen=True)
class Reading:
    """Sentences that somebody read beside their pictures."""

    what: str
    """Which pictures and which package."""
    read: int
    counts: dict[str, int]
    """Of each kind, in how many sentences it was found."""


@dataclass(frozen=True)
class Parts:
    """The written parts of one card."""

    texts: dict[str, str] = field(default_factory=lambda: dict(DEFAULTS))
    errors: tuple[Reading, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> Parts:
        """Read what there is; `UsageError` where the counts of errors cannot be understood."""
        texts = dict(DEFAULTS)
        for name in texts:
            path = folder / f"{name}.md"
            if path.is_file():
                texts[name] = path.read_text(encoding="utf-8").strip()
        path = folder / ERRORS
        return cls(texts, _readings(path) if path.is_file() else ())


def _readings(path: Path) -> tuple[Reading, ...]:
    """`[{"what": …, "read": 100, "counts": {KIND: n}}]`."""
    try:
        readings = tuple(Reading(**row) for row in json.loads(path.read_text(encoding="utf-8")))
        unknown = sorted({kind for reading in readings for kind in reading.counts} - set(KINDS))
    except (ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"{path.name} does not hold a list of what, read and counts: {error}.") from error
    if unknown:
        raise UsageError(f"{path.name} knows no kind of error {unknown[0]}; there are {', '.join(KINDS)}.")
    return readings
