"""Parts of an answer by an expression that is typed: see `Filtering`."""

from .filtering import Filtered, Filtering
from .forms import Form, form_of

__all__ = ["Filtered", "Filtering", "Form", "form_of"]
