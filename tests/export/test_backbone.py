"""The pretrained CNNs: what they give together, and that their weights are where they belong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from desktop_app.errors import AppError, UsageError
from export.config import EncoderConfig
from tests.export.conftest import without_warnings
from tests.export.paddle_file import paddle_bytes

pytest.importorskip("torch", reason="torch is not installed: run python3 start.py setup train")

import torch

from export.backbone import Backbone, FeatureSizes, cell_count, export_backbone, feature_sizes
from export.pp_lcnet import PPLCNetV2, load_published, pretrained_lcnet, published_names

BOTH = EncoderConfig(backbone="efficientnet-lite1+pp-lcnetv2", side=64)


def gradients(side: int) -> np.ndarray:
    """A picture that is the same everywhere: `(1, side, side, 3)`."""
    y, x = np.mgrid[0:side, 0:side]
    return np.stack([x, y, x * y // 255 % 256], -1).astype(np.uint8)[None]


def test_sizes_add_up() -> None:
    assert feature_sizes(EncoderConfig()) == FeatureSizes(grid=512, pooled=1280, classes=1000)
    assert feature_sizes(BOTH) == FeatureSizes(grid=1536, pooled=2560, classes=1000)
    assert cell_count(BOTH) == 4


def test_an_unknown_backbone_is_named() -> None:
    with pytest.raises(UsageError, match="There is no backbone resnet, only efficientnet-lite1, pp-lcnetv2, joined by"):
        feature_sizes(EncoderConfig(backbone="efficientnet-lite1+resnet"))


def test_published_weights_are_numbered_as_in_training() -> None:
    names = published_names(PPLCNetV2())
    assert len(names) == len(set(names.values())) == 168
    # From the list that Paddle writes beside the weights; 11, 12 and 18 to 20 were parallel kernels
    assert names["conv2d_0.w_0"] == "stem.0.0.weight"
    assert names["conv2d_13.b_0"] == "stages.4.depthwise.0.bias"
    assert names["batch_norm2d_13.w_1"] == "stages.4.pointwise.0.1.running_mean"
    assert names["conv2d_21.w_0"] == "stages.5.depthwise.0.weight"
    assert names["conv2d_22.w_0"] == "stages.5.excite.squeeze.weight"
    assert names["batch_norm2d_46.w_2"] == "stages.11.pointwise.1.running_var"
    assert names["conv2d_67.w_0"] == "last_conv.weight"


def test_weights_of_another_network_are_refused() -> None:
    net = PPLCNetV2()
    state, names = net.state_dict(), published_names(net)
    files = {name: paddle_bytes(state[ours].numpy()) for name, ours in names.items()}
    files["linear_0.w_0"] = paddle_bytes(state["classifier.weight"].numpy().T.copy())
    whole = [files[name] for name in sorted(files)]
    load_published(PPLCNetV2(), b"".join(whole))
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        load_published(net, b"".join(whole[:-1]))
    whole[0] = paddle_bytes(np.zeros(31, np.float32))
    with pytest.raises(ValueError, match="of another size"):
        load_published(net, b"".join(whole))


@pytest.fixture(scope="module")
def lcnet() -> PPLCNetV2:
    try:
        return pretrained_lcnet()
    except AppError as error:
        pytest.skip(error.message)


@pytest.mark.slow
def test_the_published_network_computes_what_it_did(lcnet: PPLCNetV2) -> None:
    with torch.no_grad():
        grid, pooled, classes = lcnet(torch.from_numpy(gradients(256)).permute(0, 3, 1, 2).float())
    # As the graph that paddle2onnx makes of it computes
    best = classes[0].topk(4)
    assert best.indices.tolist() == [644, 530, 629, 604]
    assert best.values.numpy() == pytest.approx([4.80929, 4.41039, 4.05773, 3.79315], abs=1e-3)
    assert pooled[0, :4].numpy() == pytest.approx([0.0, 0.12810, 0.54272, 0.0], abs=1e-3)
    assert grid.shape == (1, 64, 1024)
    assert grid[0, 9].topk(3).values.numpy() == pytest.approx([11.44226, 9.26914, 8.92330], abs=1e-3)


@pytest.mark.slow
def test_two_networks_in_one_graph(lcnet: PPLCNetV2, tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed: run python3 start.py setup train")
    pytest.importorskip("efficientnet_lite_pytorch", reason="the encoder is not installed: run start.py setup train")
    with without_warnings():
        export_backbone(BOTH, tmp_path / "both.onnx")
    pixels = np.concatenate([gradients(64), 255 - gradients(64)])
    session = ort.InferenceSession(str(tmp_path / "both.onnx"), providers=["CPUExecutionProvider"])
    together = session.run(["grid", "pooled", "classes"], {"pixels": pixels})
    assert [values.shape for values in together] == [(2, 4, 1536), (2, 2560), (2, 1000)]
    with torch.no_grad():
        first = Backbone(EncoderConfig(side=64))(torch.from_numpy(pixels))
        second = lcnet(torch.from_numpy(pixels).permute(0, 3, 1, 2).float())
    for joined, *parts in zip(together[:2], first[:2], second[:2], strict=True):
        assert joined == pytest.approx(torch.cat(parts, -1).numpy(), abs=1e-3)
    assert together[2] == pytest.approx(first[2].numpy(), abs=1e-3)
