"""The two ONNX sessions. They hold no state: what recurs goes in and comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from desktop_app import messages
from desktop_app.captioning.beam_search import Ids
from desktop_app.captioning.manifest import InputEntry, Manifest
from desktop_app.captioning.model_package import ModelPackage
from desktop_app.captioning.preprocess import RESAMPLING
from desktop_app.captioning.providers import ORT_ERRORS, ProviderChoice, make_session, open_with_fallback
from desktop_app.captioning.vocabulary import START
from desktop_app.errors import ModelPackageError

Tensors = dict[str, NDArray[np.float32]]
_Sessions = tuple[ort.InferenceSession, ort.InferenceSession]
_Promise = tuple[str, Sequence[int | str]]
"""Type and shape of a tensor."""
_ORT_TYPES: Mapping[str, str] = {
    "float32": "tensor(float)",
    "float16": "tensor(float16)",
    "uint8": "tensor(uint8)",
    "int64": "tensor(int64)",
}


@dataclass(frozen=True)
class DecoderState:
    """Rows of a beam search: recurrent state of each row, and the picture that each row belongs to."""

    pictures: Tensors
    """One row a picture, as the encoder gave them."""
    owner: Ids  # (b,)
    recurrent: Tensors  # each (b, size)
    gathered: Tensors
    """The picture tensors as the decoder gets them: one row for a single picture, else one for each row."""

    def select(self, rows: Ids) -> DecoderState:
        """These rows, repeated or reordered; picture tensors are only gathered when the owners change."""
        owner = self.owner[rows]
        same = np.array_equal(owner, self.owner)
        gathered = self.gathered if same else _gather(self.pictures, owner)
        return DecoderState(self.pictures, owner, {k: v[rows] for k, v in self.recurrent.items()}, gathered)


def _gather(pictures: Tensors, owner: Ids) -> Tensors:
    if (owner == owner[0]).all():  # one picture: the graph broadcasts, nothing is copied
        return {name: values[owner[:1]] for name, values in pictures.items()}
    return {name: values[owner] for name, values in pictures.items()}


class EncoderDecoder:
    """Runs a package's graphs on one provider. Immutable, safe to share between threads."""

    def __init__(self, package: ModelPackage, provider: str = "auto", threads: int = 0) -> None:
        """Raises `ModelPackageError` when the graphs do not load or are not what the manifest says."""
        self.manifest = package.manifest
        _check_input(self.manifest.input, package.folder.name)
        try:
            sessions, self.provider = _open(package, provider, threads)
        except ORT_ERRORS as error:
            raise ModelPackageError(messages.model_graphs_do_not_load(package.folder.name)) from error
        self._encoder, self._decoder = sessions
        self._encoder_outputs = list(self.manifest.encoder.outputs)
        decoder = self.manifest.decoder
        self._decoder_outputs = [decoder.log_probs, *(state.output for state in decoder.states)]

    def encode(self, pixels: NDArray[np.uint8]) -> Tensors:
        """Pixels `(n, side, side, 3)` → every output that the manifest names. Raises one of `ORT_ERRORS`."""
        values = self._encoder.run(self._encoder_outputs, {self.manifest.encoder.pixels: pixels})
        return dict(zip(self._encoder_outputs, values, strict=True))

    def start(self, encoded: Tensors) -> DecoderState:
        """The state before the first word, one row for each picture."""
        pictures = {name: encoded[name] for name in self.manifest.decoder.picture}
        n = len(next(iter(pictures.values())))
        recurrent = {s.input: np.zeros((n, s.size), np.float32) for s in self.manifest.decoder.states}
        owner = np.arange(n, dtype=np.int64)
        return DecoderState(pictures, owner, recurrent, _gather(pictures, owner))

    def step(self, words: Ids, state: DecoderState) -> tuple[NDArray[np.float32], DecoderState]:
        """Words `(b,)` → log-probabilities `(b, V)` and the new state. Raises one of `ORT_ERRORS`."""
        decoder = self.manifest.decoder
        inputs = {decoder.words: words, **state.gathered, **state.recurrent}
        log_probs, *recurrent = self._decoder.run(self._decoder_outputs, inputs)
        new = {s.input: values for s, values in zip(decoder.states, recurrent, strict=True)}
        return log_probs, DecoderState(state.pictures, state.owner, new, state.gathered)

    def attention(self, words: Ids, state: DecoderState) -> NDArray[np.float32]:
        """Where the decoder looks for the next word, `(b, cells)`."""
        decoder = self.manifest.decoder
        inputs = {decoder.words: words, **state.gathered, **state.recurrent}
        weights: NDArray[np.float32] = self._decoder.run([decoder.attention], inputs)[0]
        return weights


