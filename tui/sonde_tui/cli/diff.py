"""`sonde diff`: what differs between two entries."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

from sonde_core.safetext import line

from . import DONE, FAILED, options, output, running
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.comparing.ignoring import IgnoreRules
    from sonde_core.difference import Difference

IGNORE = "leave out this place, such as header:etag, body.time or /Took .* ms/; repeatable"
REVEAL = "show passwords, tokens and cookies too, not only that they differ"

_DESCRIPTION = """\
Compare two entries: status, headers, body (by structure for JSON, by line and word for text, by
range for bytes); for sessions step by step. The exit status is 0 when they are the same, 1 when
not. Times, the order and the case of header names, and how numbers are spelled are told and make
no difference.

Left out are the Date header, what the rules in ignore.toml beside the settings name, and:
  header:NAME trailer:NAME   one field; * stands for anything
  body.a[*].b                what a path in JSON leads to; also as $.a[*].b
  /EXPRESSION/               what a regular expression matches of a line; /.../i in any case
  status version redirect outcome body sent received end kind

What the entries really hold is compared; of passwords, tokens and cookies it is told that they
differ, and not what they are, unless --reveal is given. Of the body of an answer these are the
members of JSON that are called like a password or a token; all else in it is shown as it is."""

_EXAMPLES = """\
examples:
  sonde diff @2 @1
  sonde diff @2 @1 --ignore header:etag --ignore body.items[*].id --json
  sonde diff @2 @1 --ignore '/Took .* ms/' --quiet && echo same"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("before", metavar="A", help=options.IDS)
    add("after", metavar="B", help="the other one")
    add("--ignore", metavar="PATH", action="append", default=[], help=IGNORE)
    add("--no-rules", action="store_true", help="leave out only what --ignore names")
    add("--show-ignored", action="store_true", help="print what was left out, too")
    add("--quiet", action="store_true", help="print nothing, only tell by the exit status")
    add("--json", action="store_true", help="one JSON object, for machines")
    add("--reveal", action="store_true", help=REVEAL)


def run(args: Namespace) -> int:
    """Compare."""
    return running.run(args, lambda desk: _diff(desk, args), reads=True)


async def _diff(desk: Desk, args: Namespace) -> int:
    from sonde_core.comparing import places
    from sonde_core.difference import compare_apart
    from sonde_core.left_out import comparable

    rules = _rules(args)
    places.parse(rules.default)  # before anything is read
    ids = [desk.history.find(reference) for reference in (args.before, args.after)]
    before, after = await comparable(*[await desk.history.get(one) for one in ids])
    comparing = compare_apart(before, after, ignore=rules, reveal=args.reveal)
    difference = await desk.unless_stopped(comparing)
    if difference is None:
        output.say("The comparison was stopped.")
        return FAILED
    if args.quiet:
        return DONE if difference.same else FAILED
    return show(desk, difference, as_json=args.json, ignored=args.show_ignored)


def _rules(args: Namespace) -> IgnoreRules:
    """Return what is left out by the file of rules and by flags, or by flags alone."""
    from sonde_core import config
    from sonde_core.comparing.ignoring import IgnoreRules, load_rules

    if args.no_rules:
        return IgnoreRules(default=tuple(args.ignore))
    rules = load_rules(config.default_path().parent)
    if rules.warning:
        output.say(f"sonde: {rules.warning}")
    return replace(rules, default=(*rules.default, *args.ignore))


def show(
    desk: Desk, difference: Difference, *, as_json: bool = False, ignored: bool = False
) -> int:
    """Print a comparison and return the exit status."""
    if as_json:
        from sonde_core.formats.listing import difference_json

        desk.out.text(difference_json(difference))
    else:
        show_lines(desk, difference, ignored=ignored)
        output.say(difference.summary)
    return DONE if difference.same else FAILED


def show_lines(desk: Desk, difference: Difference, *, ignored: bool = False) -> None:
    """Print what differs, a line each."""
    desk.out.text("".join(f"{line(each)}\n" for each in difference.lines(ignored=ignored)))
