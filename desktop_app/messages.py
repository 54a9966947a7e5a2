"""Every sentence that the program speaks or shows, each with when it is heard.

Paths are told by file name only: a long path is no help to the ear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.record import Description


# --- Speech ---


def speech_value_out_of_range(name: str, low: int, high: int) -> str:
    """Heard when a setting or an option asks for a rate, pitch or volume that no engine has."""
    return f"The {name} of the voice must be between {low} and {high}."


SPEECH_MIXER_NAME = "Descry"
"""Shown in the computer's sound mixer beside the volume of the voice."""

SPEECH_ESPEAK_NAME = "eSpeak NG"
SPEECH_PYTTSX3_NAME = "the system's voice (pyttsx3)"
SPEECH_SILENT_NAME = "no speech"

# Why an engine cannot be used, and what helps: shown by `descry voices` and `descry doctor`, heard when it happens.
SPEECH_NO_PLAYER = "The sound player miniaudio is not installed."
SPEECH_NO_PLAYER_REMEDY = "Run start.py again, or install the Python package miniaudio."
SPEECH_NO_PROGRAM = "There is no program that plays sound."
SPEECH_NO_PROGRAM_REMEDY = "Install the package pulseaudio-utils or alsa-utils."
SPEECH_NO_DEVICE = "No sound device can be opened."
SPEECH_NO_DEVICE_REMEDY = "Connect a loudspeaker or headphones and check that another program can be heard."
SPEECH_DEVICE_DIED = "The sound device stopped in the middle of a sentence."
SPEECH_ESPEAK_MISSING = "The voice eSpeak NG is not installed."
SPEECH_ESPEAK_WITHOUT_DATA = "The voice eSpeak NG is installed without its voice data."
SPEECH_ESPEAK_REMEDY = "Run start.py again, or install the package espeak-ng."
SPEECH_ESPEAK_LOST = "The voice eSpeak NG started, but does not answer."
SPEECH_PYTTSX3_MISSING = "The Python package pyttsx3 is not installed."
SPEECH_PYTTSX3_MISSING_REMEDY = "Run start.py again, or install the package pyttsx3."
SPEECH_PYTTSX3_NO_VOICE = "The package pyttsx3 finds no voice on this computer."
SPEECH_PYTTSX3_NO_VOICE_REMEDY = (
    "Install a voice in the settings of your system; on Linux, install the package espeak-ng."
)
SPEECH_PYTTSX3_NO_APLAY = "The package pyttsx3 needs the program aplay to be heard."
SPEECH_PYTTSX3_NO_APLAY_REMEDY = "Install the package alsa-utils."
SPEECH_BROKEN = "The voice failed in a way that was not foreseen; the next sentence tries it anew."
SPEECH_PYTTSX3_LOST = "The system's voice started, but does not answer."
SPEECH_PYTTSX3_LOST_REMEDY = "Choose another voice in the settings."


def speech_changed(reason: str, remedy: str, name: str) -> str:
    """Shown once, when the usual voice cannot speak and another takes over."""
    return f"{reason} {remedy} Until then {name} speaks."


def speech_lost(reason: str, remedy: str) -> str:
    """Shown once, when nothing can be heard any more."""
    return f"Nothing can be spoken now. {reason} {remedy}"


def speech_voice_missing(voice: str) -> str:
    """Shown once, when the voice that was chosen does not exist in the engine that speaks."""
    return f"There is no voice called {voice}, so the usual one speaks."


# --- pictures: heard when a picture cannot be read -------------------------------------------------------------------


def picture_missing(name: str) -> str:
    """Heard when a file does not exist."""
    return f"There is no file {name}: check the name."


def picture_is_folder(name: str) -> str:
    """Heard when a folder was given where a picture is wanted."""
    return f"{name} is a folder: use descry batch or descry watch for folders."


def picture_not_a_file(name: str) -> str:
    """Heard for a pipe, a device or a socket, which may never end."""
    return f"{name} is not a regular file: save the picture as a file first."


def picture_forbidden(name: str) -> str:
    """Heard when the permissions forbid reading."""
    return f"You may not read {name}: change its permissions or copy it elsewhere."


