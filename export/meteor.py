"""METEOR 1.5 (Denkowski and Lavie 2014) by pycocoevalcap's Java program, as sums over any pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class MeteorScorer:
    """The Java program, which stays until `close` or until nothing refers to it."""

    def __init__(self) -> None:
        from pycocoevalcap.meteor.meteor import Meteor

        self._meteor = Meteor()
        self._lines: list[str] = []

    def statistics(self, candidates: Sequence[str], references: Sequence[Sequence[str]]) -> Floats:
        """What each tokenised sentence adds, `(n, 23)`."""
        pairs = zip(candidates, references, strict=True)
        self._lines = [self._meteor._stat(candidate, known) for candidate, known in pairs]
        return np.array([[float(value) for value in line.split()] for line in self._lines])

    def total(self) -> float:
        """The score of all sentences of the last `statistics`, asked for as pycocoevalcap does."""
        self._ask(" ||| ".join(self._lines))
        answers = [float(self._meteor.meteor_p.stdout.readline()) for _ in range(len(self._lines) + 1)]
        return answers[-1]

    def scores(self, sums: Floats) -> Floats:
        """The score `(k,)` of each row of summed statistics `(k, 23)`."""
        return np.array([self._score(row) for row in sums])

    def _score(self, row: Floats) -> float:
        """The program answers with the score of each sentence and that of all; here they are one and the same."""
        self._ask(" ".join(str(value) for value in row))
        self._meteor.meteor_p.stdout.readline()
        return float(self._meteor.meteor_p.stdout.readline())

    def _ask(self, statistics: str) -> None:
        self._meteor.meteor_p.stdin.write(f"EVAL ||| {statistics}\n".encode())
        self._meteor.meteor_p.stdin.flush()

    def close(self) -> None:
        """End the program."""
        process = self._meteor.meteor_p
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()
