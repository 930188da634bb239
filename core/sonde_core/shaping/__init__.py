"""The readable form of a body, made while it arrives: see `Shaping`."""

from .shaping import Shaping

__all__ = ["Shaping"]
