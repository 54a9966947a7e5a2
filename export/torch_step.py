"""The torch decoder behind the runtime's step interface: validation and parity use the program's own beam search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from desktop_app.captioning.beam_search import DecodingOptions, Hypothesis, beam_search
from export.features import FeatureSet
from export.model import DecoderRNN, EncoderDecoder, PictureTensors, State

_CHUNK = 50


@dataclass(frozen=True)
class TorchState:
    """Rows of a beam search in torch."""

    picture: PictureTensors
    recurrent: State | None

    def select(self, rows: NDArray[np.int64]) -> TorchState:
        index = torch.from_numpy(rows)
        recurrent = self.recurrent and tuple(tuple(part[:, index] for part in pair) for pair in self.recurrent)
        return TorchState(self.picture.rows(index), recurrent)  # type: ignore[arg-type]


def torch_step(
    decoder: DecoderRNN, words: NDArray[np.int64], state: TorchState
) -> tuple[NDArray[np.float32], TorchState]:
    """One decoder step; the decoder must be in evaluation mode."""
    device = decoder.bias.device
    scores, recurrent = decoder(torch.from_numpy(words)[:, None].to(device), state.picture, state.recurrent)
    return scores[:, -1].log_softmax(-1).cpu().numpy(), TorchState(state.picture, recurrent)


@torch.no_grad()
def generate(
    model: EncoderDecoder,
    features: FeatureSet,
    attributes: NDArray[np.float16],
    rows: list[int],
    options: DecodingOptions,
) -> Iterator[tuple[int, list[Hypothesis]]]:
    """Hypotheses for the pictures at these rows of a set, from cached features and word logits."""
    device = model.decoder.bias.device
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        inputs = (features.grid[part], features.pooled[part], attributes[part])
        picture = model.head(*(_tensor(values).to(device) for values in inputs))
        state = TorchState(picture, None)
        found = beam_search(lambda w, s: torch_step(model.decoder, w, s), state, len(part), options)
        yield from zip(part, found, strict=True)


def _tensor(values: NDArray[np.float16]) -> Tensor:
    return torch.from_numpy(np.asarray(values, dtype=np.float32))
