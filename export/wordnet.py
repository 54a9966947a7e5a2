"""The nouns of WordNet 3.0 (Fellbaum 1998), read from its own text files: senses, what lies above them, how often used.

Formats: the manual pages wndb(5WN), cntlist(5WN) and morphy(7WN) that come with WordNet.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from desktop_app.errors import UsageError

DEFAULT_FOLDER = Path("/usr/share/wordnet")
"""Where Debian's package wordnet-base puts it."""
INDEX, DATA, COUNTS, EXCEPTIONS = "index.noun", "data.noun", "cntlist.rev", "noun.exc"
_HYPERNYMS = ("@", "@i")
_NOUN = "1"
_ENDINGS = (
    ("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"), ("ves", "f"), ("s", ""),
)  # fmt: skip


@dataclass(frozen=True)
class WordNet:
    """Nouns; a sense is the byte at which its line begins in data.noun, as in WordNet's own files."""

    senses: Mapping[str, tuple[int, ...]]
    """Lemma to its senses, the most frequent first."""
    hypernyms: Mapping[int, tuple[int, ...]]
    as_noun: Mapping[str, int]
    """How often a lemma was tagged as a noun in WordNet's corpora."""
    as_other: Mapping[str, int]
    """How often it was tagged as a verb, adjective or adverb."""
    exceptions: Mapping[str, str]
    """Irregular plurals."""

    @classmethod
    def load(cls, folder: Path = DEFAULT_FOLDER) -> WordNet:
        """Read the four files that are needed; `UsageError` says how to get them."""
        try:
            as_noun, as_other = _read_counts(folder / COUNTS)
            exceptions = {line.split()[0]: line.split()[1] for line in _lines(folder / EXCEPTIONS)}
            return cls(_read_senses(folder / INDEX), _read_hypernyms(folder / DATA), as_noun, as_other, exceptions)
        except OSError as error:
            raise UsageError(
                f"WordNet 3.0 is not in {folder}: install the Debian package wordnet-base, "
                "or say with --wordnet in which folder its file index.noun is."
            ) from error
        except (ValueError, IndexError) as error:
            raise UsageError(f"The files of WordNet in {folder} cannot be understood.") from error

    def lemma(self, word: str) -> str | None:
        """The noun of which this lower-case word is a form; None when there is none."""
        if word in self.exceptions:
            return self.exceptions[word]
        if word in self.senses and not word.endswith("s"):
            return word
        for ending, singular in _ENDINGS:
            candidate = word[: -len(ending)] + singular
            if word.endswith(ending) and candidate in self.senses:
                return candidate
        return word if word in self.senses else None

    def above(self, sense: int, steps: int | None = None) -> frozenset[int]:
        """The sense and what lies above it, at most so many steps or up to the top."""
        found = {sense}
        layer = {sense}
        while layer and steps != 0:
            layer = {higher for low in layer for higher in self.hypernyms.get(low, ())} - found
            found |= layer
            steps = None if steps is None else steps - 1
        return frozenset(found)


def _lines(path: Path) -> Iterator[str]:
    """Lines without the licence, which is indented."""
    with path.open(encoding="latin-1") as lines:
        yield from (line for line in lines if not line.startswith("  ") and line.strip())


def _read_senses(path: Path) -> dict[str, tuple[int, ...]]:
    rows = (line.split() for line in _lines(path))
    return {row[0]: tuple(int(sense) for sense in row[-int(row[2]) :]) for row in rows}


def _read_hypernyms(path: Path) -> dict[int, tuple[int, ...]]:
    found = {}
    for line in _lines(path):
        row = line.partition("|")[0].split()
        pointers = 4 + 2 * int(row[3], 16)
        starts = range(pointers + 1, pointers + 1 + 4 * int(row[pointers]), 4)
        found[int(row[0])] = tuple(int(row[k + 1]) for k in starts if row[k] in _HYPERNYMS)
    return found


def _read_counts(path: Path) -> tuple[Counter[str], Counter[str]]:
    counts: dict[bool, Counter[str]] = defaultdict(Counter)
    for line in _lines(path):
        key, _, count = line.split()[:3]
        lemma, _, rest = key.partition("%")
        counts[rest.startswith(_NOUN)][lemma] += int(count)
    return counts[True], counts[False]
