"""Descry: hear what is in your pictures."""

__version__ = "0.1.0"
