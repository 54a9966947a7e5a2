"""Execution providers: which there are, which really work, and why another does not."""

from __future__ import annotations

import ctypes
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_state

from desktop_app import messages

logger = logging.getLogger(__name__)
T = TypeVar("T")

PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""By the name a person uses, in order of preference."""

ORT_ERRORS: tuple[type[Exception], ...] = (
    ort_state.Fail,
    ort_state.EPFail,
    ort_state.EngineError,
    ort_state.InvalidArgument,
    ort_state.InvalidGraph,
    ort_state.InvalidProtobuf,
    ort_state.NoModel,
    ort_state.NoSuchFile,
    ort_state.NotImplemented,
    ort_state.RuntimeException,
)
"""What onnxruntime raises; its errors share no base class."""


@dataclass(frozen=True)
class ProviderChoice:
    """The provider in use and why the ones before it are not."""

    name: str
    """`cuda`, `directml`, `coreml` or `cpu`."""
    problems: tuple[str, ...] = ()
    """One sentence for each provider that was wanted and did not work."""


def candidates(wanted: str, available: Sequence[str] | None = None) -> tuple[list[str], list[str]]:
    """Providers to try in order, and a sentence for a wanted one that this installation lacks.

    `available` replaces the full names of those that this installation has.
    """
    built_in = set(ort.get_available_providers() if available is None else available)
    usable = [name for name, full in PROVIDERS.items() if full in built_in]
    if wanted == "auto":
        return usable, []
    if wanted in usable:
        return list(dict.fromkeys([wanted, "cpu"])), []
    return ["cpu"], [messages.provider_not_installed(wanted)]


def open_with_fallback(
    wanted: str, open_on: Callable[[str], T], available: Sequence[str] | None = None
) -> tuple[T, ProviderChoice]:
    """Open on the first provider that loads and runs; the last one tried is always the CPU.

    `open_on` raises one of `ORT_ERRORS` when a provider does not work. On the CPU the error is passed on.
    """
    names, problems = candidates(wanted, available)
    for name in names:
        try:
            return open_on(name), ProviderChoice(name, tuple(problems))
        except ORT_ERRORS as error:
            if name == "cpu":
                raise
            logger.info("provider %s failed: %s", name, type(error).__name__)
            problems.append(messages.provider_failed(name))
    raise AssertionError("the CPU provider is part of every onnxruntime")


def make_session(graph: bytes, provider: str, threads: int) -> ort.InferenceSession:
    """A session that runs on this provider; `threads` 0 lets onnxruntime decide. Raises one of `ORT_ERRORS`."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that spin between two runs take the processor from those that decode the next picture, and power
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # failures come as exceptions and are told as sentences
    # Planned blocks for all activations of a size hold memory for no measurable time; DirectML does not work with them
    options.enable_mem_pattern = False
    full = PROVIDERS[provider]
    providers = list(dict.fromkeys([full, PROVIDERS["cpu"]]))
    try:
        # onnxruntime's own fallback writes to standard output, where only results belong
        session = ort.InferenceSession(graph, options, providers=providers, enable_fallback=0)
    except (ValueError, RuntimeError) as error:  # from the driver of a provider
        raise ort_state.EPFail(str(error)) from error
    if session.get_providers()[0] != full:  # onnxruntime falls back without a word
        raise ort_state.EPFail(f"{full} did not load")
    # WORKAROUND: it keeps the bytes for its own fallback, which is off ("this is bad", says a comment there)
    # https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/python/onnxruntime_inference_collection.py
    session._model_bytes = None
    _give_back_memory()
    return session


def _give_back_memory() -> None:
    """Return what reading a graph has left over to the system; glibc would keep it, as much again as the weights."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
