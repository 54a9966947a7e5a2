"""The one path that command line, window and tests take: a picture becomes a record, is kept, and is said."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from desktop_app.describer import Describer, failed
from desktop_app.errors import AppError, ModelPackageError
from desktop_app.history.store import CaptionStore, HistoryError
from desktop_app.record import Description, Seconds
from desktop_app.sources.image import ImageSource

_READERS = 2
"""A large photograph takes longer to decode than to describe."""


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

    def describe_each(self, sources: Iterable[ImageSource]) -> Generator[Description, None, None]:
        """As `describe`, one after another; the next pictures are read and decoded while this one is described.

        Takes some sources more than it has answered, so it is not for sources that are waited for.
        """
        with ThreadPoolExecutor(_READERS, thread_name_prefix="read-ahead") as readers:
            ahead: deque[Future[ImageSource]] = deque()
            for source in sources:
                ahead.append(readers.submit(self._read_ahead, source))
                if len(ahead) > _READERS:
                    yield self.describe(ahead.popleft().result())
            while ahead:
                yield self.describe(ahead.popleft().result())

    def _read_ahead(self, source: ImageSource) -> ImageSource:
        """What can be done before a picture's turn comes; what is wrong with it is told then."""
        try:
            source = replace(source, data=source.read())
            return source if self._known(source) else self._describer.prepare(source)
        except AppError:
            return source

    def _known(self, source: ImageSource) -> Description | None:
        """What the same model said of the same bytes before, without running it again."""
        if self._store is None:
            return None
        model = self._describer.info().model.digest
        try:
            record = self._store.find(source.content, model)
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
        store, self._store = self._store, None
        if store is not None:  # else a picture that was read ahead has told it
            self._on_problem(error.message)

    def close(self) -> None:
        self._describer.close()
