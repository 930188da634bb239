"""What stands between double braces: found in bytes, taken apart, and how numbers are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from .errors import PayloadSyntaxError
from .quoting import quoted

FIELDS: Final = 1000  # in one message
LONGEST: Final = 200  # bytes between the braces
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")

_RUN: Final = re.compile(rb"\{{2,}")
_INSIDE: Final = re.compile(rb"([^{}]{0,%d})\}\}" % LONGEST)
_FORM: Final = re.compile(r"(ascii|hex)|([1-9]|[1-3]\d)([dx])|([1-8])(be|le)")
_SIGNED: Final = re.compile(r"[+-]?\d{1,18}")


@dataclass(frozen=True, slots=True)
class TemplateField:
    """One `{{name:argument:…}}`.

    Attributes:
        at: Its place in the message, in bytes from 1.
    """

    text: str
    at: int

    @property
    def name(self) -> str:
        return self.text.split(":", 1)[0].strip()

    @property
    def arguments(self) -> list[str]:
        return [part.strip() for part in self.text.split(":")[1:]]

    def wrong(self, why: str, hint: str = "") -> PayloadSyntaxError:
        """Return an error that says which field it is, where, and what is wrong with it."""
        text = f"{{{{{self.text}}}}} at byte {self.at} {why}."
        return PayloadSyntaxError(text, hint=hint or "Write {{{{ to send {{ itself.")


Piece: TypeAlias = bytes | TemplateField


def pieces(data: bytes) -> Iterator[Piece]:
    """Cut a template into bytes and fields; `{{{{` is `{{` itself.

    Raises:
        PayloadSyntaxError: A field is not closed, or there are too many.
    """
    done = fields = 0
    while run := _RUN.search(data, done):
        yield data[done : run.start()]
        braces = run.end() - run.start()
        yield b"{{" * (braces // 4) + b"{" * (braces % 4 % 2)
        done = run.end()
        if braces % 4 < 2:
            continue
        inside = _INSIDE.match(data, done)
        fields += 1
        if inside is None or fields > FIELDS:
            raise _unusable(run.end() - 1, closed=inside is not None)
        yield TemplateField(inside[1].decode("utf-8", "backslashreplace"), run.end() - 1)
        done = inside.end()
    yield data[done:]


def _unusable(at: int, *, closed: bool) -> PayloadSyntaxError:
    if closed:
        return PayloadSyntaxError(
            f"There are more than {FIELDS} {{{{…}}}} in one message.", hint="Send it as a file."
        )
    return PayloadSyntaxError(
        f"{{{{ at byte {at} is not closed by }}}}.", hint="Write {{{{ to send {{ itself."
    )


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How a number is written.

    Attributes:
        base: 10 or 16 for digits, 256 for bytes.
        width: Digits at least, or just so many bytes.
        order: Of the bytes.
    """

    base: int = 10
    width: int = 1
    order: str = "be"

    def write(self, value: int, place: TemplateField) -> bytes:
        """Write a number; raises PayloadSyntaxError when it does not fit."""
        if self.base == 256:
            if not 0 <= value < 256**self.width:
                raise place.wrong(f"is {value}, which {self.width} bytes cannot hold")
            return value.to_bytes(self.width, "big" if self.order == "be" else "little")
        digits = f"{abs(value):{'x' if self.base == 16 else 'd'}}".rjust(self.width, "0")
        return (("-" if value < 0 else "") + digits).encode()


def number_form(text: str) -> NumberForm | None:
    """Read how a number is to be written: `ascii`, `hex`, `8d`, `4x`, `4be`, `2le`; or None."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    if match[1]:
        return NumberForm(16 if match[1] == "hex" else 10)
    if match[2]:
        return NumberForm(16 if match[3] == "x" else 10, int(match[2]))
    return NumberForm(256, int(match[4]), match[5])


@dataclass(slots=True)
class Arguments:
    """The arguments of a field, told apart by how they look.

    Attributes:
        form: How the number is written.
        name: Of a part of the message, or of a counter; empty for none.
        plus: To add, as `+4`.
        settings: The whole numbers of `start=1` and the like.
    """

    form: NumberForm = field(default_factory=NumberForm)
    name: str = ""
    plus: int = 0
    settings: dict[str, int] = field(default_factory=dict)


def arguments(place: TemplateField, *settings: str, plus: bool = False) -> Arguments:
    """Read arguments; raises PayloadSyntaxError for one that is none.

    Args:
        place: The field.
        settings: The names that may stand before `=`.
        plus: Whether a number may be added.
    """
    found = Arguments()
    for text in place.arguments:
        key, equals, value = text.partition("=")
        if form := number_form(text):
            found.form = form
        elif equals and key in settings and _SIGNED.fullmatch(value):
            found.settings[key] = int(value)
        elif plus and text[:1] in ("+", "-") and _SIGNED.fullmatch(text):
            found.plus = int(text)
        elif NAME.fullmatch(text) and not found.name:
            found.name = text
        else:
            raise place.wrong(f"has an argument that is none: {quoted(text)}", _hint(settings))
    return found


def _hint(settings: tuple[str, ...]) -> str:
    more = "".join(f", {name}=1" for name in settings)
    return f"A number is written as ascii, hex, 8d, 4x, 4be or 2le; a name{more} may follow."
