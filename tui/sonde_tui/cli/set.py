"""`sonde set`: names, tags, notes and pins of entries are changed."""

from __future__ import annotations

from argparse import Namespace
from typing import Final

from sonde_core.words import entries

from . import DONE, choosing, options, output, running, standard_input
from .running import Desk

_DESCRIPTION = """\
Change what you say about entries: their name, note and tags, and whether they are pinned. What is
pinned stays when the history has limits. When one of the ids is unknown, nothing is changed."""

_EXAMPLES: Final = """\
examples:
  sonde set @1 --name login --tag slow --tag staging
  sonde set --filter 'host:staging status:5xx' --tag broken --pin
  sonde set @1 --untag slow --name '' --note - < note.txt"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    choosing.add_choice(parser)
    add = parser.add_argument
    add("--name", metavar="TEXT", action=options.Once, help="the name; '' for none")
    add("--tag", metavar="TAG", action="append", default=[], help="add a tag; may be repeated")
    add("--untag", metavar="TAG", action="append", default=[], help="take a tag away")
    add(
        "--note",
        metavar="TEXT",
        action=options.Once,
        help="the note; '' for none, - for what stands on standard input",
    )
    pins = parser.add_mutually_exclusive_group()
    pins.add_argument("--pin", action="store_const", const=True, dest="pinned", help="pin")
    pins.add_argument("--unpin", action="store_const", const=False, dest="pinned", help="unpin")
    parser.set_defaults(misuse=parser.error)


def run(args: Namespace) -> int:
    """Change."""
    args.check(args)
    if not (args.tag or args.untag) and args.name is args.note is args.pinned is None:
        args.misuse("say what to change: --name, --tag, --untag, --note, --pin or --unpin")
    return running.run(args, lambda desk: _set(desk, args), reads=True)


async def _set(desk: Desk, args: Namespace) -> int:
    from sonde_core.history import notes, tags

    note = args.note
    if note == "-":
        data = await desk.aside(standard_input.take, notes.LONGEST, "The note")
        note = notes.read(data.decode("utf-8", "replace"))
    found = await choosing.chosen(desk, args)
    ids = [each.id for each in found]
    await desk.history.set(ids, name=args.name, note=note, pinned=args.pinned)
    add, remove = tags.read(" ".join(args.tag)), tags.read(" ".join(args.untag))
    for tagged, some in tags.changed(found, add=add, remove=remove).items():
        await desk.history.set(some, tags=tagged)
    output.say(f"Changed {entries(len(ids))}.")
    return DONE
