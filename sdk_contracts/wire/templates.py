"""Content kept under a name, to begin campaigns with."""

from msgspec import UNSET, UnsetType

from sdk_contracts.wire.common import Contract, Name, Request, Time
from sdk_contracts.wire.content import Content


class TemplateRequest(Request, frozen=True, kw_only=True):
    name: Name
    content: Content


class TemplateChange(Request, frozen=True, kw_only=True):
    """What to change; what is left out stays."""

    name: Name | UnsetType = UNSET
    content: Content | UnsetType = UNSET


class Template(Contract, frozen=True, kw_only=True):
    """A campaign takes a copy of `content`: what becomes of a template later changes no campaign."""

    id: str
    name: str
    content: Content
    created_at: Time
    changed_at: Time
