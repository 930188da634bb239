r"""What is secret in the commands of line protocols, with stars of the same length.

Passwords of FTP, POP3 and IRC (`PASS`), of IMAP (`LOGIN`), of Redis (`AUTH`, in a line or in
RESP), and SASL's answers in SMTP, IMAP and POP3 (RFC 4954, RFC 3501, RFC 5034).
"""

from __future__ import annotations

import re
from typing import Final

_ANY_CASE: Final = re.IGNORECASE
_VISIBLE: Final = re.compile(rb"[^\r\n]")
_MECHANISM: Final = (
    rb"(?:LOGIN|PLAIN|EXTERNAL|ANONYMOUS|XOAUTH2?|OAUTHBEARER|NTLM|GSSAPI|GS2-[A-Z0-9-]+"
    rb"|(?:CRAM|DIGEST)-MD5|SCRAM-SHA-[0-9A-Z-]+|KERBEROS_V[45])"
)
_END: Final = rb"(?=[\r\n]|\Z)"
# An answer to a challenge; short words without padding are the next command.
_CODED: Final = rb"(?!(?:QUIT|RSET|NOOP|DATA|HELP|STAT|LIST|LOGOUT)[\r\n])[A-Za-z0-9+/]+={0,2}"
_TAG: Final = rb"(?:[A-Za-z0-9.]{1,32}[ ])?"
_WORD: Final = rb'(?:"(?:[^"\\\r\n]|\\.)*+"|[^\s"]+)'
_BULK: Final = rb"\$[0-9]{1,9}\r\n"

# What is in a group is starred. Each begins with the line feed before it, which is found fast.
_LINES: Final = rb"|".join(
    (
        rb"\nUSER [^\r\n]+\r?\n(?:[^\r\n]{0,200}\r?\n){0,3}?PASS ([^\r\n]+)",
        rb"\A\nPASS ([^\r\n]+)\r\n",
        rb"\n" + _TAG + rb"AUTH(?:ENTICATE)? LOGIN(?: (\S+))?\r?\n(" + _CODED + rb")" + _END
        + rb"(?:\r?\n(" + _CODED + rb")" + _END + rb")?",
        rb"\n" + _TAG + rb"AUTH(?:ENTICATE)? " + _MECHANISM + rb" ?\r?\n(" + _CODED + rb")" + _END,
        rb"\n" + _TAG + rb"AUTHENTICATE " + _MECHANISM + rb" (\S+)" + _END,
        rb"\nAUTH (?:[^\s]+ )?(?!(?:TLS|SSL|TLS-[CP]|" + _MECHANISM + rb")" + _END + rb")(\S+)"
        + _END,
        rb"\n[A-Za-z0-9.]{1,32} LOGIN " + _WORD + rb" (" + _WORD + rb")" + _END,
        rb"\n\*2\r\n" + _BULK + rb"AUTH\r\n" + _BULK + rb"([^\r\n]+)",
        rb"\n\*3\r\n" + _BULK + rb"AUTH\r\n" + _BULK + rb"[^\r\n]*\r\n" + _BULK + rb"([^\r\n]+)",
        rb"\n\*[0-9]\r\n" + _BULK + rb"HELLO\r\n" + _BULK + rb"[0-9]\r\n" + _BULK + rb"AUTH\r\n"
        + _BULK + rb"[^\r\n]*\r\n" + _BULK + rb"([^\r\n]+)",
    )
)  # fmt: skip


def mask_logins(data: bytes) -> bytes:
    """Return bytes of the same length with stars over passwords of line protocols."""
    upper = data.upper()  # views ask of each chunk: this is faster than a search in any case
    if not (b"AUTH" in upper or b"PASS" in upper or b"LOGIN" in upper):
        return data
    return re.sub(_LINES, _stars, b"\n" + data, flags=_ANY_CASE)[1:]


def _stars(found: re.Match[bytes]) -> bytes:
    whole, start = found[0], found.start()
    for number in range(1, len(found.groups()) + 1):
        if found[number] is not None:
            first, end = found.start(number) - start, found.end(number) - start
            whole = whole[:first] + _VISIBLE.sub(b"*", whole[first:end]) + whole[end:]
    return whole
