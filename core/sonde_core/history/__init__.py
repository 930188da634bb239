"""The history: entries in one JSON file, large bodies beside it."""
