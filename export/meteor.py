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

    def statistics(self, candidates: Sequence[str], references: Sequence[Sequence[str]]) -> Floats:
        """What each tokenised sentence adds, `(n, 23)`."""
        pairs = zip(candidates, references, strict=True)
        lines = [self._meteor._stat(candidate, known) for candidate, known in pairs]
        return np.array([[float(value) for value in line.split()] for line in lines])

    def scores(self, sums: Floats) -> Floats:
        """The score `(k,)` of each row of summed statistics `(k, 23)`."""
        return np.array([self._score(row) for row in sums])

    def _score(self, row: Floats) -> float:
        """The program answers with the score of each sentence and that of all; here they are one and the same."""
        process = self._meteor.meteor_p
        process.stdin.write(f"EVAL ||| {' '.join(str(value) for value in row)}\n".encode())
        process.stdin.flush()
        process.stdout.readline()
        return float(process.stdout.readline())

    def close(self) -> None:
        """End the program."""
        process = self._meteor.meteor_p
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()
