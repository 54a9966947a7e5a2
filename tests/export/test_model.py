"""The torch model: teacher forcing, single steps and the exported step are the same computation."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="torch is not installed: run python3 start.py setup train")

import torch

from export.backbone import FeatureSizes
from export.config import ModelConfig
from export.graphs import DecoderGraph
from export.model import DecoderRNN, EncoderDecoder, PictureTensors

CONFIG = ModelConfig(hidden=32, embedding=16, heads=4, attributes=6, tokens=3)
SIZES = FeatureSizes(grid=10, pooled=12, classes=5)
CELLS, VOCABULARY, ROWS, LENGTH = 4, 20, 3, 5
MEMORY = CELLS + CONFIG.tokens + 1


@pytest.fixture
def model() -> EncoderDecoder:
    torch.manual_seed(1)
    return EncoderDecoder(CONFIG, SIZES, CELLS, VOCABULARY).eval()


@pytest.fixture
def picture(model: EncoderDecoder) -> PictureTensors:
    with torch.no_grad():
        pooled = torch.randn(ROWS, SIZES.pooled)
        tensors = model.head(torch.randn(ROWS, CELLS, SIZES.grid), pooled, model.head.attribute(pooled))
    assert tensors.context.shape == (ROWS, CONFIG.embedding)
    assert tensors.keys.shape == tensors.values.shape == (ROWS, CONFIG.heads, MEMORY, CONFIG.hidden // CONFIG.heads)
    return tensors


@pytest.fixture
def words() -> torch.Tensor:
    return torch.randint(0, VOCABULARY, (ROWS, LENGTH), generator=torch.Generator().manual_seed(2))


def graph_inputs(decoder: DecoderRNN, picture: PictureTensors) -> list[torch.Tensor]:
    """Gates, keys and values as the encoder's graph gives them."""
    lstm = decoder.lstm1
    gates = picture.context @ lstm.weight_ih_l0.t() + lstm.bias_ih_l0 + lstm.bias_hh_l0
    return [gates, picture.keys.transpose(2, 3) / picture.keys.shape[-1] ** 0.5, picture.values]


@torch.no_grad()
def test_teacher_forcing_is_the_same_as_word_by_word(
    model: EncoderDecoder, picture: PictureTensors, words: torch.Tensor
) -> None:
    together, _ = model.decoder(words, picture)
    state = None
    for position in range(LENGTH):
        scores, state = model.decoder(words[:, position : position + 1], picture, state)
        assert torch.allclose(scores[:, 0], together[:, position], atol=1e-5)


@torch.no_grad()
def test_the_exported_step_is_the_same_as_the_model(
    model: EncoderDecoder, picture: PictureTensors, words: torch.Tensor
) -> None:
    expected = model.decoder(words, picture)[0].log_softmax(-1)
    graph, inputs = DecoderGraph(model.decoder, CELLS), graph_inputs(model.decoder, picture)
    states = [torch.zeros(ROWS, CONFIG.hidden) for _ in range(4)]
    for position in range(LENGTH):
        log_probs, *states, attention = graph(words[:, position], *inputs, *states)
        assert torch.allclose(log_probs, expected[:, position], atol=1e-5)
        assert attention.shape == (ROWS, CELLS)
        assert (attention > 0).all()
        assert (attention.sum(1) < 1).all()  # the rest is for words and sentinel


@torch.no_grad()
def test_one_picture_serves_all_rows_of_a_step(
    model: EncoderDecoder, picture: PictureTensors, words: torch.Tensor
) -> None:
    graph, inputs = DecoderGraph(model.decoder, CELLS), graph_inputs(model.decoder, picture)
    states = [torch.randn(ROWS, CONFIG.hidden) for _ in range(4)]
    shared = graph(words[:, 0], *(values[:1] for values in inputs), *states)
    repeated = graph(words[:, 0], *(values[:1].expand(ROWS, *values.shape[1:]) for values in inputs), *states)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(shared, repeated, strict=True))


@torch.no_grad()
def test_rows_are_repeated_for_sentences(picture: PictureTensors) -> None:
    rows = picture.rows(torch.tensor([2, 2, 0]))
    assert torch.equal(rows.context[0], rows.context[1])
    assert torch.equal(rows.keys[2], picture.keys[0])
    assert rows.values.shape[0] == 3


@torch.no_grad()
def test_likely_words_alone_make_picture_tensors(model: EncoderDecoder, words: torch.Tensor) -> None:
    index = torch.tensor([[0, 1, 2], [0, 1, 2], [3, 1, 2]])
    probabilities = torch.tensor([[0.9, 0.5, 0.1], [0.9, 0.5, 0.1], [0.9, 0.5, 0.1]])
    picture = model.head.of_words(index, probabilities)
    assert picture.keys.shape == (ROWS, CONFIG.heads, CONFIG.tokens + 1, CONFIG.hidden // CONFIG.heads)
    scores, _ = model.decoder(words[:1].expand(ROWS, -1), picture)
    assert torch.allclose(scores[0], scores[1])
    assert not torch.allclose(scores[0], scores[2])
