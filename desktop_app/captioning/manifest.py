"""The manifest of a model package, format 1: every fact about the model, none of them with a default."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from math import isfinite
from typing import Any, get_args, get_origin, get_type_hints

from desktop_app import messages
from desktop_app.errors import ModelPackageError

FORMAT = 1


@dataclass(frozen=True)
class FileEntry:
    """A file of the package."""

    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True)
class InputEntry:
    """How a picture becomes pixels."""

    side: int
    """Pixels."""
    resample: str
    aspect: str
    """`squash`: resized straight to the square, nothing cropped."""
    channels: str


@dataclass(frozen=True)
class TensorEntry:
    """A tensor of a graph; a dimension is a number, or a letter where it is free."""

    dtype: str
    shape: list[int | str]


@dataclass(frozen=True)
class StateEntry:
    """One recurrent state: where it goes in and comes out, and its size."""

    input: str
    output: str
    size: int


@dataclass(frozen=True)
class EncoderEntry:
    """The encoder's graph."""

    pixels: str
    """Name of its input."""
    outputs: dict[str, TensorEntry]


@dataclass(frozen=True)
class DecoderEntry:
    """The decoder's graph: one step."""

    words: str
    picture: list[str]
    """Encoder outputs that are inputs here, under the same names; broadcast when they have one row."""
    states: list[StateEntry]
    log_probs: str
    attention: str


@dataclass(frozen=True)
class TokensEntry:
    """Numbers of the special words."""

    pad: int
    start: int
    end: int
    unknown: int


@dataclass(frozen=True)
class ChoiceEntry:
    """How one of the beams is chosen; see `captioning.choice`."""

    neighbours: int
    """How many training pictures are asked."""
    weights: dict[str, float]


@dataclass(frozen=True)
class DecodingEntry:
    """Defaults of the beam search."""

    beam_width: int
    max_length: int
    length_exponent: float
    repeatable: list[str]
    """The words that may stand twice in a sentence."""
    choice: ChoiceEntry | None = None
    """None: the likeliest is chosen."""


@dataclass(frozen=True)
class TrainedOnEntry:
    """A data set that the weights have learnt from."""

    name: str
    pictures: int
    sentences: int
    terms: str


@dataclass(frozen=True)
class Manifest:
    """All facts of a package."""

    format: int
    name: str
    version: str
    files: dict[str, FileEntry]
    input: InputEntry
    encoder: EncoderEntry
    decoder: DecoderEntry
    tokens: TokensEntry
    decoding: DecodingEntry
    calibration: dict[str, Any]
    """Empty when the package cannot tell how sure it is."""
    trained_on: list[TrainedOnEntry]
    licence: str
    metrics: dict[str, Any]

    def to_json(self) -> str:
        table = asdict(self)
        if self.decoding.choice is None:
            del table["decoding"]["choice"]
        return json.dumps(table, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Parse and check; `ModelPackageError` names the first thing that is missing or wrong."""
        try:
            table = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ModelPackageError(messages.MODEL_MANIFEST_DAMAGED) from error
        if not isinstance(table, dict) or "format" not in table:
            raise ModelPackageError(messages.MODEL_MANIFEST_WITHOUT_FORMAT)
        if table["format"] != FORMAT:
            raise ModelPackageError(messages.model_format_unknown(table["format"], FORMAT))
        manifest: Manifest = _build(cls, table, "manifest")
        _expect(manifest.input.side >= 1, "manifest.input.side")
        _expect(manifest.decoding.beam_width >= 1, "manifest.decoding.beam_width")
        _expect(manifest.decoding.max_length >= 1, "manifest.decoding.max_length")
        _expect(len(manifest.decoder.picture) >= 1, "manifest.decoder.picture")
        choice = manifest.decoding.choice
        _expect(choice is None or choice.neighbours >= 1, "manifest.decoding.choice.neighbours")
        _expect(choice is None or all(map(isfinite, choice.weights.values())), "manifest.decoding.choice.weights")
        return manifest


def _build(hint: Any, value: Any, where: str) -> Any:
    """A value of the hinted type, checked all the way down."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if type(None) in arguments:
        return None if value is None else _build(arguments[0], value, where)
    if hasattr(hint, "__dataclass_fields__"):
        _expect(isinstance(value, dict), where)
        hints = get_type_hints(hint)
        for field in fields(hint):
            _expect(field.name in value or field.default is None, f"{where}.{field.name}")
        return hint(**{key: _build(hints[key], value.get(key), f"{where}.{key}") for key in hints})
    if origin is list:
        _expect(isinstance(value, list), where)
        return [_build(arguments[0], item, where) for item in value]
    if origin is dict:
        _expect(isinstance(value, dict), where)
        return {key: _build(arguments[1], item, f"{where}.{key}") for key, item in value.items()}
    if hint is float:
        _expect(isinstance(value, int | float) and not isinstance(value, bool), where)
        return float(value)
    _expect(isinstance(value, arguments or hint) and not isinstance(value, bool), where)
    return value


def _expect(condition: bool, where: str) -> None:
    if not condition:
        raise ModelPackageError(messages.model_manifest_wrong(where))
