"""Content kept under a name."""

from datetime import datetime

from msgspec import Struct

from push.content.model import Content


class Template(Struct, frozen=True, kw_only=True):
    """A campaign takes a copy of the content: what becomes of the template later changes no campaign."""

    id: str
    app_id: str
    name: str
    content: Content
    created_at: datetime
    changed_at: datetime
