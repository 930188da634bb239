"""An entry as text for the clipboard and for files, one module a form."""

from .catalogue import FORMATS, Format, copyable

__all__ = ["FORMATS", "Format", "copyable"]
