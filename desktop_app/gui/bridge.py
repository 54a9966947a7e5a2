"""Bridge: the signals by which the other threads tell the window something; the only crossing there is."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Bridge(QObject):
    """Lives in the window's thread; may be emitted from any."""

    captioned = Signal(object)
    """(Description) A picture was described, or could not be: then the record has an error."""
    pictured = Signal(object)
    """(Preview | None) What the described picture looks like."""
    failed = Signal(str)
    """(sentence) Something else went wrong, such as the model."""
    progressed = Signal(str)
    """(sentence) What is being done now."""
    speaking = Signal(str)
    """(sentence) What Descry's own voice says now; empty when it is silent."""
    presented = Signal(str, bool)
    """(sentence, whether the screen reader hears announcements) To be said by the screen reader."""
