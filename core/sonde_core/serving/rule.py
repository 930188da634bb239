"""What a listener answers by itself: rules, and one answer for every HTTP request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ..body import EMPTY, Body
from ..model import Header
from ..steps import SendStep, Step

On: TypeAlias = Literal["connect", "any", "text", "prefix", "equal", "regex", "end"]
Framing: TypeAlias = Literal["auto", "lines", "stream"]

ECHO: Final = SendStep(b"{{message}}", template=True)


@dataclass(frozen=True, slots=True)
class Rule:
    """When a client says this, do that.

    Attributes:
        on: `connect` and `end`: it came, or sent its end; `any`: a message, whatever it is; `text`:
            one that holds these bytes; `prefix`: begins with them; `equal`: is just them, but for
            its line end; `regex`: one in which this is found.
        pattern: The bytes, or the regular expression as it was typed.
        actions: In order. A `SendStep` with `template` knows the captures as `{{1}}` and
            `{{name}}`, `{{0}}` is what matched and `{{message}}` the whole message.
        folds: Whether a regular expression finds both cases.
    """

    on: On
    pattern: bytes = b""
    actions: tuple[Step, ...] = ()
    folds: bool = False


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What every HTTP request is answered with.

    Attributes:
        headers: Besides Date, Content-Length and Connection, unless they are among these.
    """

    status: int = 200
    headers: tuple[Header, ...] = ()
    body: Body = EMPTY
