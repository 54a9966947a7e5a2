"""Descry beside a graph of ViT-GPT2's shape, each in a process of its own: seconds and memory."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from desktop_app import messages
from desktop_app.bench import vit_gpt2
from desktop_app.bench.figures import Figure
from desktop_app.child import kill_group, release, start_worker
from desktop_app.errors import BenchUnavailable
from desktop_app.pipes import read_request, write_request

_MODULE = "desktop_app.bench.contestant"
_ROUNDS = 9
_TIMES_AS_FAST = 8.0
_SHARE_OF_MEMORY = 1 / 3


def versus_figures(
    package: Path, pictures: Sequence[Path], threads: int, shape: vit_gpt2.Shape | None = None
) -> Iterator[Figure]:
    """Encoder and beam search of a package against the other's encoder and greedy search; reading is not in it.

    Raises `BenchUnavailable` where the other's graphs cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="descry-") as name, ExitStack() as stack:
        graphs = Path(name)
        vit_gpt2.write_graphs(graphs, shape or vit_gpt2.Shape())
        size = sum(path.stat().st_size for path in graphs.iterdir())
        ours, theirs, empty = (
            stack.enter_context(Contestant(who, folder, threads))
            for who, folder in (("descry", package), ("vit_gpt2", graphs), ("nothing", graphs))
        )
        for picture in islice(cycle(pictures), _ROUNDS + 1):
            for contestant in (ours, theirs, empty):
                contestant.describe(picture)
    yield Figure("caption.beam5_ms", 1000 * ours.seconds, None, "lower", "ms")
    yield Figure("caption.vit_gpt2_ms", 1000 * theirs.seconds, None, "lower", "ms")
    yield Figure("caption.vit_gpt2_encoder_ms", 1000 * statistics.median(theirs.encode[1:]), None, "lower", "ms")
    yield Figure("caption.vit_gpt2_over_beam5", theirs.seconds / ours.seconds, _TIMES_AS_FAST, "higher", "ratio")
    yield Figure("caption.vit_gpt2_mb", size / 1e6, None, "lower", "MB")
    if ours.resident:
        yield from _memory_figures(ours, theirs, empty)


def _memory_figures(ours: Contestant, theirs: Contestant, empty: Contestant) -> Iterator[Figure]:
    yield Figure("caption.memory_mb", ours.peak / 1e6, None, "lower", "MB")
    yield Figure("caption.vit_gpt2_memory_mb", theirs.peak / 1e6, None, "lower", "MB")
    yield Figure("caption.libraries_memory_mb", empty.peak / 1e6, None, "lower", "MB")
    yield Figure("caption.resident_mb", ours.resident / 1e6, None, "lower", "MB")
    yield Figure("caption.vit_gpt2_resident_mb", theirs.resident / 1e6, None, "lower", "MB")
    share = ours.resident / theirs.resident
    yield Figure("caption.resident_over_vit_gpt2", share, _SHARE_OF_MEMORY, "lower", "ratio")


@dataclass
class Contestant:
    """One captioner in its own process. A context manager; raises `BenchUnavailable` when the process ends."""

    name: str
    folder: Path
    threads: int
    encode: list[float] = field(default_factory=list)
    decode: list[float] = field(default_factory=list)
    resident: float = 0.0
    peak: float = 0.0

    def __enter__(self) -> Contestant:
        self._process = start_worker(_MODULE)
        self._send({"name": self.name, "folder": str(self.folder.resolve()), "threads": self.threads})
        return self

    def __exit__(self, *_: object) -> None:
        kill_group(self._process)
        release(self._process)

    def describe(self, picture: Path) -> None:
        """One picture; adds its seconds and notes the memory."""
        self._send({"picture": str(picture)})
        assert self._process.stdout is not None
        answer = read_request(self._process.stdout)
        if answer is None:
            raise BenchUnavailable(messages.bench_contestant_ended(self.name))
        numbers = {key: float(str(value)) for key, value in answer.items()}
        self.encode.append(numbers["encode"])
        self.decode.append(numbers["decode"])
        self.resident, self.peak = numbers["resident"], numbers["peak"]

    @property
    def seconds(self) -> float:
        """Median for one picture; the first, which fills the caches, is left out."""
        return statistics.median(a + b for a, b in list(zip(self.encode, self.decode, strict=True))[1:])

    def _send(self, request: dict[str, object]) -> None:
        assert self._process.stdin is not None
        write_request(self._process.stdin, request)
