"""Which way of finding fits which rows."""

from __future__ import annotations

from sonde_core.errors import BodyError
from sonde_core.search import Query

from ..body.byte_rows import ByteRows
from ..rows.line_source import LineSource
from ..transcript.transcript_rows import TranscriptRows
from .byte_finder import ByteFinder
from .finder import AnyFinder
from .row_finder import RowFinder
from .transcript_finder import TranscriptFinder


def finder_of(source: LineSource, query: Query, row: int) -> AnyFinder:
    """Begin to look for something in rows, from one of them on."""
    if isinstance(source, TranscriptRows):
        return _in_transcript(source, query, row)
    if isinstance(source, ByteRows):
        try:
            return ByteFinder(source, query, row)
        except BodyError:
            pass  # its rows say why
    return RowFinder(source, query, row)


def _in_transcript(source: TranscriptRows, query: Query, row: int) -> AnyFinder:
    if not source.reads:
        return TranscriptFinder(source, query, row)
    from ..transcript.lens_rows import LensRows  # most look through no lens
    from .lens_finder import LensFinder

    if isinstance(source, LensRows):
        return LensFinder(source, query, row)
    return RowFinder(source, query, row)
