"""Sonde's core: talk to anything on a network and keep what was said."""

__version__ = "0.1.0"
