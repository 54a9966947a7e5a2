"""The one path that command line, window and tests take: a picture becomes a record, is kept, and is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from desktop_app.describer import Describer, failed
from desktop_app.errors import AppError, ModelPackageError
from desktop_app.history.store import CaptionStore, HistoryError
from desktop_app.record import Description, Seconds
from desktop_app.sources.image import ImageSource, content_key


class CaptionPipeline:
    """One picture after another through describer, history and voice."""

    def __init__(
        self,
        describer: Describer,
        store: CaptionStore | None,
        say: Callable[[str], object] | None,
        on_problem: Callable[[str], object],
    ) -> None:
        """`store` None keeps nothing; `say` None leaves the record unspoken.

        `on_problem` gets a sentence when the history fails; captions then go on without it.
        """
        self._describer = describer
        self._store = store
        self._say = say
        self._on_problem = on_problem

    def describe(self, source: ImageSource) -> Description:
        """The record of one picture. Raises `ModelPackageError` when the model cannot be used."""
        try:
            source = replace(source, data=source.read())
            record = self._known(source) or self._new(source)
        except ModelPackageError:
            raise
        except AppError as error:
            record = failed(source, error)
        if self._say is not None:
            self._say(record.spoken)
        return record

    def _known(self, source: ImageSource) -> Description | None:
        """What the same model said of the same bytes before, without running it again."""
        if self._store is None or source.data is None:
            return None
        model = self._describer.info().model.digest
        try:
            record = self._store.find(content_key(source.data), model)
        except HistoryError as error:
            self._do_without_history(error)
            return None
        return record and replace(record, path=source.origin, seconds=Seconds())

    def _new(self, source: ImageSource) -> Description:
        record = self._describer.describe(source)
        if self._store is not None and record.error is None:
            try:
                self._store.add(record)
            except HistoryError as error:
                self._do_without_history(error)
        return record

    def _do_without_history(self, error: HistoryError) -> None:
        self._store = None
        self._on_problem(error.message)

    def close(self) -> None:
        self._describer.close()
