"""Where contents go: files, the clipboard, and other programs."""
