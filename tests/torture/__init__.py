"""What a history must survive, tried at length: `python -m tests.torture`."""
