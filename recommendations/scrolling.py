"""Scrolling on in a list of picks: a cursor that carries what was shown, so that nothing repeats.

Nothing is kept here: the ids travel in the cursor, packed and signed, for one list. Lists are made
anew at each question, so a place number would repeat some and leave out others. A cursor holds
MOST_SHOWN ids at most; the list ends there.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator

from django.core import signing
from django.core.signing import b64_decode, b64_encode

MOST_SHOWN = 500
MOST_CURSOR = 6000


class NoCursor(ValueError):
    """Something that is no cursor of this list."""


def cursor_of(shown: Collection[int], *, of: str) -> str | None:
    """The cursor for what follows those items in the list of that name; None past its end."""
    if not shown or len(shown) > MOST_SHOWN:
        return None
    return _signer(of).sign(b64_encode(zlib.compress(bytes(_packed(shown)), 9)).decode())


def shown_of(cursor: str, *, of: str) -> frozenset[int]:
    """The items that were shown before."""
    try:
        packed = _signer(of).unsign(cursor[: MOST_CURSOR + 1])
    except signing.BadSignature:
        raise NoCursor from None
    return frozenset(_unpacked(zlib.decompress(b64_decode(packed.encode()))))


def _signer(of: str) -> signing.Signer:
    return signing.Signer(salt=f"recommendations.scrolling.{of}")


def _packed(ids: Collection[int]) -> Iterator[int]:
    """The steps from id to id, in seven bits a byte."""
    last = 0
    for pk in sorted(ids):
        step, last = pk - last, pk
        while step > 127:
            yield step & 127 | 128
            step >>= 7
        yield step


def _unpacked(packed: bytes) -> Iterator[int]:
    pk = step = shift = 0
    for byte in packed:
        step |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            pk += step
            yield pk
            step = shift = 0