def _open(package: ModelPackage, provider: str, threads: int) -> tuple[_Sessions, ProviderChoice]:
    def open_on(name: str) -> _Sessions:
        encoder = make_session(package.encoder, name, threads)
        decoder = make_session(package.decoder, name, 1)  # a step is too small to be shared between threads
        _check_interface(package, encoder, decoder)
        if name != "cpu":  # some providers load and then fail at the first run
            _try_out(package.manifest, encoder, decoder)
        return encoder, decoder

    return open_with_fallback(provider, open_on)


def _try_out(manifest: Manifest, encoder: ort.InferenceSession, decoder: ort.InferenceSession) -> None:
    """Caption nothing, one word long. Raises one of `ORT_ERRORS`."""
    side, entry = manifest.input.side, manifest.decoder
    pixels = np.zeros((1, side, side, 3), np.uint8)
    picture = dict(zip(entry.picture, encoder.run(entry.picture, {manifest.encoder.pixels: pixels}), strict=True))
    states = {state.input: np.zeros((1, state.size), np.float32) for state in entry.states}
    decoder.run(None, {entry.words: np.array([START], np.int64), **picture, **states})


def _check_input(entry: InputEntry, folder: str) -> None:
    """There is one way to prepare a picture, `preprocess`; a package that wants another is of a later program."""
    if entry.resample not in RESAMPLING or (entry.aspect, entry.channels) != ("squash", "RGB"):
        raise ModelPackageError(messages.model_input_unknown(folder))


def _check_interface(package: ModelPackage, encoder: ort.InferenceSession, decoder: ort.InferenceSession) -> None:
    """Compare what the graphs offer with what the manifest promises."""
    manifest, side = package.manifest, package.manifest.input.side
    outputs, entry = manifest.encoder.outputs, manifest.decoder
    promises: list[tuple[list[ort.NodeArg], dict[str, _Promise], bool]] = [
        (encoder.get_inputs(), {manifest.encoder.pixels: ("uint8", ["n", side, side, 3])}, True),
        (encoder.get_outputs(), {name: (tensor.dtype, tensor.shape) for name, tensor in outputs.items()}, False),
        (
            decoder.get_inputs(),
            {entry.words: ("int64", ["b"])}
            | {name: (outputs[name].dtype, outputs[name].shape) for name in entry.picture if name in outputs}
            | {state.input: _floats("b", state.size) for state in entry.states},
            True,
        ),
        (
            decoder.get_outputs(),
            {state.output: _floats("b", state.size) for state in entry.states}
            | {entry.log_probs: _floats("b", len(package.vocabulary)), entry.attention: _floats("b", "cells")},
            False,
        ),
    ]
    kept = [_keeps(given, promised, exactly) for given, promised, exactly in promises]
    if not all(kept) or not outputs.keys() >= set(entry.picture):
        raise ModelPackageError(messages.model_graphs_do_not_fit(package.folder.name))


def _floats(*shape: int | str) -> _Promise:
    return "float32", shape


def _keeps(given: list[ort.NodeArg], promised: dict[str, _Promise], exactly: bool) -> bool:
    """Whether every promised tensor is there, and no other where it must be `exactly` these."""
    found = {tensor.name: tensor for tensor in given}
    return (found.keys() == promised.keys() if exactly else found.keys() >= promised.keys()) and all(
        found[name].type == _ORT_TYPES.get(dtype) and _fits(found[name].shape, shape)
        for name, (dtype, shape) in promised.items()
    )


def _fits(given: Sequence[int | str | None], promised: Sequence[int | str]) -> bool:
    """Shapes are the same where both are numbers; a free dimension has another name in every tool."""
    return len(given) == len(promised) and all(
        a == b for a, b in zip(given, promised, strict=True) if isinstance(a, int) and isinstance(b, int)
    )
