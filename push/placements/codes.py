"""Codes of tracked links: short enough to be typed off a poster, and signed, so that what was altered is known.

    7 characters   which app: when it was made, to a quarter of a second
    5 characters   which of its placements
    6 characters   the signature, which also says whether the code was a link or a QR code

In Crockford's base 32, of which letters are read in either case and `o`, `i` and `l` as the digits they look like.
"""

import hashlib
import hmac
import secrets
from typing import NamedTuple

from push.errors import BadCode
from push.ids import body
from push.placements.model import Via

_HEX = "0123456789abcdefghijklmnopqrstuv"
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_WRITTEN = str.maketrans(_HEX, _CROCKFORD)
_READ = str.maketrans(_CROCKFORD, _HEX)
_LOOKS_LIKE = str.maketrans("oil", "011")
_APP, _OWN, _SIGNATURE = 7, 5, 6
LENGTH = _APP + _OWN + _SIGNATURE
_VIA: tuple[Via, ...] = ("click", "scan")


class Code(NamedTuple):
    stem: str
    via: Via


class Codes:
    """Makes and reads the codes of one Fanfare."""

    def __init__(self, master_secret: str) -> None:
        self._key = hmac.digest(master_secret.encode(), b"fanfare placement code", hashlib.sha256)

    def code(self, stem: str, via: Via) -> str:
        return stem + self._signature(stem, via)

    def read(self, text: str) -> Code:
        """What it says, read without the database. Raises BadCode."""
        code = text.lower().translate(_LOOKS_LIKE)
        if len(code) == LENGTH and code.isascii():
            stem, signature = code[:-_SIGNATURE], code[-_SIGNATURE:]
            for via in _VIA:
                if hmac.compare_digest(signature, self._signature(stem, via)):
                    return Code(stem, via)
        raise BadCode

    def _signature(self, stem: str, via: Via) -> str:
        digest = hmac.digest(self._key, f"{via} {stem}".encode(), hashlib.sha256)
        return _written(int.from_bytes(digest[:4]) >> 2, _SIGNATURE)


def new_stem(app_id: str) -> str:
    """Another one each time: 33 million for each app, and those who made theirs at the same moment share them."""
    return body(app_id)[1 : 1 + _APP].translate(_WRITTEN) + _written(secrets.randbits(5 * _OWN), _OWN)


def apps_of(stem: str) -> tuple[str, str]:
    """App ids that it may belong to are from the first, and before the second."""
    # Ids begin with `0` until the year 2248.
    beginning = "app_0" + stem[:_APP].translate(_READ)
    return beginning, beginning + "w"


def _written(number: int, length: int) -> str:
    return "".join(_CROCKFORD[number >> 5 * place & 31] for place in reversed(range(length)))
