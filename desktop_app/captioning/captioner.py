"""Captioner: pixels in, sentences out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop_app import messages
from desktop_app.captioning.beam_search import DecodingOptions, Hypothesis, beam_search
from desktop_app.captioning.caption import Caption, ScoredSentence
from desktop_app.captioning.choice import SEEN, Choice
from desktop_app.captioning.encoder_decoder import EncoderDecoder, Tensors
from desktop_app.captioning.model_package import ModelPackage
from desktop_app.captioning.preprocess import preprocess
from desktop_app.captioning.providers import ORT_ERRORS
from desktop_app.captioning.vocabulary import Vocabulary
from desktop_app.errors import CaptioningFailed


class Captioner:
    """A package ready to caption. Immutable; per-call options are arguments."""

    def __init__(self, package: ModelPackage, network: EncoderDecoder) -> None:
        self.package = package
        self.network = network
        decoding = package.manifest.decoding
        index = package.vocabulary.index()
        repeatable = frozenset(index[word] for word in decoding.repeatable if word in index)
        self.defaults = DecodingOptions(decoding.beam_width, decoding.max_length, decoding.length_exponent, repeatable)
        self.choice = Choice.of(package)

    @classmethod
    def load(cls, folder: Path, provider: str = "auto", threads: int = 0) -> Captioner:
        """Read, verify and open a package; `ModelPackageError` says what is wrong with it."""
        package = ModelPackage.load(folder)
        return cls(package.without_graphs(), EncoderDecoder(package, provider, threads))

    def pixels(self, image: Image.Image) -> NDArray[np.uint8]:
        """An RGB picture as this package wants it, `(side, side, 3)`."""
        return preprocess(image, self.package.manifest.input.side, self.package.manifest.input.resample)

    def caption(self, image: Image.Image, options: DecodingOptions | None = None) -> Caption:
        """The sentence for one RGB picture; `CaptioningFailed` when the provider breaks down."""
        return self.caption_batch([self.pixels(image)], options)[0]

    def caption_batch(
        self, pixels: Sequence[NDArray[np.uint8]], options: DecodingOptions | None = None
    ) -> list[Caption]:
        """Sentences for several pictures, encoded and decoded together; times are shares of the whole.

        Raises `CaptioningFailed` for all of them when the provider breaks down.
        """
        if not pixels:
            return []
        started = time.perf_counter()
        try:
            encoded = self.network.encode(np.stack(pixels))
            encoded_at = time.perf_counter()
            found = self.decode(encoded, len(pixels), options)
        except ORT_ERRORS as error:
            raise CaptioningFailed(messages.MODEL_FAILED) from error
        decoded_at = time.perf_counter()
        encode, decode = (encoded_at - started) / len(pixels), (decoded_at - encoded_at) / len(pixels)
        return [_caption(self.package.vocabulary, hypotheses, encode, decode) for hypotheses in found]

    def decode(self, encoded: Tensors, pictures: int, options: DecodingOptions | None = None) -> list[list[Hypothesis]]:
        """Beam search over encoded pictures, and the choice among what it finds. Raises one of `ORT_ERRORS`."""
        found = beam_search(self.network.step, self.network.start(encoded), pictures, options or self.defaults)
        if self.choice is None:
            return found
        rows = [{name: encoded[name][row] for name in SEEN} for row in range(pictures)]
        return [self.choice.order(hypotheses, picture) for hypotheses, picture in zip(found, rows, strict=True)]


def _caption(vocabulary: Vocabulary, hypotheses: list[Hypothesis], encode: float, decode: float) -> Caption:
    sentences: dict[str, ScoredSentence] = {}
    for hypothesis in hypotheses:
        text = vocabulary.sentence(hypothesis.words)
        sentences.setdefault(text, ScoredSentence(text, hypothesis))
    if not next(iter(sentences)):  # the numbers of the graphs were no numbers
        raise CaptioningFailed(messages.MODEL_FAILED)
    best, *others = sentences.values()
    return Caption(best, tuple(others), encode, decode)
