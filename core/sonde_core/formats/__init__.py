"""An entry as text for the clipboard and for files, one module a form."""

from .catalogue import FORMATS, Format, copyable, pieces

__all__ = ["FORMATS", "Format", "copyable", "pieces"]
