"""Entries performed again as a test: many at a time, or one many times, each judged."""
