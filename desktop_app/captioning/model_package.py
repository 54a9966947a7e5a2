"""A model package: a folder that is read, verified by its hashes and never trusted to execute anything."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from desktop_app import messages
from desktop_app.captioning.manifest import FileEntry, Manifest
from desktop_app.captioning.neighbours import NEIGHBOURS, NeighbourIndex
from desktop_app.captioning.vocabulary import END, PAD, START, UNKNOWN, Vocabulary
from desktop_app.errors import ModelPackageError
from desktop_app.record import ModelId

MANIFEST = "manifest.json"
ENCODER, DECODER, VOCABULARY, CARD = "encoder.onnx", "decoder.onnx", "vocabulary.json", "MODEL_CARD.md"
REQUIRED = (ENCODER, DECODER, VOCABULARY, CARD)


@dataclass(frozen=True)
class ModelPackage:
    """A verified package. The graphs are held as the very bytes that were verified."""

    folder: Path
    manifest: Manifest
    digest: str
    """`sha256:` of the manifest, which holds the hashes of all other files."""
    vocabulary: Vocabulary
    encoder: bytes
    decoder: bytes
    neighbours: NeighbourIndex | None
    """None for a package that lists no such file."""

    @property
    def id(self) -> ModelId:
        return ModelId(self.manifest.name, self.manifest.version, self.digest)

    @property
    def size(self) -> int:
        """Bytes of all files but the manifest."""
        return sum(entry.size for entry in self.manifest.files.values())

    def without_graphs(self) -> ModelPackage:
        """The same facts without the bytes of the graphs: sessions have copies of their own, tens of megabytes."""
        return replace(self, encoder=b"", decoder=b"")

    @classmethod
    def load(cls, folder: Path) -> ModelPackage:
        """Read and verify every file; `ModelPackageError` says which file is missing or damaged."""
        manifest, digest = read_manifest(folder)
        for name in REQUIRED:
            if name not in manifest.files:
                raise ModelPackageError(messages.model_does_not_list(folder.name, name))
        contents = {name: _read_verified(folder, name, entry) for name, entry in manifest.files.items()}
        vocabulary = Vocabulary.from_json(contents[VOCABULARY], VOCABULARY)
        tokens = manifest.tokens
        if (tokens.pad, tokens.start, tokens.end, tokens.unknown) != (PAD, START, END, UNKNOWN):
            raise ModelPackageError(messages.model_numbers_specials_otherwise(folder.name))
        index = NeighbourIndex.from_bytes(contents[NEIGHBOURS], folder.name) if NEIGHBOURS in contents else None
        return cls(folder, manifest, digest, vocabulary, contents[ENCODER], contents[DECODER], index)


def read_manifest(folder: Path) -> tuple[Manifest, str]:
    """The manifest and its digest, without reading the large files."""
    data = _read(folder, MANIFEST)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ModelPackageError(messages.MODEL_MANIFEST_DAMAGED) from error
    return Manifest.from_json(text), f"sha256:{hashlib.sha256(data).hexdigest()}"


def file_entry(path: Path) -> FileEntry:
    """Size and hash of a file, for writing a manifest."""
    data = path.read_bytes()
    return FileEntry(len(data), hashlib.sha256(data).hexdigest())


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelPackageError(messages.model_lacks_file(folder.name, name)) from error
    except OSError as error:
        raise ModelPackageError(
            messages.model_file_unreadable(folder.name, name, error.strerror or "unknown reason")
        ) from error


def _read_verified(folder: Path, name: str, entry: FileEntry) -> bytes:
    if Path(name).name != name or name == "..":
        raise ModelPackageError(messages.model_reaches_outside(folder.name))
    data = _read(folder, name)
    if len(data) != entry.size or hashlib.sha256(data).hexdigest() != entry.sha256:
        raise ModelPackageError(messages.model_file_damaged(folder.name, name))
    return data
