"""The captioner as torch modules: a head over the CNN's features, and attention between two LSTMs.

Attention does not feed the first LSTM, so during teacher forcing both recurrences run as one call
over the whole sequence: several times faster on a CPU than attention inside the cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from export.backbone import GRID_CHANNELS, POOLED_CHANNELS
from export.config import ModelConfig

State = tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]
ATTRIBUTE_GAIN = 3.0  # brings the sigmoids of a few likely words to the scale of the pooled features


@dataclass(frozen=True)
class PictureTensors:
    """What the decoder needs of a picture; computed once, the same for every word."""

    context: Tensor  # (n, hidden)
    keys: Tensor  # (n, heads, cells, hidden / heads)
    values: Tensor  # (n, heads, cells, hidden / heads)

    def rows(self, index: Tensor) -> PictureTensors:
        """The tensors repeated or reordered, one row per sentence."""
        return PictureTensors(self.context[index], self.keys[index], self.values[index])


class PictureHead(nn.Module):
    """CNN features to picture tensors, with a head for likely words (You et al. 2016, arXiv 1603.03925)."""

    def __init__(self, config: ModelConfig, cells: int, attributes: int) -> None:
        super().__init__()
        h = config.hidden
        self.heads = config.heads
        self.project = nn.Sequential(nn.Linear(GRID_CHANNELS, h), nn.LayerNorm(h), nn.ReLU(), nn.Dropout(0.2))
        self.position = nn.Parameter(torch.randn(cells, h) * 0.02)
        self.pool = nn.Sequential(nn.Linear(POOLED_CHANNELS, h), nn.LayerNorm(h), nn.ReLU(), nn.Dropout(0.3))
        self.attribute = nn.Sequential(nn.Dropout(0.3), nn.Linear(POOLED_CHANNELS, attributes))
        self.from_attribute = nn.Linear(attributes, h)
        self.key = nn.Linear(h, h)
        self.value = nn.Linear(h, h)

    def forward(self, grid: Tensor, pooled: Tensor) -> tuple[PictureTensors, Tensor]:
        """Grid `(n, cells, 512)`, pooled `(n, 1280)` → picture tensors and attribute logits `(n, attributes)`."""
        memory = self.project(grid) + self.position  # (n, cells, hidden)
        logits = self.attribute(pooled)
        context = self.pool(pooled) + self.from_attribute(torch.sigmoid(logits) * ATTRIBUTE_GAIN)
        return PictureTensors(context, self._split(self.key(memory)), self._split(self.value(memory))), logits

    def _split(self, x: Tensor) -> Tensor:
        n, cells, hidden = x.shape
        return x.view(n, cells, self.heads, hidden // self.heads).transpose(1, 2)


class DecoderRNN(nn.Module):
    """Words and picture tensors to the scores of the next word; input and output embeddings are tied."""

    def __init__(self, config: ModelConfig, words: int) -> None:
        super().__init__()
        h, e = config.hidden, config.embedding
        self.heads = config.heads
        self.embedding = nn.Embedding(words, e)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.lstm1 = nn.LSTM(e + h, h, batch_first=True)
        self.query = nn.Linear(h, h)
        self.lstm2 = nn.LSTM(2 * h, h, batch_first=True)
        self.output = nn.Linear(2 * h, e)
        self.bias = nn.Parameter(torch.zeros(words))
        self.drop = nn.Dropout(config.dropout)
        self.drop_embedding = nn.Dropout(0.3)

    def forward(self, words: Tensor, picture: PictureTensors, state: State | None = None) -> tuple[Tensor, State]:
        """Words `(b, t)` → scores `(b, t, V)` and the state after the last word."""
        z, state = self.hidden(words, picture, state)
        return self.scores(z), state

    def scores(self, z: Tensor) -> Tensor:
        """Hidden vectors `(…, embedding)` → scores `(…, V)`."""
        return z @ self.embedding.weight.t() + self.bias

    def hidden(self, words: Tensor, picture: PictureTensors, state: State | None = None) -> tuple[Tensor, State]:
        """Words `(b, t)` → the vector each next word is chosen from, `(b, t, embedding)`, and the state."""
        b, t = words.shape
        x = self.drop_embedding(self.embedding(words))  # (b, t, e)
        x = torch.cat([x, picture.context[:, None].expand(-1, t, -1)], 2)
        h1, state1 = self.lstm1(x, None if state is None else state[0])  # (b, t, hidden)
        query = self.query(h1).view(b, t, self.heads, -1).transpose(1, 2)  # (b, heads, t, hidden / heads)
        attended = F.scaled_dot_product_attention(query, picture.keys, picture.values)
        attended = attended.transpose(1, 2).reshape(b, t, -1)  # (b, t, hidden)
        h2, state2 = self.lstm2(self.drop(torch.cat([h1, attended], 2)), None if state is None else state[1])
        return self.output(self.drop(torch.cat([h2, attended], 2))), (state1, state2)


class EncoderDecoder(nn.Module):
    """The trained part: everything after the CNN."""

    def __init__(self, config: ModelConfig, cells: int, words: int, attributes: int) -> None:
        super().__init__()
        self.head = PictureHead(config, cells, attributes)
        self.decoder = DecoderRNN(config, words)
