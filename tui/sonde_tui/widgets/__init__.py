"""The widgets, one a file, named by noun."""
