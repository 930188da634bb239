"""Taking secrets out of what is kept, and putting them back where it is sent again."""
