"""What cuts a stream of bytes into messages and names their parts, without changing any."""
