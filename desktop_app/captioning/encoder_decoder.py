"""The two ONNX sessions. They hold no state: what recurs goes in and comes out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from desktop_app.captioning.beam_search import Ids
from desktop_app.captioning.manifest import Manifest
from desktop_app.captioning.model_package import ModelPackage
from desktop_app.captioning.providers import ORT_ERRORS, ProviderChoice, make_session, open_with_fallback
from desktop_app.errors import ModelPackageError

Tensors = dict[str, NDArray[np.float32]]


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
        try:
            sessions, self.provider = _open(package, provider, threads)
        except ORT_ERRORS as error:
            raise ModelPackageError(
                f"The model in {package.folder.name} cannot be loaded: install it again."
            ) from error
        self._encoder, self._decoder = sessions
        _check_interface(self.manifest, self._encoder, self._decoder, len(package.vocabulary), package.folder.name)
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


def _open(
    package: ModelPackage, provider: str, threads: int
) -> tuple[tuple[ort.InferenceSession, ort.InferenceSession], ProviderChoice]:
    side = package.manifest.input.side

    def open_on(name: str) -> tuple[ort.InferenceSession, ort.InferenceSession]:
        encoder = make_session(package.encoder, name, threads)
        decoder = make_session(package.decoder, name, threads)
        if name != "cpu":  # some providers load and then fail at the first run
            encoder.run(None, {package.manifest.encoder.pixels: np.zeros((1, side, side, 3), np.uint8)})
        return encoder, decoder

    return open_with_fallback(provider, open_on)


def _check_interface(
    manifest: Manifest, encoder: ort.InferenceSession, decoder: ort.InferenceSession, words: int, name: str
) -> None:
    """Compare what the graphs offer with what the manifest promises."""
    decoder_entry = manifest.decoder
    given = {i.name for i in encoder.get_inputs()}
    taken = {i.name for i in decoder.get_inputs()}
    encoder_out = {o.name: o for o in encoder.get_outputs()}
    decoder_out = {o.name: o for o in decoder.get_outputs()}
    expected_in = {decoder_entry.words, *decoder_entry.picture, *(s.input for s in decoder_entry.states)}
    expected_out = {decoder_entry.log_probs, decoder_entry.attention, *(s.output for s in decoder_entry.states)}
    fits = given == {manifest.encoder.pixels} and taken == expected_in and expected_out <= set(decoder_out)
    for output, entry in manifest.encoder.outputs.items():
        shape = encoder_out[output].shape if output in encoder_out else []
        fits = fits and len(shape) == len(entry.shape) and shape[1:] == entry.shape[1:]
    if not fits or decoder_out[decoder_entry.log_probs].shape[-1] != words:
        raise ModelPackageError(f"The graphs of the model in {name} do not fit its manifest: install the model again.")
