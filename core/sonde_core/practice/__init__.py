"""Servers on loopback to try things on; they ride on our own listener."""
