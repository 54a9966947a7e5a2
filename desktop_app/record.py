"""The record of one picture: what history, reports, JSON output and Python get (design: the record)."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeVar, get_args

Kind = Literal["photo", "drawing", "text", "screenshot", "chart", "blank", "unknown"]
Band = Literal["sure", "likely", "unsure", "declined"]
KINDS: tuple[str, ...] = get_args(Kind)
BANDS: tuple[str, ...] = get_args(Band)
T = TypeVar("T")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Alternative:
    """Another sentence that the decoder thought possible."""

    caption: str
    score: float
    """Length-normalised log-probability."""


@dataclass(frozen=True)
class ModelId:
    """Which model package wrote the sentence."""

    name: str
    version: str
    digest: str
    """`sha256:` of the package's manifest, which holds the hashes of all its files."""


@dataclass(frozen=True)
class Seconds:
    """Time spent, in seconds."""

    read: float = 0.0
    encode: float = 0.0
    decode: float = 0.0
    total: float = 0.0


@dataclass(frozen=True)
class ErrorInfo:
    """Why there is no caption."""

    code: str
    message: str
    """One sentence that can be spoken."""


@dataclass(frozen=True)
class Description:
    """One picture described. Keys are only ever added."""

    path: str
    """As the caller gave it; `-` for standard input, empty for a picture without a file."""
    content: str | None = None
    """`sha256:` of the file's bytes; None when they could not be read."""
    width: int | None = None
    height: int | None = None
    kind: Kind | None = None
    """None until a model package can tell."""
    caption: str | None = None
    """Lower case without a final point; None when declined or unreadable."""
    confidence: float | None = None
    """Calibrated chance that every thing named is really there; None without a caption or a calibration."""
    band: Band | None = None
    spoken: str = ""
    """The full sentence that voice, screen reader and braille get."""
    alternatives: tuple[Alternative, ...] = ()
    remarks: tuple[str, ...] = ()
    edited: bool = False
    """True when a person wrote this sentence."""
    model: ModelId | None = None
    seconds: Seconds = field(default_factory=Seconds)
    error: ErrorInfo | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, keys in the order of the fields."""
        record = asdict(self)
        record["alternatives"] = [asdict(a) for a in self.alternatives]
        record["remarks"] = list(self.remarks)
        return record

    def to_json(self) -> str:
        """One line of JSON."""
        line = json.dumps(self.to_dict(), ensure_ascii=False)
        # A file name that is no UTF-8 holds halves of surrogate pairs, which can only be written with escapes
        return line if _SURROGATE.search(line) is None else json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Description:
        """The inverse of `to_dict`; keys that this version does not know are ignored."""
        known = {
            "alternatives": tuple(_known(Alternative, a) for a in record.get("alternatives", ())),
            "remarks": tuple(record.get("remarks", ())),
            "model": _known(ModelId, record["model"]) if record.get("model") else None,
            "seconds": _known(Seconds, record.get("seconds", {})),
            "error": _known(ErrorInfo, record["error"]) if record.get("error") else None,
        }
        return _known(cls, record | known)


def _known(kind: type[T], table: dict[str, Any]) -> T:
    """An object of this dataclass; keys that it does not know are ignored."""
    return kind(**{f.name: table[f.name] for f in fields(kind) if f.name in table})  # type: ignore[arg-type]  # T is a dataclass
