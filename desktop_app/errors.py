"""Errors that can be spoken: every message is one sentence that says what is wrong and what to do."""


class AppError(Exception):
    """Base of all errors that a person is told about.

    `message` is a full sentence in plain words: it is spoken and shown as it is.
    """

    code = "error"
    """Short stable name for scripts, the `error.code` of a record."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UnreadableImage(AppError):
    """The picture cannot be opened, is not a picture, or is too large."""

    code = "unreadable"


class ModelPackageError(AppError):
    """The model package is missing, damaged or of an unknown format."""

    code = "model"


class CaptioningFailed(AppError):
    """The captioner's process ended or gave no answer for this picture."""

    code = "captioning"


class SpeechUnavailable(AppError):
    """No voice can speak now; the text stays on the screen."""

    code = "speech"


class SourceUnavailable(AppError):
    """A folder or the clipboard cannot be read."""

    code = "source"


class SettingsError(AppError):
    """A setting was given a value that it cannot take."""

    code = "settings"


class BenchUnavailable(AppError):
    """Something that a benchmark measures with is not installed."""

    code = "bench"


class UsageError(AppError):
    """The command line asks for something that does not exist."""

    code = "usage"
