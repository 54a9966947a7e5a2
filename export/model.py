"""The captioner as torch modules: a head over the CNN's features, and attention between two LSTMs.

Attention does not feed the first LSTM, so during teacher forcing both recurrences run as one call
over the whole sequence: several times faster on a CPU than attention inside the cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from export.backbone import FeatureSizes
from export.config import ModelConfig

State = tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]
ATTRIBUTE_GAIN = 3.0  # brings the sigmoids of a few likely words to the scale of the pooled features


@dataclass(frozen=True)
class PictureTensors:
    """What the decoder needs of a picture; computed once, the same for every word."""

    context: Tensor  # (n, embedding)
    keys: Tensor  # (n, heads, memory, hidden / heads)
    values: Tensor  # (n, heads, memory, hidden / heads)

    def rows(self, index: Tensor) -> PictureTensors:
        """The tensors repeated or reordered, one row per sentence."""
        return PictureTensors(self.context[index], self.keys[index], self.values[index])


class PictureHead(nn.Module):
    """CNN features and likely words to picture tensors.

    The memory that the decoder attends to has the cells of the grid, the likeliest words (semantic attention,
    You et al. 2016, arXiv 1603.03925) and one learnt vector for words that need no look at the picture (in the place
    of the sentinel of Lu et al. 2017, arXiv 1612.01887). Without a grid it serves sentences without pictures.
    """

    def __init__(self, config: ModelConfig, sizes: FeatureSizes, cells: int) -> None:
        super().__init__()
        h, e = config.hidden, config.embedding
        self.heads, self.tokens = config.heads, config.tokens
        self.attribute = nn.Linear(sizes.pooled, config.attributes)  # trained before the rest, see export.attributes
        self.attribute.requires_grad_(False)
        self.project = nn.Sequential(nn.Linear(sizes.grid, h), nn.LayerNorm(h), nn.ReLU(), nn.Dropout(0.2))
        self.position = nn.Parameter(torch.randn(cells, h) * 0.02)
        self.pool = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(sizes.pooled, h), nn.LayerNorm(h), nn.ReLU(), nn.Dropout(0.3), nn.Linear(h, e)
        )
        self.from_attribute = nn.Linear(config.attributes, e)
        self.word = nn.Embedding(config.attributes, h)
        self.strength = nn.Parameter(torch.zeros(h))
        self.sentinel = nn.Parameter(torch.zeros(h))
        self.normalize = nn.Sequential(nn.LayerNorm(h), nn.Dropout(0.2))
        self.key = nn.Linear(h, h)
        self.value = nn.Linear(h, h)

    def forward(self, grid: Tensor, pooled: Tensor, attributes: Tensor) -> PictureTensors:
        """Grid `(n, cells, g)`, pooled `(n, p)`, word logits `(n, attributes)` → picture tensors."""
        probabilities = torch.sigmoid(attributes)
        context = self.pool(pooled) + self.from_attribute(probabilities * ATTRIBUTE_GAIN)
        likeliest, index = probabilities.topk(self.tokens, 1)
        memory = torch.cat([self.project(grid) + self.position, self._words(index, likeliest)], 1)
        return self._tensors(context, memory)

    def of_words(self, index: Tensor, probabilities: Tensor) -> PictureTensors:
        """Picture tensors of likely words alone: attribute numbers `(n, tokens)` and their probabilities."""
        every = torch.zeros(len(index), self.from_attribute.in_features, device=index.device)
        every.scatter_(1, index, probabilities)
        context = self.from_attribute(every * ATTRIBUTE_GAIN)
        return self._tensors(context, self._words(index, probabilities))

    def _words(self, index: Tensor, probabilities: Tensor) -> Tensor:
        words = self.normalize(self.word(index) + probabilities[:, :, None] * self.strength)  # (n, tokens, hidden)
        return torch.cat([words, self.sentinel.expand(index.shape[0], 1, -1)], 1)

    def _tensors(self, context: Tensor, memory: Tensor) -> PictureTensors:
        return PictureTensors(context, self._split(self.key(memory)), self._split(self.value(memory)))

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
        self.lstm1 = nn.LSTM(e, h, batch_first=True)
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
        x = self.drop_embedding(self.embedding(words)) + picture.context[:, None]  # (b, t, e)
        h1, state1 = self.lstm1(x, None if state is None else state[0])  # (b, t, hidden)
        query = self.query(h1).view(b, t, self.heads, -1).transpose(1, 2)  # (b, heads, t, hidden / heads)
        attended = F.scaled_dot_product_attention(query, picture.keys, picture.values)
        attended = attended.transpose(1, 2).reshape(b, t, -1)  # (b, t, hidden)
        h2, state2 = self.lstm2(self.drop(torch.cat([h1, attended], 2)), None if state is None else state[1])
        return self.output(self.drop(torch.cat([h2, attended], 2))), (state1, state2)


class EncoderDecoder(nn.Module):
    """The trained part: everything after the CNN."""

    def __init__(self, config: ModelConfig, sizes: FeatureSizes, cells: int, words: int) -> None:
        super().__init__()
        self.head = PictureHead(config, sizes, cells)
        self.decoder = DecoderRNN(config, words)
