"""Bytes as text: what kind, which charset, which rows, which colours."""
