"""Words and their numbers. JSON, so that nothing in a package can execute code."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop_app import messages
from desktop_app.errors import ModelPackageError

PAD, START, END, UNKNOWN = range(4)
SPECIALS = ("<pad>", "<start>", "<end>", "<unknown>")


@dataclass(frozen=True)
class Vocabulary:
    """All words a package can say; the first four are special and never said."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, words: Iterable[str]) -> Vocabulary:
        """A vocabulary of these words, the special ones put before them."""
        return cls((*SPECIALS, *words))

    def __len__(self) -> int:
        return len(self.words)

    def index(self) -> dict[str, int]:
        """Word → number; build it once where many sentences are encoded."""
        return {word: number for number, word in enumerate(self.words)}

    def sentence(self, ids: Sequence[int]) -> str:
        """The words of a hypothesis as a sentence: lower case, no final point, special words left out."""
        return " ".join(self.words[i] for i in ids if i >= len(SPECIALS))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps({"words": self.words}, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read a vocabulary; `ModelPackageError` when it is not one."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ModelPackageError(messages.model_words_wrong(path.name)) from error
        return cls.from_json(data, path.name)

    @classmethod
    def from_json(cls, data: bytes, name: str) -> Vocabulary:
        """The vocabulary in the bytes of a file of that name; `ModelPackageError` when it is not one."""
        try:
            words = tuple(json.loads(data)["words"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ModelPackageError(messages.model_words_wrong(name)) from error
        if words[: len(SPECIALS)] != SPECIALS or not all(isinstance(word, str) for word in words):
            raise ModelPackageError(messages.model_words_wrong(name))
        return cls(words)
