"""HTTP: one call from the request as written to the exchange as it happened."""
