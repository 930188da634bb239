"""The readable form of a body, made off the event loop while it arrives."""

from __future__ import annotations

import asyncio

from ..body import EMPTY, Body
from ..errors import BodyError
from ..pretty import prettify, wanted


class Shaping:
    """Makes the readable form of one body.

    Attributes:
        shaped: What is made so far, in UTF-8; each later one begins with the same bytes. Its
            digest is not known.
        read: Bytes of the body that `shaped` stands for.
        done: Nothing more will come.
        failed: The body cannot be shaped and is to be shown as received; `note` says why.
        note: One sentence; may hold text of the body; may be empty.
        hint: What to do about it; may be empty.
    """

    def __init__(self, body: Body, *, arriving: bool, charset: str = "") -> None:
        """Begin; `run` does the work.

        Args:
            body: What has come so far.
            arriving: Whether more is to come: see `grow`.
            charset: What a person chose; empty to go by the body.
        """
        self.shaped: Body = EMPTY
        self.read = 0
        self.done = False
        self.failed = False
        self.note = ""
        self.hint = ""
        self._body = body
        self._arriving = arriving
        self._charset = charset
        self._grown = asyncio.Event()
        self._news = asyncio.Event()

    @staticmethod
    def wanted(body: Body, charset: str = "") -> bool:
        """Whether a body has a readable form other than its text as received.

        Raises:
            BodyError: The bytes cannot be read.
        """
        return wanted(body)

    def grow(self, body: Body, *, arriving: bool) -> None:
        """Take a later state of the same body, which begins with the same bytes."""
        self._body, self._arriving = body, arriving
        self._grown.set()

    async def run(self) -> None:
        """Work until the end; cancelling stops it, and what is shaped stays."""
        while self._arriving:
            self._grown.clear()
            await self._grown.wait()
        try:
            made = await prettify(self._body)
            self.note, self.hint = made.note, made.hint
            self.failed = made.body is self._body
            if not self.failed:
                self.shaped, self.read = made.body, self._body.size
        except BodyError as error:
            self.failed, self.note, self.hint = True, error.message, error.advice
        self.done = True
        self._news.set()

    async def changed(self) -> None:
        """Wait for news, at most about 20 times a second; at once when all is done."""
        if not self.done:
            await self._news.wait()
            self._news.clear()
