"""Byte and datagram transports: links, TLS over any link, client sessions and listeners."""
