"""Finding in the rows of a view."""
