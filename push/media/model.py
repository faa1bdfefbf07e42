"""An uploaded image."""

import base64
import hashlib
import re
from datetime import datetime

from msgspec import Struct

from push.ids import body

MOST_BYTES = 1024 * 1024
_ID = re.compile(r"med_[0-9a-v]{48}")
_DIGEST_BYTES = 15


class Media(Struct, frozen=True, kw_only=True):
    """The same bytes are the same image, however often they come."""

    id: str
    app_id: str
    place: str
    """Where it is in the list: an id that sorts by creation, which its own does not."""
    type: str
    bytes: int
    width: int
    height: int
    created_at: datetime


def media_id(app_id: str, content: bytes) -> str:
    """The app's, and the content's: whoever holds the id may see the image, and finds it without a key."""
    digest = hashlib.sha256(content).digest()[:_DIGEST_BYTES]
    return f"med_{body(app_id)}{base64.b32hexencode(digest).decode().lower()}"


def app_of(media_id: str) -> str | None:
    """None for what is no id of an image."""
    return f"app_{media_id[4:28]}" if _ID.fullmatch(media_id) else None


def media_in(url: str) -> str | None:
    """The image that an address of ours names, whatever host it was served from at the time."""
    _, _, name = url.rpartition("/media/")
    return name if app_of(name) else None
