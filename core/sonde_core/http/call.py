"""HTTP through httpx: one call, from the request as written to the exchange as it happened.

This and `round_trip` are the only modules that know httpx. Each hop has a connection of its own, so
no answer can be taken for another one's; the body is read raw and decoded by us.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Final

import httpx

from ..aside import aside
from ..body import EMPTY
from ..clock import Clock
from ..errors import DeadlineError, SondeError
from ..http_request import HttpOptions, HttpRequest
from ..left_out import refuse_stand_ins
from ..model import EventKind, Exchange, Hop, HttpResponse, Outcome, Problem, State
from ..secrets import mask_url
from ..settings import Limits
from ..tls_contexts import client_context
from .call_record import CallRecord
from .cookies import Cookies
from .intake import Intake
from .outgoing import Outgoing, prepare
from .redirecting import carries_body_away, next_request
from .round_trip import RoundTrip, drain, head_of, pieces
from .urls import check

__all__ = ["Call", "warm"]

_NO_BODY: Final = frozenset({204, 304})


def warm() -> None:
    """Build what the first request needs, off the event loop: the shared TLS context."""
    with suppress(OSError):
        client_context()


class Call(CallRecord):
    """One HTTP exchange, live.

    Attributes:
        watched: Somebody looks at the answer: one of unknown length may then go on beyond the
            usual total time. It has that much time again once nobody looks any more.
    """

    def __init__(
        self, request: HttpRequest, *, clock: Clock | None = None, limits: Limits | None = None
    ) -> None:
        super().__init__(request, clock=clock, limits=limits)
        self.watched = False
        self._work: asyncio.Task[None] | None = None
        self._cancelled = False

    # performing

    async def run(self) -> Exchange:
        """Perform it to its end, whatever that is; failures are in the exchange."""
        if self._cancelled:
            self._finish(Outcome.CANCELLED, cut="cancel")
            return self.exchange()
        self._work = asyncio.ensure_future(self._perform())
        try:
            await self._work
        except asyncio.CancelledError:
            task = asyncio.current_task()
            outside = task is not None and task.cancelling() > 0
            if not self._work.done():
                self._work.cancel()
                await asyncio.wait([self._work])
            self._finish(Outcome.CANCELLED, cut="cancel")
            if outside:
                raise
        return self.exchange()

    def cancel(self) -> None:
        """End it at once; what came is kept, and the outcome is `cancelled`."""
        self._cancelled = True
        if self._work is not None and not self.state.over:
            self._work.cancel()

    async def _perform(self) -> None:
        total = self.request.options.total_timeout
        try:
            async with asyncio.timeout(total) as deadline:
                await self._follow(deadline)
        except TimeoutError:
            self._fail(
                DeadlineError(
                    f"{mask_url(self.request.url)} was not done within {total:g} s.",
                    hint="Give it more time; what came is kept.",
                )
            )
        except SondeError as error:
            self._fail(error)

    async def _follow(self, deadline: asyncio.Timeout) -> None:
        """Ask, and go on where a redirect leads."""
        outgoing = await self._prepare()
        cookies = Cookies()
        while True:
            options = self.request.options
            trip = RoundTrip(self, outgoing, options, cookies, first=not self.hops)
            try:
                after = await self._answer(trip, deadline)
            finally:
                trip.close()
            if after is None:
                return
            if after.url.origin != outgoing.url.origin:
                cookies = Cookies()  # a jar knows hosts only; ours stay with scheme and port
            outgoing = after
            self.state = State.NEW  # a new connection begins anew

    async def _prepare(self) -> Outgoing:
        body = self.request.body
        try:
            refuse_stand_ins(self.request)
            if body.kind in ("file", "multipart") or len(body.text) > 1 << 20:
                outgoing = await aside(prepare, self.request)
            else:
                outgoing = prepare(self.request)
        except SondeError as error:
            error.phase = error.phase or "request"
            raise
        sent = replace(body, data=outgoing.body) if outgoing.body.size else body
        url = check(self.request.url)
        if url != self.request.url or sent is not body:
            self.request = replace(self.request, url=url, body=sent)
        return outgoing

    async def _answer(self, trip: RoundTrip, deadline: asyncio.Timeout) -> Outgoing | None:
        """Send one request and take its answer; return the request it leads on to, if any."""
        response = await trip.send()
        head = head_of(response, str(trip.outgoing.url))
        first = f"{head.status} {head.reason}".rstrip()
        self.log(EventKind.RESPONSE, first, status=str(head.status))
        problem: SondeError | None = None
        try:
            after = self._leads_to(trip.outgoing, head)
        except SondeError as error:
            after, problem = None, error
        if after is not None:
            self._note_hop(trip.outgoing, head, after)
            trip.keep_cookies(response)
            await drain(response)
            return after
        self.head = head
        await self._take(trip, response, deadline)
        if problem is not None and self.problem is None:
            self._fail(problem)
        elif not self.state.over:
            self._finish(Outcome.DONE)
        return None

    def _leads_to(self, before: Outgoing, head: HttpResponse) -> Outgoing | None:
        """Return where an answer leads; None when it does not, or is not to be followed.

        Raises:
            HttpError: It leads nowhere, or there were too many.
        """
        options = self.request.options
        after = next_request(before, head, len(self.hops), options)
        if after is None:
            return None
        if carries_body_away(before, after) and not options.resend_body:
            where = mask_url(str(after.url))
            text = f"Not followed: {head.status} would send the body to another origin, {where}."
            hint = "Allow it in the options (O), or with --resend-body."
            self.problem = Problem("receive", "redirect", text, hint)
            self.note(text)
            return None
        return after

    def _note_hop(self, before: Outgoing, head: HttpResponse, after: Outgoing) -> None:
        hop = Hop(
            before.method,
            str(before.url),
            head.status,
            head.reason,
            head.headers,
            head.header("location"),
        )
        self.hops = (*self.hops, hop)
        self.log(EventKind.REDIRECT, f"{head.status} to {after.url}", url=str(after.url))

    # the body

    async def _take(
        self, trip: RoundTrip, response: httpx.Response, deadline: asyncio.Timeout
    ) -> None:
        head = self.head
        assert head is not None  # noqa: S101 - set by the caller
        intake = self._intake = Intake(
            [value for name, value in head.headers if name.lower() == "content-encoding"],
            head.header("content-type"),
            limits=self.limits,
            max_bytes=self.request.options.max_bytes,
            tell=self.note,
        )
        self._touch()
        usual = HttpOptions().total_timeout
        same = self.request.options.total_timeout == usual
        patience = usual if same and not head.header("content-length") else None
        async with aclosing(pieces(response)) as parts:
            async for data in parts:
                await intake.take(data)
                self._touch()
                if intake.full:
                    trip.abort()
                    break
                if patience is not None:
                    self._prolong(deadline, patience)
            else:
                self._whole = True
        intake.finish()
        if intake.full:
            self.note(f"stopped at the limit of {intake.body().size} bytes")
            self._finish(Outcome.CUT, cut="limit")
        elif intake.problem is not None:
            self._fail(intake.problem, cut="decode")
        else:
            self._after(trip, head)

    def _prolong(self, deadline: asyncio.Timeout, patience: float) -> None:
        """Set no end to a stream that somebody looks at, and one again when nobody does."""
        if self.watched:
            deadline.reschedule(None)
        elif deadline.when() is None:
            deadline.reschedule(asyncio.get_running_loop().time() + patience)

    def _after(self, trip: RoundTrip, head: HttpResponse) -> None:
        """Note what is known only when all of a body came."""
        chunked = "chunked" in head.header("transfer-encoding").lower()
        if chunked:
            self._trailers = trip.trailers
        framed = chunked or head.header("content-length") or head.status in _NO_BODY
        if not framed and self.request.method != "HEAD":
            self._body = self._intake.body(complete=None) if self._intake else EMPTY
        if trip.left_over:
            self.note(f"{trip.left_over} bytes came after the end of the answer")
