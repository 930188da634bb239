"""A body of any size, in the forms that it can be looked at."""
