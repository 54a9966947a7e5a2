"""The history: kept by content, private, shared by processes, and never a reason to fail."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from desktop_app.history.store import CaptionStore, HistoryError
from desktop_app.record import ModelId
from tests.fixtures.records import MODEL, failed_record, record

PROGRAM = Path(__file__).resolve().parents[2]
UNUSABLE = "The history history.sqlite cannot be used: descriptions are not kept until it is moved away or mended."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.sqlite"


@pytest.fixture
def store(file: Path):
    store = CaptionStore(file)
    yield store
    store.close()


def captions(store: CaptionStore, words: str = "", limit: int = 20) -> list[str | None]:
    return [entry.record.caption for entry in store.search(words, limit)]


def test_a_record_is_found_by_content_and_model(store: CaptionStore) -> None:
    store.add(record(1))
    assert store.find(record(1).content or "", MODEL.digest) == record(1)
    assert store.find(record(2).content or "", MODEL.digest) is None
    assert store.find(record(1).content or "", "sha256:other") is None


def test_models_have_their_own_sentences(store: CaptionStore) -> None:
    other = ModelId("tiny", "2.0", "sha256:" + "2" * 64)
    store.add(record(1))
    store.add(record(1, caption="a wolf", model=other))
    assert captions(store) == ["a wolf", "1 dogs on a beach"]


def test_a_newer_record_takes_the_place_of_the_older(store: CaptionStore) -> None:
    store.add(record(1))
    store.add(record(1, path="moved.jpg", caption="a wolf"))
    assert [(entry.record.path, entry.record.caption) for entry in store.search()] == [("moved.jpg", "a wolf")]


def test_what_was_not_described_is_not_kept(store: CaptionStore, file: Path) -> None:
    store.add(failed_record())
    assert not file.exists()


def test_it_is_still_there_for_the_next_run(store: CaptionStore, file: Path) -> None:
    store.add(record(1))
    store.close()
    again = CaptionStore(file)
    assert captions(again) == ["1 dogs on a beach"]
    again.close()


def test_it_opens_again_after_it_was_closed(store: CaptionStore) -> None:
    store.add(record(1))
    store.close()
    store.close()
    assert captions(store) == ["1 dogs on a beach"]


def test_the_newest_come_first_and_no_more_than_asked_for(store: CaptionStore) -> None:
    for number in range(30):
        store.add(record(number))
    assert captions(store, limit=3) == ["29 dogs on a beach", "28 dogs on a beach", "27 dogs on a beach"]
    assert len(store.search()) == 20


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("wolf", ["a grey wolf"]),
        ("WOLF grey", ["a grey wolf"]),
        ("wolf beach", []),
        ("holiday", ["a grey wolf", "50% of a dog_house", "1 dogs on a beach"]),
        ("%", ["50% of a dog_house"]),
        ("_", ["50% of a dog_house"]),
        ("\\", []),
        ("'; DROP TABLE captions; --", []),
        ("", ["a grey wolf", "50% of a dog_house", "1 dogs on a beach"]),
    ],
)
def test_every_word_must_stand_in_caption_or_path(store: CaptionStore, words: str, found: list[str]) -> None:
    for number, caption in enumerate(["1 dogs on a beach", "50% of a dog_house", "a grey wolf"]):
        store.add(record(number, caption=caption))
    assert captions(store, words) == found


def test_a_declined_picture_is_kept_too(store: CaptionStore) -> None:
    declined = record(1, caption=None, band="declined", spoken="I cannot say what this picture shows.")
    store.add(declined)
    assert store.find(declined.content or "", MODEL.digest) == declined


def test_a_name_that_is_no_utf_8(store: CaptionStore) -> None:
    store.add(record(1, path="caf\udce9.jpg"))
    assert [entry.record.path for entry in store.search("caf")] == ["caf\udce9.jpg"]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such rights: run it on Linux or macOS")
def test_only_the_owner_can_read_it(store: CaptionStore, file: Path) -> None:
    old = os.umask(0)
    try:
        store.add(record(1))
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    rights = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert rights == dict.fromkeys(("history.sqlite", "history.sqlite-wal", "history.sqlite-shm"), 0o600)


def test_cleared_means_that_nothing_is_left_on_the_disk(store: CaptionStore, file: Path) -> None:
    for number in range(200):
        store.add(record(number, caption="a secret meeting", path="secret.jpg"))
    assert any(b"secret" in path.read_bytes() for path in file.parent.iterdir())
    store.close()  # only now everything is in the file itself
    full = file.stat().st_size
    assert store.clear() == 200
    assert file.stat().st_size < full / 4
    assert store.search() == []
    assert [path.name for path in file.parent.iterdir() if b"secret" in path.read_bytes()] == []
    assert store.clear() == 0


@pytest.mark.faults
@pytest.mark.parametrize("content", [b"this is no database", b"SQLite format 3\0" + bytes(4000)])
def test_a_file_that_is_no_history(store: CaptionStore, file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    for use in (lambda: store.add(record(1)), store.search, store.clear, lambda: store.find("", "")):
        with pytest.raises(HistoryError) as caught:
            use()
        assert (caught.value.message, caught.value.code) == (UNUSABLE, "history")
    assert file.read_bytes() == content


@pytest.mark.faults
def test_a_history_with_other_tables(store: CaptionStore, file: Path) -> None:
    file.parent.mkdir()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE captions (title TEXT)")
    connection.close()
    with pytest.raises(HistoryError):
        store.search()


@pytest.mark.faults
def test_a_folder_in_its_place(store: CaptionStore, file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(HistoryError):
        store.add(record(1))


@pytest.mark.faults
def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(HistoryError):
        CaptionStore(tmp_path / "data" / "history.sqlite").add(record(1))


@pytest.mark.faults
def test_a_history_that_is_mended_is_used_again(store: CaptionStore, file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"this is no database")
    with pytest.raises(HistoryError):
        store.add(record(1))
    file.unlink()
    store.add(record(1))
    assert captions(store) == ["1 dogs on a beach"]


@pytest.mark.faults
@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"spoken": 3}', '{"path": "a", "model": 3}'])
def test_a_row_that_cannot_be_read_is_passed_over(store: CaptionStore, file: Path, text: str) -> None:
    store.add(record(1))
    store.add(record(2))
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE captions SET record = ? WHERE content = ?", (text, record(1).content))
    connection.close()
    assert store.find(record(1).content or "", MODEL.digest) is None
    assert captions(store) == ["2 dogs on a beach"]
    store.add(record(1))
    assert store.find(record(1).content or "", MODEL.digest) == record(1)


def test_threads_share_a_store(store: CaptionStore) -> None:
    def work(first: int) -> None:
        for number in range(first, first + 20):
            store.add(record(number))

    threads = [threading.Thread(target=work, args=(first,)) for first in range(0, 100, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.search(limit=1000)) == 100


ADD_MANY = """
import sys
from pathlib import Path
from desktop_app.history.store import CaptionStore
from tests.fixtures.records import record
store = CaptionStore(Path(sys.argv[1]))
sys.stdin.read(1)  # all at the same moment
for number in range(int(sys.argv[2]), int(sys.argv[2]) + 25):
    store.add(record(number))
store.close()
"""


@pytest.mark.slow
def test_processes_share_a_history_from_its_first_moment(store: CaptionStore, file: Path) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", ADD_MANY, file, str(first)],
            cwd=PROGRAM,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for first in range(0, 100, 25)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"1")
        child.stdin.flush()
    assert [child.communicate()[1] for child in children] == [b""] * 4
    assert [child.returncode for child in children] == [0] * 4
    assert len(store.search(limit=1000)) == 100


@pytest.mark.faults
def test_a_process_that_holds_the_history_for_ever(
    store: CaptionStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add(record(1))
    store.close()
    monkeypatch.setattr("desktop_app.history.store.PATIENCE", 0.05)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(HistoryError) as caught:
        store.add(record(2))
    other.execute("COMMIT")
    other.close()
    assert caught.value.message == UNUSABLE
    store.add(record(2))
    assert captions(store) == ["2 dogs on a beach", "1 dogs on a beach"]
