"""The one path: described, kept, said; known pictures without the model; and on without a history that fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app.captioning.captioner import Captioner
from desktop_app.describer import LocalDescriber
from desktop_app.errors import CaptioningFailed, ModelPackageError
from desktop_app.history.store import CaptionStore
from desktop_app.pipeline import CaptionPipeline
from desktop_app.record import Description, Seconds
from desktop_app.sources.image import ImageSource
from tests.fixtures.tiny_package import TRAP_GREY, MakePackage, picture, save_picture

UNUSABLE = "The history history.sqlite cannot be used: descriptions are not kept until it is moved away or mended."


class Counted(LocalDescriber):
    """Counts how often the model is asked."""

    count = 0
    prepared = 0

    def prepare(self, source: ImageSource) -> ImageSource:
        self.prepared += 1
        return super().prepare(source)

    def describe(self, source: ImageSource) -> Description:
        self.count += 1
        return super().describe(source)


class Room:
    """A pipeline and all that went in and out."""

    def __init__(self, package: Path, history: Path) -> None:
        self.said: list[str] = []
        self.problems: list[str] = []
        self.describer = Counted(lambda: Captioner.load(package, "cpu", 1))
        self.store = CaptionStore(history)
        self.pipeline = CaptionPipeline(self.describer, self.store, self.said.append, self.problems.append)

    def describe(self, path: Path) -> Description:
        return self.pipeline.describe(ImageSource.from_path(path))


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.sqlite"


@pytest.fixture
def room(tiny_package: Path, history: Path) -> Iterator[Room]:
    room = Room(tiny_package, history)
    yield room
    room.pipeline.close()
    room.store.close()


def test_a_picture_becomes_a_sentence(room: Room, tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.png", "red")
    record = room.describe(path)
    assert (record.path, record.caption, record.error) == (str(path), "a red square", None)
    assert (record.width, record.height, record.kind, record.band) == (32, 24, "unknown", "unsure")
    assert record.content == ImageSource.from_path(path).load(8).content
    assert record.model == room.describer.info().model
    assert [alternative.caption for alternative in record.alternatives][:1] == ["a red square is red"]
    assert record.seconds.total >= record.seconds.read + record.seconds.encode + record.seconds.decode - 0.001
    assert room.said == ["Maybe: a red square."] == [record.spoken]


def test_a_known_picture_is_said_without_the_model(room: Room, tmp_path: Path) -> None:
    first = room.describe(save_picture(tmp_path / "a.png", "red"))
    again = room.describe(save_picture(tmp_path / "b.png", "red"))
    assert (room.describer.count, room.said) == (1, ["Maybe: a red square."] * 2)
    assert (again.path, again.content, again.caption) == (str(tmp_path / "b.png"), first.content, "a red square")
    assert again.seconds == Seconds()


def test_another_model_says_its_own(room: Room, history: Path, make_tiny_package: MakePackage, tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.png", "red")
    room.describe(path)
    other = Room(make_tiny_package(trap="fail"), history)
    other.describe(path)
    assert (room.describer.count, other.describer.count) == (1, 1)
    other.store.close()


def test_without_a_history_nothing_is_kept(room: Room, tiny_package: Path, history: Path, tmp_path: Path) -> None:
    pipeline = CaptionPipeline(room.describer, None, None, room.problems.append)
    for _ in range(2):
        assert pipeline.describe(ImageSource.from_path(save_picture(tmp_path / "a.png"))).caption == "a red square"
    assert (room.describer.count, history.exists(), room.said) == (2, False, [])


@pytest.mark.faults
def test_a_history_that_fails_is_told_once_and_captions_go_on(room: Room, history: Path, tmp_path: Path) -> None:
    history.parent.mkdir()
    history.write_bytes(b"this is no database")
    found = [room.describe(save_picture(tmp_path / f"{name}.png", name)).caption for name in ("red", "blue", "lime")]
    assert found == ["a red square", "a blue square", "a green circle"]
    assert room.problems == [UNUSABLE]
    assert history.read_bytes() == b"this is no database"


@pytest.mark.faults
def test_what_cannot_be_read_is_said_and_the_next_picture_works(room: Room, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("Dear diary", encoding="utf-8")
    sentences = [
        "There is no file gone.jpg: check the name.",
        "text.jpg is not a picture that can be read: open it in another program and save it as JPEG or PNG.",
        "Maybe: a blue square.",
    ]
    records = [room.describe(tmp_path / "gone.jpg"), room.describe(tmp_path / "text.jpg")]
    room.describe(save_picture(tmp_path / "blue.png", "blue"))
    assert room.said == sentences
    assert [(r.caption, r.error and r.error.code, r.error and r.error.message) for r in records] == [
        (None, "unreadable", sentence) for sentence in sentences[:2]
    ]
    assert [entry.record.caption for entry in room.store.search()] == ["a blue square"]


@pytest.mark.faults
def test_a_picture_that_the_model_fails_on(make_tiny_package: MakePackage, history: Path, tmp_path: Path) -> None:
    room = Room(make_tiny_package(trap="fail"), history)
    record = room.describe(save_picture(tmp_path / "trap.png", TRAP_GREY))
    assert record.error is not None
    assert record.error.code == "captioning"
    assert room.describe(save_picture(tmp_path / "red.png")).caption == "a red square"
    assert len(room.store.search()) == 1
    room.store.close()


@pytest.mark.faults
@pytest.mark.parametrize("keeps", [True, False])
def test_a_model_that_cannot_be_used_is_an_error_of_its_own(tmp_path: Path, history: Path, keeps: bool) -> None:
    room = Room(tmp_path / "none", history)
    pipeline = CaptionPipeline(room.describer, room.store if keeps else None, room.said.append, room.problems.append)
    with pytest.raises(ModelPackageError):
        pipeline.describe(ImageSource.from_path(save_picture(tmp_path / "a.png")))
    assert room.said == []
    room.store.close()


@pytest.mark.faults
def test_a_describer_that_cannot_even_start_is_a_record(room: Room, tmp_path: Path) -> None:
    class Stopped(LocalDescriber):
        def captioner(self) -> Captioner:
            raise CaptioningFailed("The captioner ended.")

    pipeline = CaptionPipeline(Stopped(lambda: None), room.store, room.said.append, room.problems.append)  # type: ignore[arg-type, return-value]
    record = pipeline.describe(ImageSource.from_path(save_picture(tmp_path / "a.png")))
    assert record.error is not None
    assert (record.error.code, room.said) == ("captioning", ["The captioner ended."])


def test_bytes_have_no_path_and_standard_input_has_a_dash(room: Room) -> None:
    import io

    buffer = io.BytesIO()
    picture("blue").save(buffer, "PNG")
    buffer.seek(0)
    assert room.pipeline.describe(ImageSource.from_bytes(buffer.getvalue())).path == ""
    record = room.pipeline.describe(ImageSource.from_stream(buffer))
    assert (record.path, record.caption) == ("-", "a blue square")


def test_a_closed_describer_opens_anew(room: Room, tmp_path: Path) -> None:
    room.describe(save_picture(tmp_path / "a.png", "red"))
    room.pipeline.close()
    assert room.describe(save_picture(tmp_path / "b.png", "blue")).caption == "a blue square"


def test_each_in_order_with_the_bad_ones_among_them(room: Room, tmp_path: Path) -> None:
    (tmp_path / "b.png").write_text("no picture")
    paths = [save_picture(tmp_path / "a.png", "red"), tmp_path / "b.png", tmp_path / "c.png", tmp_path / "d.png"]
    save_picture(paths[3], "blue")
    records = list(room.pipeline.describe_each(map(ImageSource.from_path, paths)))
    assert [record.path for record in records] == [str(path) for path in paths]
    assert [record.caption for record in records] == ["a red square", None, None, "a blue square"]
    assert room.said == [record.spoken for record in records]


def test_each_gives_the_same_records_as_one_by_one(room: Room, tiny_package: Path, tmp_path: Path) -> None:
    paths = [save_picture(tmp_path / f"{colour}.jpg", colour, size=(300, 200)) for colour in ("red", "lime", "blue")]
    sources = [ImageSource.from_path(path) for path in paths]
    alone = [LocalDescriber(lambda: Captioner.load(tiny_package, "cpu")).describe(source) for source in sources]
    ahead = list(room.pipeline.describe_each(sources))
    assert [replace(r, seconds=Seconds()) for r in ahead] == [replace(r, seconds=Seconds()) for r in alone]
    assert all(0 < r.seconds.read < r.seconds.total for r in ahead)


def test_known_pictures_are_not_decoded_ahead(room: Room, tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.png", "red")
    room.describe(path)
    assert [r.caption for r in room.pipeline.describe_each([ImageSource.from_path(path)] * 3)] == ["a red square"] * 3
    assert (room.describer.count, room.describer.prepared) == (1, 0)


def test_a_loop_that_stops_has_taken_only_a_few_ahead(room: Room, tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.png", "red")
    taken: list[int] = []

    def sources() -> Iterator[ImageSource]:
        for number in range(100):
            taken.append(number)
            yield ImageSource.from_path(path)

    records = room.pipeline.describe_each(sources())
    next(records)
    records.close()
    assert len(taken) == 3
