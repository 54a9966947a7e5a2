"""A model package: a folder that is read, verified by its hashes and never trusted to execute anything."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from desktop_app.captioning.manifest import FileEntry, Manifest
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

    @property
    def id(self) -> ModelId:
        return ModelId(self.manifest.name, self.manifest.version, self.digest)

    @property
    def size(self) -> int:
        """Bytes of all files but the manifest."""
        return sum(entry.size for entry in self.manifest.files.values())

    @classmethod
    def load(cls, folder: Path) -> ModelPackage:
        """Read and verify every file; `ModelPackageError` says which file is missing or damaged."""
        manifest, digest = read_manifest(folder)
        for name in REQUIRED:
            if name not in manifest.files:
                raise ModelPackageError(f"The model in {folder.name} does not list {name}: install the model again.")
        contents = {name: _read_verified(folder, name, entry) for name, entry in manifest.files.items()}
        vocabulary = Vocabulary.load(folder / VOCABULARY)
        tokens = manifest.tokens
        if (tokens.pad, tokens.start, tokens.end, tokens.unknown) != (PAD, START, END, UNKNOWN):
            raise ModelPackageError(
                f"The model in {folder.name} numbers its special words otherwise: update the program."
            )
        return cls(folder, manifest, digest, vocabulary, contents[ENCODER], contents[DECODER])


def read_manifest(folder: Path) -> tuple[Manifest, str]:
    """The manifest and its digest, without reading the large files."""
    data = _read(folder, MANIFEST)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ModelPackageError(
            f"The manifest of the model in {folder.name} is damaged: install the model again."
        ) from error
    return Manifest.from_json(text), f"sha256:{hashlib.sha256(data).hexdigest()}"


def file_entry(path: Path) -> FileEntry:
    """Size and hash of a file, for writing a manifest."""
    data = path.read_bytes()
    return FileEntry(len(data), hashlib.sha256(data).hexdigest())


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise ModelPackageError(f"The model in {folder.name} has no {name}: install the model again.") from error
    except OSError as error:
        raise ModelPackageError(
            f"The file {name} of the model in {folder.name} cannot be read: {error.strerror}."
        ) from error


def _read_verified(folder: Path, name: str, entry: FileEntry) -> bytes:
    if Path(name).name != name:
        raise ModelPackageError(f"The model in {folder.name} names a file outside its folder: do not use it.")
    data = _read(folder, name)
    if len(data) != entry.size or hashlib.sha256(data).hexdigest() != entry.sha256:
        raise ModelPackageError(f"The file {name} of the model in {folder.name} is damaged: install the model again.")
    return data
