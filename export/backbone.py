"""The pretrained CNNs as one torch module, and as an ONNX graph for caching features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from desktop_app.errors import UsageError
from export.config import EncoderConfig
from export.efficientnet_lite import EfficientNetLite1
from export.pp_lcnet import pretrained_lcnet

STRIDE = 32


@dataclass(frozen=True)
class FeatureSizes:
    """Channels of a cell of the grid, length of the pooled vector, number of class scores."""

    grid: int
    pooled: int
    classes: int


@dataclass(frozen=True)
class Network:
    """A pretrained CNN: how it is made for a side, and how much it gives."""

    make: Callable[[int], nn.Module]
    sizes: FeatureSizes


NETWORKS = {
    "efficientnet-lite1": Network(EfficientNetLite1, FeatureSizes(grid=512, pooled=1280, classes=1000)),
    "pp-lcnetv2": Network(lambda _: pretrained_lcnet(), FeatureSizes(grid=1024, pooled=1280, classes=1000)),
}


def networks(config: EncoderConfig) -> list[Network]:
    """The CNNs that a backbone such as `efficientnet-lite1+pp-lcnetv2` names. Raises UsageError."""
    names = config.backbone.split("+")
    for name in names:
        if name not in NETWORKS:
            raise UsageError(f"There is no backbone {name}, only {', '.join(NETWORKS)}, joined by +.")
    return [NETWORKS[name] for name in names]


def feature_sizes(config: EncoderConfig) -> FeatureSizes:
    """Sizes of what the backbone gives: features of all its CNNs, class scores of the first. Raises UsageError."""
    sizes = [network.sizes for network in networks(config)]
    return FeatureSizes(sum(size.grid for size in sizes), sum(size.pooled for size in sizes), sizes[0].classes)


def cell_count(config: EncoderConfig) -> int:
    """Cells of the grid."""
    return (config.side // STRIDE) ** 2


class Backbone(nn.Module):
    """The chosen CNNs on the same pixels, their features joined in the order of their names.

    One of them is enough as a witness of ImageNet's classes: the scores of another would be a megabyte more. Each
    normalises for itself, so uint8 RGB is all that the graph asks for.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.nets = nn.ModuleList(network.make(config.side) for network in networks(config))

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pixels `(n, side, side, 3)` → grid `(n, cells, …)`, pooled `(n, …)`, class scores: see `feature_sizes`."""
        x = pixels.to(torch.float32).permute(0, 3, 1, 2)  # (n, 3, side, side)
        grid, pooled, classes = zip(*(net(x) for net in self.nets), strict=True)
        return torch.cat(grid, -1), torch.cat(pooled, -1), classes[0]


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
