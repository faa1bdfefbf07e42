"""Numbers of an app over time."""

from sdk_contracts.wire.common import Contract, Time


class Churn(Contract, frozen=True, kw_only=True):
    """How many devices did this on one day."""

    registered: int = 0
    imported: int = 0
    uninstalled: int = 0
    opted_in: int = 0
    """Changes of mind; what a device says when it registers is in neither."""
    opted_out: int = 0
    address_new: int = 0
    """They had none and have one."""
    address_gone: int = 0
    """They had one and have none: given up, moved to another device, refused by the provider, or lapsed."""


class AudienceDay(Contract, frozen=True, kw_only=True):
    at: Time
    """Its beginning, in UTC."""
    total: Churn
    by_platform: dict[str, Churn]


class AudienceSeries(Contract, frozen=True, kw_only=True):
    """Day by day; days on which nothing happened are left out."""

    as_of: Time
    days: list[AudienceDay]
