"""The tabs and the dialogs of the app, one a file."""
