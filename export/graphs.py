"""The torch modules that become the two graphs of a package; the step does only what each word needs."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from export.backbone import Backbone
from export.config import EncoderConfig
from export.model import DecoderRNN, EncoderDecoder

STATES = ("h1", "c1", "h2", "c2")
PICTURE = ("gates", "keys", "values")
ENCODER_OUTPUTS = ("grid", "pooled", "classes", "attributes", *PICTURE)


class EncoderGraph(nn.Module):
    """Pixels to features, witnesses and picture tensors: CNN, normalisation and trained head in one graph."""

    def __init__(self, config: EncoderConfig, model: EncoderDecoder) -> None:
        super().__init__()
        self.backbone = Backbone(config)
        self.head = model.head
        lstm = model.decoder.lstm1
        # The picture's part of the first LSTM's gates is the same for every word
        self.weight = lstm.weight_ih_l0.detach()  # (4 hidden, embedding)
        self.bias = (lstm.bias_ih_l0 + lstm.bias_hh_l0).detach()

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """Pixels `(n, side, side, 3)` → `ENCODER_OUTPUTS`; attributes are probabilities, keys come scaled."""
        grid, pooled, classes = self.backbone(pixels)
        attributes = self.head.attribute(pooled)
        picture = self.head(grid, pooled, attributes)
        gates = picture.context @ self.weight.t() + self.bias  # (n, 4 hidden)
        keys = picture.keys.transpose(2, 3) / math.sqrt(picture.keys.shape[-1])  # (n, heads, d, memory)
        return grid, pooled, classes, torch.sigmoid(attributes), gates, keys, picture.values


class DecoderGraph(nn.Module):
    """One step of the decoder: words, picture tensors and state in; log-probabilities, state and attention out.

    Each LSTM is one matrix product over its input and state together, so that a step is five
    products in all. Picture tensors may have one row for all words: they broadcast.
    """

    def __init__(self, decoder: DecoderRNN, cells: int) -> None:
        super().__init__()
        self.heads, self.size, self.cells = decoder.heads, decoder.lstm1.hidden_size, cells
        weights = {
            "embedding": decoder.embedding.weight,
            "lstm1": torch.cat([decoder.lstm1.weight_ih_l0, decoder.lstm1.weight_hh_l0], 1).t(),
            "query": decoder.query.weight.t(),
            "query_bias": decoder.query.bias,
            "lstm2": torch.cat([decoder.lstm2.weight_ih_l0, decoder.lstm2.weight_hh_l0], 1).t(),
            "lstm2_bias": decoder.lstm2.bias_ih_l0 + decoder.lstm2.bias_hh_l0,
            "output": decoder.output.weight.t(),
            "output_bias": decoder.output.bias,
            "words": decoder.embedding.weight.t(),
            "words_bias": decoder.bias,
        }
        for name, value in weights.items():
            self.register_buffer(name, value.detach().clone().contiguous())

    def forward(  # noqa: PLR0913 - the graph's inputs
        self, words: Tensor, gates: Tensor, keys: Tensor, values: Tensor, h1: Tensor, c1: Tensor, h2: Tensor, c2: Tensor
    ) -> tuple[Tensor, ...]:
        """Words `(b,)`, gates `(p, 4h)`, keys `(p, heads, d, memory)`, values `(p, heads, memory, d)`; p is b or 1."""
        x = self.embedding[words]  # (b, e)
        h1, c1 = _lstm_cell(torch.cat([x, h1], 1) @ self.lstm1 + gates, c1)
        query = (h1 @ self.query + self.query_bias).view(-1, self.heads, 1, self.size // self.heads)
        attention = torch.softmax(query @ keys, -1)  # (b, heads, 1, memory)
        attended = (attention @ values).reshape(-1, self.size)  # (b, hidden)
        h2, c2 = _lstm_cell(torch.cat([h1, attended, h2], 1) @ self.lstm2 + self.lstm2_bias, c2)
        z = torch.cat([h2, attended], 1) @ self.output + self.output_bias  # (b, e)
        log_probs = torch.log_softmax(z @ self.words + self.words_bias, -1)  # (b, V)
        return log_probs, h1, c1, h2, c2, attention.mean((1, 2))[:, : self.cells]


def _lstm_cell(gates: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """New output and cell from the summed gates, in torch's order: input, forget, cell, output."""
    i, f, g, o = gates.chunk(4, 1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c
