"""The credentials of a request."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, cast

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from sonde_core.http_request import Auth, HttpRequest

from ..cycle import Cycle
from ..line_input import LineInput
from .request_pane import LabelledRow, RequestPane, text_field

KINDS: Final = ("none", "basic", "bearer")


class AuthPane(RequestPane):
    """None, a user with a password (RFC 7617), or a bearer token (RFC 6750)."""

    def __init__(self, request: HttpRequest, *, reveal: bool, id: str) -> None:
        super().__init__(request, id=id)
        self._reveal = reveal

    def compose(self) -> ComposeResult:
        auth = self._shown.auth
        yield Cycle("auth", KINDS, value=auth.kind, id="auth-kind")
        yield LabelledRow("user", text_field("auth-user", auth.user), id="user-row")
        secret = text_field("auth-secret", auth.secret, password=not self._reveal)
        yield LabelledRow("secret", secret, id="secret-row")

    def on_mount(self) -> None:
        self._arrange()

    @property
    def _kind(self) -> str:
        return self.query_one("#auth-kind", Cycle).value

    def _arrange(self) -> None:
        self.query_one("#user-row").display = self._kind == "basic"
        self.query_one("#secret-row").display = self._kind != "none"
        secret = self.query_one("#auth-secret", Input)
        secret.placeholder = "password" if self._kind == "basic" else "token"

    def reveal(self, reveal: bool) -> None:
        """Show the secret, or stars."""
        self._reveal = reveal
        self.query_one("#auth-secret", Input).password = not reveal

    def fill(self, request: HttpRequest) -> None:
        auth = request.auth
        self.query_one("#auth-kind", Cycle).value = auth.kind
        self.query_one("#auth-user", LineInput).put(auth.user)
        self.query_one("#auth-secret", LineInput).put(auth.secret)
        self._arrange()

    def apply(self, request: HttpRequest) -> HttpRequest:
        user = self.query_one("#auth-user", Input).value
        secret = self.query_one("#auth-secret", Input).value
        kind = cast(Literal["none", "basic", "bearer"], self._kind)
        return replace(request, auth=Auth(kind, user, secret))

    @on(Cycle.Changed)
    @on(Input.Changed)
    def _field_changed(self, event: Cycle.Changed | Input.Changed) -> None:
        event.stop()
        self._arrange()
        self.changed()
