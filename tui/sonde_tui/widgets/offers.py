"""Which keys the row at the bottom names: those that do something now."""

from __future__ import annotations

from typing import cast

from textual.dom import DOMNode


class Offers:
    """For a widget or screen with keys that do something only at times.

    They are heard all the same, and tell why they do nothing.
    """

    _offered: frozenset[str] = frozenset()

    def offers(self, action: str) -> bool:
        """Whether the action of one of its keys does something now, as the binding writes it."""
        raise NotImplementedError

    def keys_changed(self) -> None:
        """Look whether other keys are to be named: something happened."""
        node = cast("DOMNode", self)
        offered = frozenset(
            binding.action
            for bindings in node._bindings.key_to_bindings.values()
            for binding in bindings
            if binding.show and self.offers(binding.action)
        )
        if offered != self._offered:
            self._offered = offered
            node.refresh_bindings()
