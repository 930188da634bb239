"""The record of an exchange: every moment, compact, bounded, and masked where it is shown."""
