"""Is every thing that a sentence names really there? Judged by what people wrote about the picture, and WordNet 3.0.

A thing is a noun whose commonest sense lies under physical entity, bare words for places and parts left out. It is
supported when some reference names the same lemma, a synonym, or a hypernym or hyponym at most three steps away; all
words for people support each other. The strict form asks for the same lemma or a synonym. One person's sentence passes
against the other four of its picture in two cases of three: true things that nobody else mentioned count as mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from export.wordnet import WordNet

PHYSICAL_ENTITY, PERSON = 1930, 7846
"""Senses of WordNet 3.0."""
STEPS = 3
COMMONEST = 2
"""So many senses of a word are compared."""
PEOPLE = frozenset("people group crowd team family couple kid class audience band".split())
"""Words that mean people, though WordNet does not put their first sense under person."""
NO_THINGS = frozenset(
    """front top back side middle bottom center edge end part piece close view picture photo image shot area place
    background foreground distance line row bunch lot set pair kind type variety number air light outside inside ground
    way day night sun sunset time left right corner scene something object thing one two three four five six several
    other another each it its he she they them him her his their who which that this these those while down up out off
    over a an at as in on is be are am was has have ha do does wear wearing wears and or no so i us midair camera white
    black red blue green yellow brown orange pink purple gray grey tan gold silver dark blond blonde run walk jump play
    ride stand sit look hold watch""".split()
)
"""Places, parts, numbers, colours and words that are hardly ever nouns in captions."""
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Thing:
    """A thing that a sentence names."""

    lemma: str
    senses: tuple[int, ...]
    """Its commonest senses."""
    person: bool


class Support:
    """The judge. Keeps what it has looked up."""

    def __init__(self, wordnet: WordNet) -> None:
        self._wordnet = wordnet
        self._thing = lru_cache(maxsize=None)(self._look_up)
        self._near = lru_cache(maxsize=None)(lambda sense: wordnet.above(sense, STEPS))

    def things(self, sentence: str) -> list[Thing]:
        """All things that it names, in order, twice when named twice."""
        found = (self._thing(word) for word in _WORD.findall(sentence.lower()))
        return [thing for thing in found if thing]

    def unsupported(self, sentence: str, references: Sequence[str], *, strict: bool = False) -> list[str]:
        """Lemmas of the things in the sentence that no reference supports."""
        known = [thing for reference in references for thing in self.things(reference)]
        return [t.lemma for t in self.things(sentence) if not self._is_backed(t, known, strict)]

    def are_supported(
        self, sentences: Sequence[str], references: Sequence[Sequence[str]], *, strict: bool
    ) -> list[bool]:
        """For each picture: is every thing in its sentence supported?"""
        pairs = zip(sentences, references, strict=True)
        return [not self.unsupported(sentence, known, strict=strict) for sentence, known in pairs]

    def _is_backed(self, thing: Thing, known: Iterable[Thing], strict: bool) -> bool:
        return any(self._backs(other, thing, strict) for other in known)

    def _backs(self, known: Thing, thing: Thing, strict: bool) -> bool:
        if known.lemma == thing.lemma or set(known.senses) & set(thing.senses):
            return True
        if strict:
            return False
        pairs = ((a, b) for a in known.senses for b in thing.senses)
        return (known.person and thing.person) or any(a in self._near(b) or b in self._near(a) for a, b in pairs)

    def _look_up(self, word: str) -> Thing | None:
        wordnet = self._wordnet
        lemma = wordnet.lemma(word)
        if not lemma or len(lemma) < 2 or {lemma, word} & NO_THINGS:
            return None
        if wordnet.as_other.get(lemma, 0) > 2 * wordnet.as_noun.get(lemma, 0) + 1:
            return None  # mostly a verb, adjective or adverb
        senses = wordnet.senses.get(lemma, ())[:COMMONEST]
        above = wordnet.above(senses[0]) if senses else frozenset()
        person = lemma in PEOPLE or PERSON in above
        return Thing(lemma, senses, person) if person or PHYSICAL_ENTITY in above else None
