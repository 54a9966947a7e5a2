"""How people are named: which words for sex a sentence has, where the references agree on one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

MALE, FEMALE = "male", "female"
WORDS = {
    MALE: frozenset("man men boy boys guy guys male males father son grandfather cowboy he his him".split()),
    FEMALE: frozenset(
        "woman women girl girls lady ladies female females mother daughter grandmother bride she her".split()
    ),
}
PERSON = frozenset(
    """person people child children kid kids baby toddler player players rider surfer skier snowboarder skateboarder
    someone crowd group couple family adult adults""".split()
)
"""Words that leave it open."""
AGREEMENT = 3
"""So many references must have a word for one sex, and none a word for the other."""
_WORD = re.compile(r"[a-z]+")


def named(sentence: str) -> frozenset[str]:
    """The sexes for which it has words."""
    words = set(_WORD.findall(sentence.lower()))
    return frozenset(sex for sex, theirs in WORDS.items() if words & theirs)


def agreed(references: Sequence[str]) -> str | None:
    """The sex that the references agree on; None where they do not tell, or tell of both."""
    counts = Counter(sex for reference in references for sex in named(reference))
    return next(iter(counts)) if len(counts) == 1 and max(counts.values()) >= AGREEMENT else None


def naming(sentences: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, dict[str, int]]:
    """For pictures of each agreed sex: how many, and how many sentences name that sex, the other, both or no one's.

    `open` counts those that name people without a word for sex; what is left names no people.
    """
    result: dict[str, dict[str, int]] = {}
    for sentence, known in zip(sentences, references, strict=True):
        sex = agreed(known)
        if sex is None:
            continue
        row = result.setdefault(sex, dict.fromkeys(("pictures", "same", "other", "both", "open"), 0))
        found = named(sentence)
        row["pictures"] += 1
        if found:
            row["both" if len(found) == 2 else "same" if sex in found else "other"] += 1
        elif PERSON & set(_WORD.findall(sentence.lower())):
            row["open"] += 1
    return {sex: result[sex] for sex in WORDS if sex in result}
