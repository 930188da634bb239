"""What was said, as rows."""
