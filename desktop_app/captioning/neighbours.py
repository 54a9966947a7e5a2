"""Index of training pictures: which of them look like a picture, and which n-grams people used of those."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app import messages
from desktop_app.captioning.ngrams import Frequencies, Words, unit_vectors
from desktop_app.errors import ModelPackageError

NEIGHBOURS = "neighbours.npz"
Floats = NDArray[np.float32]
_ROWS = 1024
"""So many pictures are compared at a time: as floats all of them would be megabytes."""
_KINDS = {
    "mean": ("float16", 1),
    "axes": ("float16", 2),
    "codes": ("int8", 2),
    "ngrams": ("uint64", 1),
    "counts": ("uint16", 1),
    "used": ("uint16", 1),
    "shares": ("uint8", 1),
    "ends": ("uint32", 1),
    "attributes": ("uint16", 1),
}
"""Type and number of dimensions of each array of the file."""


@dataclass(frozen=True)
class NeighbourIndex:
    """Training pictures as short vectors, each with the mean vector of its sentences (see `ngrams.unit_vectors`)."""

    mean: Floats  # (p,)
    axes: Floats  # (p, d): what is left of the pooled features, scaled
    codes: NDArray[np.int8]  # (n, d): kept as they are stored, a quarter of the memory
    lengths: Floats  # (n,)
    frequencies: Frequencies
    used: NDArray[np.uint16]  # (m,) numbers of n-grams, those of the first picture first
    shares: NDArray[np.uint8]  # (m,) what they say in its sentences, 255 for one
    ends: NDArray[np.uint32]  # (n,) where the n-grams of each picture end
    attributes: NDArray[np.int64]
    """The word that each number of the encoder's `attributes` is the probability of."""

    def nearest(self, pooled: Floats, count: int) -> NDArray[np.int64]:
        """Numbers of the pictures most like the one with these pooled features `(p,)`, most alike first."""
        vector = (pooled - self.mean) @ self.axes
        vector /= max(float(np.linalg.norm(vector)), 1e-6)
        parts = [self.codes[row : row + _ROWS] @ vector for row in range(0, len(self.codes), _ROWS)]
        alike = np.concatenate(parts) / self.lengths
        return np.argsort(-alike, kind="stable")[:count]

    def agreement(self, sentences: Sequence[Words], pooled: Floats, count: int) -> Floats:
        """How alike each sentence is to what people wrote about the pictures most like this one, 0 to 1."""
        pictures = self.nearest(pooled, count)
        starts = np.append(np.uint32(0), self.ends)[pictures]
        entries = np.concatenate([np.arange(a, b) for a, b in zip(starts, self.ends[pictures], strict=True)])
        size = len(self.frequencies.keys)
        said = np.bincount(self.used[entries], self.shares[entries], size).astype(np.float32)
        keys, vectors = unit_vectors(sentences, self.frequencies)
        place, known = self.frequencies.find(keys)
        result: Floats = vectors[:, known] @ said[place[known]] / np.float32(255 * len(pictures))
        return result

    @classmethod
    def from_bytes(cls, data: bytes, folder: str) -> NeighbourIndex:
        """The index in the bytes of a file; `ModelPackageError` when it is not one."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                arrays = {name: file[name] for name in _KINDS}
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise ModelPackageError(messages.model_index_wrong(folder, NEIGHBOURS)) from error
        if not _is_sound(arrays):
            raise ModelPackageError(messages.model_index_wrong(folder, NEIGHBOURS))
        codes: NDArray[np.int8] = arrays["codes"]
        return cls(
            arrays["mean"].astype(np.float32),
            arrays["axes"].astype(np.float32),
            codes,
            np.maximum(np.linalg.norm(codes.astype(np.float32), axis=1), 1),
            Frequencies(arrays["ngrams"], arrays["counts"], len(codes)),
            arrays["used"],
            arrays["shares"],
            arrays["ends"],
            arrays["attributes"].astype(np.int64),
        )


def _is_sound(arrays: dict[str, NDArray[np.generic]]) -> bool:
    """Whether types and sizes are those of an index, and every number points at something that is there."""
    kinds = all((a.dtype.name, a.ndim) == _KINDS[name] for name, a in arrays.items())
    if not kinds:
        return False
    size = {name: a.shape for name, a in arrays.items()}
    ngrams, ends = arrays["ngrams"].astype(np.uint64), arrays["ends"].astype(np.int64)
    return (
        size["axes"] == (*size["mean"], size["codes"][1])
        and size["ends"][0] == size["codes"][0] > 0
        and size["ngrams"] == size["counts"]
        and size["used"] == size["shares"] == (int(ends[-1]),)
        and bool((np.diff(ends, prepend=0) >= 0).all() and (ngrams[1:] > ngrams[:-1]).all())
        and bool((arrays["counts"].astype(np.int64) > 0).all())
        and bool((arrays["used"].astype(np.int64) < len(ngrams)).all())
        and bool(np.isfinite(arrays["axes"].astype(np.float32)).all())
        and bool(np.isfinite(arrays["mean"].astype(np.float32)).all())
    )
