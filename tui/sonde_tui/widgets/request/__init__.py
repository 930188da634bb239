"""A request as it is written."""
