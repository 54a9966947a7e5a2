"""What is told of model packages and providers."""

from __future__ import annotations

# --- model packages --------------------------------------------------------------------------------------------------


def model_verified(name: str, megabytes: float) -> str:
    """Shown when all files of a package have the hashes of its manifest."""
    return f"{name}, {megabytes:.1f} MB, all files verified."


def model_installed(name: str) -> str:
    """Shown when a package was copied to the user's own."""
    return f"{name} is installed."


def model_removed(name: str) -> str:
    """Shown when one of the user's own packages was deleted."""
    return f"{name} is removed."


def model_is_installed(name: str) -> str:
    """Heard when a package of that name and version is there already."""
    return f"{name} is installed already: remove it first."


def model_not_copied(name: str, reason: str) -> str:
    """Heard when the disk is full or forbids writing."""
    return f"{name} could not be copied: {reason}."


def model_unknown(name: str) -> str:
    """Heard when a package to remove does not exist."""
    return f"There is no model {name} among your own: descry models lists them."


def model_not_removable(name: str) -> str:
    """Heard when the package is part of the program."""
    return f"{name} is part of the program and stays."


def model_not_removed(name: str, reason: str) -> str:
    """Heard when the disk forbids deleting."""
    return f"{name} could not be removed: {reason}."


# --- model packages and providers: heard when a model cannot be used; told by `descry models` and `descry doctor` -----

MODEL_MANIFEST_DAMAGED = "The model's manifest is damaged: install the model again."
MODEL_MANIFEST_WITHOUT_FORMAT = "The model's manifest has no format: install the model again."


def model_format_unknown(found: object, known: int) -> str:
    """Heard for a package of a later or an earlier program."""
    return f"The model is of format {found}, and this program reads format {known}: update the program."


def model_manifest_wrong(where: str) -> str:
    """Heard for a manifest with a missing key or a value of another kind."""
    return f"The model's manifest lacks {where} or has it wrong: install the model again."


def model_lacks_file(folder: str, name: str) -> str:
    """Heard when a file of a package is not there."""
    return f"The model in {folder} has no {name}: install the model again."


def model_does_not_list(folder: str, name: str) -> str:
    """Heard when a manifest leaves out a file that every package has."""
    return f"The model in {folder} does not list {name}: install the model again."


def model_file_unreadable(folder: str, name: str, reason: str) -> str:
    """Heard when a file of a package is there and cannot be read."""
    return f"The file {name} of the model in {folder} cannot be read: {reason}."


def model_file_damaged(folder: str, name: str) -> str:
    """Heard when a file of a package is not the one that was published."""
    return f"The file {name} of the model in {folder} is damaged: install the model again."


def model_reaches_outside(folder: str) -> str:
    """Heard for a manifest that names a file by a path."""
    return f"The model in {folder} names a file outside its folder: do not use it."


def model_numbers_specials_otherwise(folder: str) -> str:
    """Heard for a package whose start and end are other words than this program's."""
    return f"The model in {folder} numbers its special words otherwise: update the program."


def model_words_wrong(name: str) -> str:
    """Heard when the vocabulary is no list of words."""
    return f"The model's word list {name} cannot be read: install the model again."


def model_index_wrong(folder: str, name: str) -> str:
    """Heard when the index of neighbour pictures is none, or is one of another model."""
    return f"The file {name} of the model in {folder} does not fit the model: install it again."


def model_graphs_do_not_load(folder: str) -> str:
    """Heard when onnxruntime refuses the graphs."""
    return f"The model in {folder} cannot be loaded: install it again."


def model_graphs_do_not_fit(folder: str) -> str:
    """Heard when names or shapes of the graphs are not those of the manifest."""
    return f"The graphs of the model in {folder} do not fit its manifest: install the model again."


def model_input_unknown(folder: str) -> str:
    """Heard when a package wants its pictures prepared in a way that this program does not know."""
    return f"The model in {folder} wants its pictures prepared in an unknown way: update the program."


def provider_not_installed(name: str) -> str:
    """Told once, when a provider was asked for that this onnxruntime was built without."""
    return f"The {name} provider is not part of this installation, so the processor is used instead."


def provider_failed(name: str) -> str:
    """Told once, when a provider does not load or does not run."""
    return f"The {name} provider could not be used, so the processor is used instead."