def picture_read_failed(name: str, reason: str) -> str:
    """Heard when the disk or the network fails while reading."""
    return f"{name} could not be read: {reason}."


def picture_empty(name: str) -> str:
    """Heard for a file without content, such as an unfinished download."""
    return f"{name} is empty: copy or download it again."


def picture_unknown_format(name: str) -> str:
    """Heard when no reader knows the format, whatever the file's ending says."""
    return f"{name} is not a picture that can be read: open it in another program and save it as JPEG or PNG."


def picture_damaged(name: str) -> str:
    """Heard when a picture begins well and then breaks off."""
    return f"{name} is damaged or incomplete: copy or download it again."


def picture_too_large(name: str, megapixels: int) -> str:
    """Heard when a picture would need too much memory once unpacked."""
    return f"{name} is too large: it has more than {megapixels} megapixels, so save a smaller copy."


def picture_file_too_large(name: str, megabytes: int) -> str:
    """Heard when the file itself is too large to be read at once."""
    return f"{name} is too large: the file has more than {megabytes} megabytes, so save a smaller copy."


STANDARD_INPUT_NAME = "The picture on standard input"
CLIPBOARD_NAME = "The picture on the clipboard"
UNNAMED_PICTURE_NAME = "The picture"

# --- descriptions: what is spoken for a picture ----------------------------------------------------------------------


def described(caption: str, band: str) -> str:
    """Heard for a captioned picture: one short word of doubt first, then the sentence."""
    hedge = {"sure": "", "likely": "Likely: ", "unsure": "Maybe: "}[band]
    sentence = f"{hedge}{caption}."
    return sentence[0].upper() + sentence[1:]


# --- captioning ------------------------------------------------------------------------------------------------------

CAPTIONER_ENDED = "The captioner ended on this picture: try another picture; it starts again by itself."
CAPTIONER_NO_ANSWER = "The captioner gave no answer for this picture: try again, or run descry doctor."
MODEL_FAILED = "The model could not describe this picture: try again, or run descry doctor."


def model_not_found(name: str, places: str) -> str:
    """Heard when `--model` or the setting names a package that is nowhere."""
    return f"There is no model called {name}: descry models lists those there are, and it was looked for in {places}."


NO_MODEL = "No model is installed: get the whole program again, or name a folder with --model."

# --- history ---------------------------------------------------------------------------------------------------------


def history_unusable(name: str) -> str:
    """Heard once when the history cannot be read or written; captions go on without it."""
    return f"The history {name} cannot be used: descriptions are not kept until it is moved away or mended."


# --- settings: told at the start when the settings file holds something that cannot be ------------------------------

TRUE_OR_FALSE = "true or false"
A_TEXT = "a text"


def one_of(choices: tuple[str, ...]) -> str:
    return "one of " + ", ".join(choices)


def from_to(low: int, high: int) -> str:
    return f"a number from {low} to {high}"


def setting_unknown(name: str) -> str:
    """Heard when a setting is named that does not exist."""
    return f"There is no setting called {name}."


def setting_bad(name: str, allowed: str) -> str:
    """Heard when a setting is given a value that it cannot take."""
    return f"The setting {name} takes {allowed}."


def setting_mended(problem: str) -> str:
    """Heard at the start for each value of the settings file that was not taken."""
    return f"{problem} Its usual value is used."


def settings_unreadable(name: str) -> str:
    """Heard at the start when the whole settings file is no JSON."""
    return f"The settings file {name} cannot be read, so the usual settings are used; the file is left as it is."


def settings_unwritable(name: str, reason: str) -> str:
    """Heard when a changed setting cannot be kept."""
    return f"The settings file {name} cannot be written: {reason}."


# --- command line ----------------------------------------------------------------------------------------------------

ONE_STANDARD_INPUT = "Only one picture can come from standard input: give the single dash once."
HANDED_OVER = "The open window describes it."
CLIPBOARD_WITHOUT_PICTURE = "There is no picture on the clipboard: copy one first."
MODEL_BUNDLED = "part of the program"
MODEL_OWN = "installed by you"


