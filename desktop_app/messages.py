"""Every sentence that the program speaks or shows, each with when it is heard.

Paths are told by file name only: a long path is no help to the ear.
"""

from __future__ import annotations
