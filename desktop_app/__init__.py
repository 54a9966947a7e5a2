"""Descry: hear what is in your pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from desktop_app.batch import BatchJob, run_batch
    from desktop_app.generator import ImageCaptionGenerator
    from desktop_app.record import Description

__version__ = "0.1.0"
__all__ = ["BatchJob", "Description", "ImageCaptionGenerator", "run_batch"]

_HOMES = {
    "ImageCaptionGenerator": "desktop_app.generator",
    "Description": "desktop_app.record",
    "BatchJob": "desktop_app.batch",
    "run_batch": "desktop_app.batch",
}


def __getattr__(name: str) -> Any:
    """The public names, each loaded when it is first asked for (PEP 562): importing the package stays cheap."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