def unexpected(kind: str) -> str:
    """Shown when the program meets an error that nobody foresaw."""
    return f"Something went wrong inside the program ({kind}): the log file of descry tells where."


def qt_unusable(reason: str) -> str:
    """Shown when the window is asked for and Qt is absent or lacks a library."""
    return f"The window cannot be opened ({reason}): python3 start.py sets up what it needs."


def no_such_folder(name: str) -> str:
    """Shown when a folder to watch or to caption does not exist."""
    return f"There is no folder {name}: check the name."


def watching(name: str) -> str:
    """Shown when watching begins."""
    return f"Watching {name}. Press Control C to stop."


def counted(count: int, thing: str) -> str:
    """A number of things: one voice, two voices."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def progress(done: int, total: int, failures: int, seconds_left: float) -> str:
    """Shown while long work goes on."""
    failed = f", {failures} failed" if failures else ""
    return f"{done} of {counted(total, 'picture')}{failed}, about {duration(seconds_left)} left"


def duration(seconds: float) -> str:
    """A time in words."""
    whole = round(seconds)
    if whole < 60:
        return counted(whole, "second")
    if whole < 3600:
        return f"{counted(whole // 60, 'minute')} {counted(whole % 60, 'second')}"
    return f"{counted(whole // 3600, 'hour')} {counted(whole % 3600 // 60, 'minute')}"


def batch_done(captioned: int, failures: int) -> str:
    """Shown when a folder is done."""
    return f"Done: {counted(captioned, 'picture')} described, {failures} failed."


def history_cleared(count: int) -> str:
    """Shown when the history was emptied."""
    return f"{counted(count, 'description')} {'was' if count == 1 else 'were'} forgotten."


def signals(record: Description) -> list[str]:
    """Shown with `--why`: what the sentence rests on, a line each."""
    lines = [f"kind of picture: {record.kind}; band: {record.band}"]
    if record.confidence is None:
        lines.append("confidence: this model cannot tell how sure it is")
    lines += [f"also possible: {a.caption} (log-probability {a.score:.2f} per word)" for a in record.alternatives]
    seconds = record.seconds
    lines.append(f"seconds: {seconds.read:.3f} to read, {seconds.encode:.3f} to encode, {seconds.decode:.3f} to decode")
    return lines


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


# --- doctor: shown by `descry doctor` --------------------------------------------------------------------------------

PROVIDER_USED = "Captions are computed here."
PROVIDER_NOT_USED = "Ready, and not chosen."
PROVIDER_REMEDY = "For a graphics card, run python3 start.py setup gpu; else choose the provider cpu."
SILENCE_USED = "Nothing is said aloud; every sentence is shown."
SILENCE_READY = "The last resort: every sentence is shown and nothing is said."
WINDOW_WORKS = "The window can be opened."
WINDOW_NO_QT = "The package PySide6_Essentials is not installed."
WINDOW_NO_QT_REMEDY = "Run python3 start.py without arguments, or use the command line."
WINDOW_NO_DISPLAY = "There is no display in this session."
WINDOW_NO_LIBRARY = "A library that Qt needs is missing."
WINDOW_REMEDY = "Start it from a desktop; python3 start.py names what the system lacks."
FOLDER_REMEDY = "It cannot be written: change its permissions."


def voices_found(count: int) -> str:
    """How many voices an engine offers."""
    return f"{counted(count, 'voice')}."


def engine_use(is_silent: bool, is_chosen: bool) -> str:
    """What an engine is used for now; also shown by `descry voices`."""
    if is_silent:
        return SILENCE_USED if is_chosen else SILENCE_READY
    return "It speaks." if is_chosen else "It is not the one that speaks."


# --- screen reader: shown by `descry doctor` and in the window -------------------------------------------------------

NO_SCREEN_READER = "No screen reader is running, so Descry's own voice speaks."
SCREEN_READER_RUNS = "A screen reader is running, and it speaks instead of Descry's own voice."
SCREEN_READER_LISTENS = (
    "A screen reader is running and hears announcements, and it speaks instead of Descry's own voice."
)

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


# --- window: labels, and sentences that are shown in the status field ------------------------------------------------

WINDOW_TITLE = "Descry"
WINDOW_HINT = (
    "Open a picture with Control O, paste one with Control V, or drop one here; its description then stands here."
)
"""Stands in the description's place before the first picture."""
WINDOW_NO_PICTURE = "No picture yet"
WINDOW_NOT_SHOWN = "This picture cannot be shown."
"""Stands in the picture's place when it could not be read, or is too large to be held in memory twice."""
WINDOW_DESCRIPTION = "Description"
WINDOW_DESCRIPTION_LABEL = "&Description"
WINDOW_STATUS = "Status"
WINDOW_PICTURES = "Pictures"
WINDOW_ALL_FILES = "All files"
WINDOW_OPEN_TITLE = "Open pictures"
WINDOW_FOLDER_TITLE = "Choose a folder to watch"

