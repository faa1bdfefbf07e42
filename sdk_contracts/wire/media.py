"""Images that campaigns show, uploaded and served from here."""

from typing import Literal

from sdk_contracts.wire.common import Contract, Time


class Media(Contract, frozen=True, kw_only=True):
    """The same bytes are the same image, however often they are uploaded."""

    media_id: str
    url: str
    """For `image_url`: whoever has it may see the image."""
    type: Literal["image/png", "image/jpeg", "image/gif", "image/webp"]
    bytes: int
    width: int
    height: int
    """Pixels."""
    created_at: Time
