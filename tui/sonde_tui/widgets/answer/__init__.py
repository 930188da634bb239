"""An answer and its parts."""
