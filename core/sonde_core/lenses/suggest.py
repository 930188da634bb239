"""Which lens would fit: told from the endpoint and the first bytes, never switched to by itself."""

from __future__ import annotations

import json
import re
from typing import Final

from ..endpoint import Endpoint, parse
from ..errors import EndpointSyntaxError

ENOUGH: Final = 4096  # bytes that are looked at
_PORTS: Final = {53: "dns", 5353: "dns", 6379: "resp", 80: "http", 8080: "http", 8000: "http"}
_HTTP: Final = re.compile(rb"(?:[A-Z]{3,12} [^ \r\n]+ HTTP/1\.[01]|HTTP/1\.[01] [1-5][0-9]{2})")
_UPGRADED: Final = re.compile(rb"\nupgrade[ \t]*:[ \t]*websocket", re.IGNORECASE)
_EVENTS: Final = re.compile(rb"\ncontent-type[ \t]*:[ \t]*text/event-stream", re.IGNORECASE)
_TLS: Final = re.compile(rb"\x16\x03[\x00-\x04].{2}[\x01\x02]", re.DOTALL)
_RESP: Final = re.compile(
    rb"(?:\*[0-9]{1,6}\r\n\$[0-9]{1,9}\r\n|[+:][^\r\n]*\r\n[+:*$]|\+PONG\r\n)"
)
_LINES: Final = re.compile(rb"[\t\r\n -~]*")
_EVENT: Final = re.compile(rb"(?:event|data|id|retry):[^\r\n]*\r?\n")


def suggest(address: str, *heads: bytes) -> str:
    """Return the name of a lens that would fit; empty for none that is sure enough.

    Args:
        address: The endpoint; one that cannot be read says nothing.
        heads: The first bytes of each direction; less than `ENOUGH` will do.
    """
    found = next((name for head in heads if (name := _by_bytes(head[:ENOUGH]))), "")
    return found or _by_port(address, heads)


def _by_bytes(head: bytes) -> str:
    if _HTTP.match(head):
        if _UPGRADED.search(head):
            return "websocket"
        return "sse" if _EVENTS.search(head) else "http"
    if _TLS.match(head):
        return "tls"
    if _RESP.match(head):
        return "resp"
    if _EVENT.match(head):
        return "sse"
    return _by_lines(head)


def _by_lines(head: bytes) -> str:
    first, feed, _ = head.partition(b"\n")
    if not feed or not first.strip():
        return ""
    if first[:1] in b"{[" and _is_json(first):
        return "jsonl"
    return "lines" if head.isascii() and _LINES.fullmatch(head) else ""


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _by_port(address: str, heads: tuple[bytes, ...]) -> str:
    try:
        endpoint: Endpoint | None = parse(address)
    except EndpointSyntaxError:
        endpoint = None
    name = _PORTS.get(endpoint.port, "") if endpoint else ""
    # What is no text of a protocol that is one speaks against its port.
    return name if name == "dns" or not any(heads) else ""
