"""What can be wrong with sentences whatever the picture: going in circles, breaking off, saying the same of all."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

from desktop_app.captioning.beam_search import Hypothesis

NO_LAST_WORDS = frozenset(
    """a an the and or but of to at with for from in into onto through against toward towards between beneath as than
    near next while that which who whose this these those his its their my your our is are was were be being has have
    having two three four very some""".split()
)
"""Words that cannot end a sentence. "Swims by", "looks on", "holds her" and "jumps over" do end what people write."""


def has_repeated_bigram(sentence: str) -> bool:
    """Do two neighbouring words stand together twice?"""
    words = sentence.split()
    pairs = list(itertools.pairwise(words))
    return len(set(pairs)) < len(pairs)


def is_unfinished(sentence: str, hypothesis: Hypothesis) -> bool:
    """Did the length run out before the end came, or is the last word one that cannot be the last?"""
    return len(hypothesis.log_probs) == len(hypothesis.words) or sentence.rsplit(maxsplit=1)[-1] in NO_LAST_WORDS


def most_frequent_share(sentences: Sequence[str]) -> float:
    """The share of pictures that got the sentence that most of them got."""
    return max(Counter(sentences).values()) / len(sentences)
