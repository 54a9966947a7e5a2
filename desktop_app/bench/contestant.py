"""A child with one captioner, Descry or a graph of ViT-GPT2's shape; describes a picture each time it is asked."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from PIL import Image

from desktop_app.bench import vit_gpt2
from desktop_app.bench.memory import peak_memory, resident_memory
from desktop_app.captioning.captioner import Captioner
from desktop_app.pipes import read_request, serve_standard_streams, write_request

BEAM = 5
WORDS = 12
"""How often a greedy GPT-2 is run: a sentence of COCO has ten and a half words on average, and an end."""
_FIRST_WORD = 50256
_CACHE_DIMENSIONS = 4

Describe = Callable[[Image.Image], tuple[float, float]]
"""A picture → seconds of the encoder and of the decoder. Reading and resizing are not in them."""


def descry(folder: Path, threads: int) -> Describe:
    """A package with a beam of five, whatever its manifest says."""
    captioner = Captioner.load(folder, "cpu", threads)
    options = replace(captioner.defaults, beam_width=BEAM)

    def describe(image: Image.Image) -> tuple[float, float]:
        pixels = captioner.pixels(image)
        started = time.perf_counter()
        encode = captioner.caption_batch([pixels], options)[0].encode_seconds
        return encode, time.perf_counter() - started - encode  # whatever comes after the encoder is the decoder's

    return describe


def vit_and_gpt2(folder: Path, threads: int) -> Describe:
    """The graphs of `vit_gpt2`, greedy, as onnxruntime opens them by itself."""
    encoder, decoder = (_session(folder / name, threads) for name in vit_gpt2.GRAPHS)
    side = encoder.get_inputs()[0].shape[-1]

    def describe(image: Image.Image) -> tuple[float, float]:
        pixels = np.asarray(image.resize((side, side)), np.float32).transpose(2, 0, 1)[None] / 127.5 - 1
        started = time.perf_counter()
        hidden = encoder.run(None, {vit_gpt2.PIXELS: pixels})[0]
        encoded_at = time.perf_counter()
        greedy_words(decoder, hidden)
        return encoded_at - started, time.perf_counter() - encoded_at

    return describe


def _session(graph: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    # As in `providers`; here so that it does not disturb the other contestant either
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def greedy_words(decoder: ort.InferenceSession, hidden: NDArray[np.float32]) -> list[int]:
    """The likeliest word after the likeliest word, `WORDS` times; keys and values are kept from step to step."""
    empty = {given.name: np.zeros([1, given.shape[1], 0, given.shape[3]], np.float32) for given in _caches(decoder)}
    words = [min(_FIRST_WORD, decoder.get_outputs()[0].shape[-1] - 1)]
    cache = empty
    for position in range(WORDS):
        scores, *new = decoder.run(
            None,
            {
                vit_gpt2.WORD: np.array([[words[-1]]]),
                vit_gpt2.POSITION: np.array([[position]]),
                vit_gpt2.IS_LATER: np.array([position > 0]),
                vit_gpt2.HIDDEN: hidden,
                **cache,
            },
        )
        # Those of the picture come once
        cache = {name: values if values.size else cache[name] for name, values in zip(empty, new, strict=True)}
        words.append(int(scores.argmax()))
    return words[1:]


def _caches(decoder: ort.InferenceSession) -> list[ort.NodeArg]:
    return [given for given in decoder.get_inputs() if len(given.shape) == _CACHE_DIMENSIONS]


def nothing(_: Path, __: int) -> Describe:
    """No captioner at all: what the interpreter and the libraries weigh."""
    return lambda _: (0.0, 0.0)


CONTESTANTS = {"descry": descry, "vit_gpt2": vit_and_gpt2, "nothing": nothing}


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the parent closes its end."""
    first = read_request(requests)
    if first is None:
        return
    describe = CONTESTANTS[str(first["name"])](Path(str(first["folder"])), int(str(first["threads"])))
    while (request := read_request(requests)) is not None:
        with Image.open(str(request["picture"])) as image:
            encode, decode = describe(image.convert("RGB"))
        memory = {"resident": resident_memory(), "peak": peak_memory()}
        write_request(answers, {"encode": encode, "decode": decode, **memory})


def main() -> int:
    serve_standard_streams(serve)
    return 0


if __name__ == "__main__":
    sys.exit(main())
