"""A stylesheet that remembers which rules hold where.

Textual looks through all rules anew for each widget that is mounted, gets the focus or is in a
dialog that opens, and makes a node for each of the component classes of each. Which rules hold is
decided by the types, classes, ids and states on the way down from the app to the widget, and those
are the same again and again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple, TypeAlias

from textual.app import App
from textual.cache import LRUCache
from textual.css.model import RuleSet, Selector, SelectorType
from textual.css.styles import RenderStyles, RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widget import Widget

# Textual keeps 64 parsed sources, fewer than there are kinds of widgets, and so keeps none of them.
_SOURCES = 1024
_MOST = 20_000
_MARKS = {SelectorType.CLASS: ".", SelectorType.ID: "#"}

# Textual's word for what is remembered while some nodes are updated.
Cache: TypeAlias = dict[tuple[Any, ...], RulesMap]
# The number of the place above a node, and what a rule can ask of the node itself.
Place: TypeAlias = tuple[int, Hashable]


class Held(NamedTuple):
    """The rules that hold at some place.

    Attributes:
        rules: None where there is no rule at all.
        names: The names by which rules select what is there.
        flags: What Textual notes at the node of the pseudo-classes of these rules.
    """

    rules: RulesMap | None
    names: frozenset[str]
    flags: tuple[bool, bool, bool, bool]


class RememberingStylesheet(Stylesheet):
    """Applies the same rules as Textual's own, and looks for them once."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(_SOURCES)
        self._known: list[RuleSet] = []
        self._asked: set[str] = set()  # of any node, with its mark
        self._asked_above: set[str] = set()
        self._places: dict[Hashable, int] = {}
        self._held: dict[Place, Held] = {}

    def update_nodes(self, nodes: Iterable[DOMNode], animate: bool = False) -> None:
        """Update what has a place; the others are styled when they are mounted."""
        placed = (node for node in nodes if node._parent is not None or isinstance(node, App))
        super().update_nodes(placed, animate=animate)

    def apply(self, node: DOMNode, *, animate: bool = False, cache: Cache | None = None) -> None:
        self._renew()
        place = self._place(node)
        held = self._held.get(place)
        if held is None:
            self._look(node, place, animate=animate)
            return
        node._has_hover_style, node._has_focus_within = held.flags[:2]
        node._has_order_style, node._has_odd_or_even = held.flags[2:]
        if held.rules is not None:
            if animate or node._css_styles._rules != held.rules:
                self.replace_rules(node, held.rules, animate=animate)
            else:
                node.notify_style_update()
        self._process_component_classes(node)

    def _look(self, node: DOMNode, place: Place, *, animate: bool = False) -> None:
        """Let Textual find the rules, and remember them unless they ask for the neighbours."""
        found: Cache = {}
        super().apply(node, animate=animate, cache=found)
        flags = (
            node._has_hover_style,
            node._has_focus_within,
            node._has_order_style,
            node._has_odd_or_even,
        )
        if not any(flags[1:]):
            rules = next(iter(found.values()), None)
            self._held[place] = Held(rules, frozenset(node._selector_names), flags)

    def _process_component_classes(self, node: DOMNode) -> None:
        """Give a node the styles of its component classes; those that are as before stay."""
        names = node._get_component_classes()
        if not names:
            return
        number = self._number(node)
        before = node._component_styles.copy()
        node._component_styles.clear()
        for name in sorted(names):
            old, held = before.get(name), self._held.get((number, name))
            if old is None or held is None or not _is_of(old, held):
                old = self._component(node, (number, name), held)
            node._component_styles[name] = old
        if node._component_styles != before:
            node.refresh()

    def _component(self, node: DOMNode, place: tuple[int, str], held: Held | None) -> RenderStyles:
        virtual = DOMNode(classes=place[1])
        virtual._attach(node)
        if held is None:
            self._look(virtual, place)
        elif held.rules is not None:
            self.replace_rules(virtual, held.rules)
        return virtual.styles

    def _place(self, node: DOMNode) -> Place:
        parent = node._parent
        above = self._number(parent) if isinstance(parent, DOMNode) else 0
        return above, (type(node), *_named(node, self._asked), *_state(node))

    def _number(self, node: DOMNode) -> int:
        """Return a number that is the same for nodes below which the same rules hold."""
        parent = node._parent
        above = self._number(parent) if isinstance(parent, DOMNode) else 0
        kinds = node._css_type_names & self._asked_above
        looks = (above, kinds, *_named(node, self._asked_above), *_state(node))
        return self._places.setdefault(looks, len(self._places) + 1)

    def _renew(self) -> None:
        """Forget what was found where rules have come since or are gone."""
        rules = self.rules
        if rules is not self._known:
            changed = set(rules).symmetric_difference(self._known)
            for selectors in (each.selectors for rule in changed for each in rule.selector_set):
                self._asked_above.update(map(_marked, selectors[:-1]))
                self._asked.update(map(_marked, selectors))
            names = {name for rule in changed for name in rule.selector_names}
            kept = {} if "*" in names else self._held
            self._held = {
                place: held for place, held in kept.items() if names.isdisjoint(held.names)
            }
            self._known = rules
        if len(self._places) > _MOST:
            self._places.clear()
            self._held.clear()


def _marked(selector: Selector) -> str:
    return _MARKS.get(selector.type, "") + selector.name


def _named(node: DOMNode, asked: set[str]) -> tuple[Hashable, ...]:
    """Return what a node is called, as far as a rule asks for it."""
    id = node._id if f"#{node._id}" in asked else None
    return id, frozenset(name for name in node._classes if f".{name}" in asked)


def _state(node: DOMNode) -> tuple[Hashable, ...]:
    """Return all else that a rule can ask of a node, its neighbours left out."""
    if isinstance(node, Widget):
        return node.mouse_hover, node.has_focus, node.disabled, node.allow_focus()
    if isinstance(node, App):
        dark = node.current_theme.dark
        return node.app_focus, dark, node.is_inline, node.native_ansi_color, node.no_color
    return ()


def _is_of(styles: RenderStyles, held: Held) -> bool:
    return styles.base._rules == (held.rules or {}) and not styles.inline._rules
