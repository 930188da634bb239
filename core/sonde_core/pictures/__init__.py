"""Pictures as coloured cells, read in a process of its own."""
