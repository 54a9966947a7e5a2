"""Every sentence that the program speaks or shows, each with when it is heard: `messages.picture_missing(name)`.

Paths are told by file name only: a long path is no help to the ear.
"""

from __future__ import annotations

# ruff: noqa: F403 - a sentence is named once, where it stands
from desktop_app.messages.command_line import *
from desktop_app.messages.counting import *
from desktop_app.messages.models import *
from desktop_app.messages.pictures import *
from desktop_app.messages.settings import *
from desktop_app.messages.speech import *
from desktop_app.messages.window import *
