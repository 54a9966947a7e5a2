"""The one TOML file that drives every step from pictures to package."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from desktop_app.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")


@dataclass(frozen=True)
class DatasetConfig:
    """One captioned set of pictures."""

    name: str
    path: str
    """Folder or file, relative to `data_root`: see `export.datasets` for the formats."""
    format: str = "folder"
    """`folder` (captions.json or captions.csv beside the pictures), `coco` or `flickr8k`."""
    weight: float = 1.0
    """Weight of each of its sentences in the loss, and of its words in the vocabulary."""
    later_weight: float = 1.0
    """Factor for every sentence of a picture after its first (sets whose first sentence names the scene)."""
    max_unknown: int = 2
    """A training sentence with more unknown words is left out."""
    exclude: str = ""
    """A regular expression; a training sentence in which it is found, in lower case, is left out."""
    hold_out: int = 0
    """Every n-th training picture becomes `val`, for sets that have no `val` split; 0: none."""
    mirror: bool = True
    """Use mirrored pictures too, where `encoder.flips` is on; large noisy sets gain little from it."""
    terms: str = ""
    """Terms of use, repeated in the model card."""


@dataclass(frozen=True)
class EncoderConfig:
    """The pretrained CNNs and what is taken from them."""

    backbone: str = "efficientnet-lite1"
    """`efficientnet-lite1`, `pp-lcnetv2`, or both: `efficientnet-lite1+pp-lcnetv2`."""
    side: int = 256
    resample: str = "bicubic"
    flips: bool = True
    """Cache the features of the mirrored pictures too, as augmentation."""
    store: str = "float16"
    """How the weights stand in the file: `float32`, `float16` or `int8`; they compute in single precision anyway."""


@dataclass(frozen=True)
class TextConfig:
    """Sentences about photographs without the photographs, on which the decoder learns to write."""

    path: str = ""
    """A file with one sentence a line, relative to `data_root`; empty: none."""
    weight: float = 0.2
    """Weight of its words in the vocabulary."""
    share: float = 0.0
    """How many text sentences are mixed into training with pictures, as a share of the sentences of pictures."""
    terms: str = ""


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the decoder."""

    hidden: int = 512
    embedding: int = 300
    heads: int = 8
    attributes: int = 1000
    """How many frequent content words the attribute head predicts from the pooled features."""
    tokens: int = 16
    """How many of the likeliest of them the decoder can attend to, beside the cells of the grid."""
    dropout: float = 0.4


@dataclass(frozen=True)
class TrainConfig:
    """The optimiser and its schedule."""

    epochs: int = 6
    hours: float = 2.0
    """Budget: the learning rate reaches its floor when epochs or hours are used up, whichever comes first."""
    batch_sentences: int = 100
    learning_rate: float = 1.2e-3
    weight_decay: float = 1e-4
    label_smoothing: float = 0.1
    clip: float = 2.0
    average: float = 0.998
    """Decay of the exponential moving average of the weights, which is what is evaluated and exported."""
    warmup_steps: int = 300
    max_words: int = 16
    checkpoint_minutes: float = 5.0
    threads: int = 2
    seed: int = 0


@dataclass(frozen=True)
class RefineConfig(TrainConfig):
    """The self-critical phase after training; 0 epochs leave it out."""

    epochs: int = 0
    learning_rate: float = 1e-4
    average: float = 0.98
    warmup_steps: int = 20
    pictures: int = 32
    """Pictures of a batch."""
    samples: int = 5
    """Sentences drawn for each of them."""
    min_references: int = 3
    """A picture with fewer sentences is left out: one noisy sentence is no judge of others."""
    support_weight: float = 0.5
    """What a sentence of supported things is worth, in units of CIDEr."""
    cross_entropy: float = 0.2
    """Weight of the cross-entropy of people's sentences."""
    wordnet: str = "/usr/share/wordnet"
    """Folder of WordNet 3.0."""
    share: float = 1.0
    """The published weights are so much of the way from the weights before this phase to those after it."""


@dataclass(frozen=True)
class DecodingConfig:
    """Defaults of the package's beam search; `length_exponent` is chosen on val."""

    beam_width: int = 5
    max_length: int = 20
    length_exponent: float = 0.9


@dataclass(frozen=True)
class PackageConfig:
    """What the published package is called."""

    name: str = "descry"
    version: str = "0.1"
    quantize_decoder: bool = True
    """8-bit weights in the decoder: a third of the bytes and less than half the time of a step."""
    licence: str = "weights: see MODEL_CARD.md; code: MIT"


@dataclass(frozen=True)
class ExportConfig:
    """Everything, as read from TOML."""

    data_root: str
    run: str
    """Folder for features, checkpoints and graphs."""
    vocabulary_min_count: int = 4
    datasets: tuple[DatasetConfig, ...] = ()
    text: TextConfig = field(default_factory=TextConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    pretrain: TrainConfig = field(default_factory=lambda: TrainConfig(epochs=1, hours=0.5))
    """The phase on text alone, before `train`; skipped without text."""
    train: TrainConfig = field(default_factory=TrainConfig)
    refine: RefineConfig = field(default_factory=RefineConfig)
    decoding: DecodingConfig = field(default_factory=DecodingConfig)
    package: PackageConfig = field(default_factory=PackageConfig)

    @property
    def run_folder(self) -> Path:
        return Path(self.run)

    def dataset(self, name: str) -> DatasetConfig:
        """The set of that name; `UsageError` names the sets there are."""
        for dataset in self.datasets:
            if dataset.name == name:
                return dataset
        raise UsageError(f"The configuration has no data set {name}, only {', '.join(d.name for d in self.datasets)}.")


def build(cls: type[T], table: dict[str, Any], where: str) -> T:
    """A dataclass from a TOML table; `UsageError` on a key that does not exist or a wrong type."""
    hints = get_type_hints(cls)
    names = {f.name for f in fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(table) - names)
    if unknown:
        raise UsageError(f"{where} has no option {unknown[0]}; it knows {', '.join(sorted(names))}.")
    values: dict[str, Any] = {}
    for key, value in table.items():
        hint = hints[key]
        if is_dataclass(hint):
            values[key] = build(hint, value, key)  # type: ignore[arg-type]
        elif key == "datasets":
            values[key] = tuple(build(DatasetConfig, row, "datasets") for row in value)
        elif hint is float and isinstance(value, int):
            values[key] = float(value)
        elif not isinstance(value, hint):
            raise UsageError(f"{where}: {key} must be of type {hint.__name__}.")
        else:
            values[key] = value
    try:
        return cls(**values)
    except TypeError as error:
        raise UsageError(f"{where} is incomplete: {error}.") from error


def load_config(path: Path) -> ExportConfig:
    """Read and check a configuration; `UsageError` says what is wrong with it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The configuration {path.name} cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"The configuration {path.name} is not valid TOML: {error}.") from error
    return build(ExportConfig, table, path.name)
