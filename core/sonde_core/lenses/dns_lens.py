"""DNS messages, over UDP and with their size before them over TCP (RFC 1035)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .lens import MORE, Lens, Part, Reading, counted, preview, text_of

_HEAD: Final = 12
_LONGEST_NAME: Final = 255
_POINTERS: Final = 32
_RECORDS: Final = 100
_TYPES: Final = {
    **{1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA"},
    **{33: "SRV", 35: "NAPTR", 41: "OPT", 43: "DS", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY"},
    **{52: "TLSA", 64: "SVCB", 65: "HTTPS", 252: "AXFR", 255: "ANY", 257: "CAA"},
}
_CLASSES: Final = {1: "IN", 3: "CH", 4: "HS", 254: "NONE", 255: "ANY"}
_CODES: Final = {
    **{0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"},
    **{6: "YXDOMAIN", 7: "YXRRSET", 8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE"},
}
_ACTS: Final = {0: "query", 1: "inverse query", 2: "status", 4: "notify", 5: "update"}
_FLAGS: Final = {0x0400: "aa", 0x0200: "tc", 0x0100: "rd", 0x0080: "ra", 0x0020: "ad", 0x0010: "cd"}
_SECTIONS: Final = ("question", "answer", "authority", "additional")
_NAMES: Final = (2, 5, 12)


class BrokenError(ValueError):
    """A message that is not as RFC 1035 has it."""


@dataclass(frozen=True, slots=True)
class _Record:
    section: str
    name: str
    kind: int
    says: str
    start: int
    end: int

    @property
    def type(self) -> str:
        return _TYPES.get(self.kind, f"TYPE{self.kind}")


class Dns(Lens):
    """Queries and answers."""

    name = "dns"
    about = "DNS, over UDP or TCP"

    def cut(self, data: bytes, at: int, *, ended: bool) -> int:
        if len(data) - at < 2:
            return at - len(data) if ended else MORE
        size = int.from_bytes(data[at : at + 2])
        return size + 2 if size >= _HEAD else -2

    def read(self, data: bytes) -> Reading:
        return _read(data, 2)

    def read_datagram(self, data: bytes) -> Reading:
        return _read(data, 0)


def _read(data: bytes, base: int) -> Reading:
    if len(data) < base + _HEAD:
        return Reading(preview(data), (), "shorter than the head of a DNS message")
    flags = int.from_bytes(data[base + 2 : base + 4])
    parts, found, error = list(_head(data, base, flags)), list[_Record](), ""
    try:
        for record in _records(data, base):
            found.append(record)
            parts.append(Part(record.section, _said(record), record.start, record.end))
    except BrokenError as broken:
        error = str(broken)
    return Reading(_title(flags, found), tuple(parts), error)


def _title(flags: int, records: list[_Record]) -> str:
    asked = next((record for record in records if record.section == "question"), None)
    what = f"{asked.type} {asked.name}" if asked else "nothing"
    if not flags & 0x8000:
        return f"{_ACTS.get(flags >> 11 & 15, 'message')} {what}"
    answers = [record for record in records if record.section == "answer"]
    code = flags & 15
    if code:
        return f"{_CODES.get(code, f'code {code}')} {what}"
    told = ", ".join(record.says for record in answers[:4]) or "no answer"
    more = f" (+{len(answers) - 4})" if len(answers) > 4 else ""
    return f"answer {what} → {told}{more}"


def _said(record: _Record) -> str:
    return f"{record.name} {record.type} {record.says}".rstrip()


def _head(data: bytes, base: int, flags: int) -> Iterator[Part]:
    if base:
        yield Part("size", f"{int.from_bytes(data[:2]):,}", 0, 2)
    yield Part("id", f"0x{int.from_bytes(data[base : base + 2]):04x}", base, base + 2)
    names = [name for bit, name in _FLAGS.items() if flags & bit]
    act = _ACTS.get(flags >> 11 & 15, f"opcode {flags >> 11 & 15}")
    told = [f"answer, {_CODES.get(flags & 15, flags & 15)}" if flags & 0x8000 else act, *names]
    yield Part("flags", " ".join(told), base + 2, base + 4)


def _records(data: bytes, base: int) -> Iterator[_Record]:
    at, left = base + _HEAD, _RECORDS
    for number, section in enumerate(_SECTIONS):
        place = base + 4 + number * 2
        for _ in range(int.from_bytes(data[place : place + 2])):
            if not left:
                raise BrokenError(f"more than {counted(_RECORDS, 'record')}: the rest is not read")
            left -= 1
            record = _record(data, base, at, section)
            yield record
            at = record.end


def _record(data: bytes, base: int, at: int, section: str) -> _Record:
    name, after = read_name(data, base, at)
    kind = int.from_bytes(_take(data, after, 2))
    group = int.from_bytes(_take(data, after + 2, 2))
    if section == "question":
        told = "" if group == 1 else _CLASSES.get(group, f"CLASS{group}")
        return _Record(section, name, kind, told, at, after + 4)
    ttl = int.from_bytes(_take(data, after + 4, 4))
    size = int.from_bytes(_take(data, after + 8, 2))
    start = after + 10
    value = _take(data, start, size)
    told = _value(data, base, start, kind, value)
    if kind == 41:
        told = f"EDNS, takes {group:,} bytes"
    elif ttl != 0:
        told = f"{told} (ttl {ttl:,})" if section != "answer" else told
    return _Record(section, name, kind, told, at, start + size)


def _take(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise BrokenError("a record goes on beyond the end of the message")
    return data[at : at + size]


def _value(data: bytes, base: int, at: int, kind: int, value: bytes) -> str:
    if kind == 1 and len(value) == 4:
        return str(ipaddress.IPv4Address(value))
    if kind == 28 and len(value) == 16:
        return str(ipaddress.IPv6Address(value))
    if kind in _NAMES:
        return read_name(data, base, at)[0]
    if kind == 15 and len(value) > 2:
        return f"{int.from_bytes(value[:2])} {read_name(data, base, at + 2)[0]}"
    if kind == 33 and len(value) > 6:
        weights = " ".join(str(int.from_bytes(value[i : i + 2])) for i in (0, 2, 4))
        return f"{weights} {read_name(data, base, at + 6)[0]}"
    if kind == 6:
        name, after = read_name(data, base, at)
        box, after = read_name(data, base, after)
        return f"{name} {box} {int.from_bytes(data[after : after + 4])}"
    if kind == 16:
        return " ".join(f'"{text}"' for text in _strings(value))
    return preview(value) if kind != 41 else ""


def _strings(value: bytes) -> Iterator[str]:
    at = 0
    while at < len(value):
        size = value[at]
        yield text_of(value[at + 1 : at + 1 + size])
        at += 1 + size


def read_name(data: bytes, base: int, at: int) -> tuple[str, int]:
    """Return a name and where what follows it begins (RFC 1035, section 4.1.4).

    Pointers go backwards and are followed a few times only, so that none goes round for ever.

    Args:
        data: A message, with what may stand before it.
        base: Where the message begins: pointers count from here.
        at: Where the name begins.

    Raises:
        BrokenError: There is no name.
    """
    labels, length, after, hops = list[str](), 0, 0, 0
    while True:
        size = _take(data, at, 1)[0]
        if size >= 0xC0:
            target = base + (int.from_bytes(_take(data, at, 2)) & 0x3FFF)
            after, hops = after or at + 2, hops + 1
            if target >= at or hops > _POINTERS:
                raise BrokenError("a name points forward or in a circle")
            at = target
            continue
        if size >= 0x40:
            raise BrokenError(f"a label of a kind that is not known: 0x{size:02x}")
        if not size:
            return ".".join(labels) or ".", after or at + 1
        length += size + 1
        if length > _LONGEST_NAME:
            raise BrokenError(f"a name of more than {_LONGEST_NAME} bytes")
        labels.append(text_of(_take(data, at + 1, size)).replace(".", "\\."))
        at += 1 + size
