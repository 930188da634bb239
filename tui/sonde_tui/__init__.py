"""Sonde's two faces: the Textual app and the command line, both over sonde_core."""
