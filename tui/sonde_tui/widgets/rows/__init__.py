"""Rows of any number, drawn as they are seen, under keys and mouse."""