# Buttons, switches and menus: the letter after & is the key; the window's own must all differ
WINDOW_OPEN, WINDOW_PASTE = "&Open picture…", "&Paste picture"
WINDOW_SPEAK, WINDOW_STOP, WINDOW_COPY = "&Speak", "S&top", "&Copy description"
WINDOW_WATCH_FOLDER, WINDOW_WATCH_CLIPBOARD = "Watch a fo&lder", "Watch the clip&board"
WINDOW_MENU_FILE, WINDOW_MENU_EDIT, WINDOW_MENU_VOICE, WINDOW_QUIT = "&File", "&Edit", "&Voice", "&Quit"

WINDOW_OPENING_MODEL = "Getting ready."
WINDOW_READY = "Ready."
WINDOW_SPEAKING = "Speaking"
WINDOW_STOPPED = "Stopped."
WINDOW_COPIED = "The description is on the clipboard."
WINDOW_WATCHING_CLIPBOARD = "Each new picture on the clipboard will be described."
WINDOW_NOT_WATCHING_CLIPBOARD = "The clipboard is not watched."
WINDOW_NOT_WATCHING_FOLDER = "No folder is watched."
WINDOW_DROPPED_NOTHING = "What was dropped here is no picture: drop a picture file or a picture."
WINDOW_ONE_AT_A_TIME = "The window that is open does not answer: close it, or wait a moment and try again."
"""Shown when a second start finds a first one that hangs."""


def window_describing(name: str) -> str:
    """Shown while a picture is being described."""
    return f"Describing {name}."


def window_described(name: str, width: int, height: int) -> str:
    """Shown when it has been described."""
    return f"{name}, {width} by {height} pixels."


def window_watching_folder(name: str) -> str:
    """Shown when a folder is being watched."""
    return f"Each new picture in the folder {name} will be described."


def window_folder_lost(name: str) -> str:
    """Heard when a watched folder has vanished, or the drive with it."""
    return f"The folder {name} cannot be read any more; it is watched again when it is back."


def clipboard_too_large(megabytes: int) -> str:
    """Heard when what is on the clipboard is too large to be a picture that can be described."""
    return f"The picture on the clipboard is too large: it has more than {megabytes} megabytes."


# --- folders: heard when a folder cannot be read ----------------------------------------------------------------------


def folder_is_none(name: str) -> str:
    """Heard when a file was given where a folder is wanted."""
    return f"{name} is a file: use descry caption for single pictures."


def folder_unreadable(name: str, reason: str) -> str:
    """Heard when the system does not let a folder be read."""
    return f"The folder {name} cannot be read: {reason}."


# --- reports: heard when the results of a folder cannot be kept -------------------------------------------------------


def report_unwritable(name: str, reason: str) -> str:
    """Heard when a report cannot be written; the one that was there before is kept."""
    return f"The report {name} cannot be written: {reason}."


def report_would_replace(name: str, ending: str) -> str:
    """Heard when a report was given the name of something else that is there already."""
    return f"{name} is there already and no report: give the report another name, one that ends in {ending}."


def batch_dry_run(count: int) -> str:
    """Shown by `descry batch --dry-run`."""
    return f"{counted(count, 'picture')} would be described."


def bench_speech_needs(packages: list[str]) -> str:
    """Shown by `descry bench speech` where the voice cannot be recorded."""
    return f"To measure the voice, install the packages {' and '.join(packages)}."
