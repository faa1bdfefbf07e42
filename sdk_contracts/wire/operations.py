"""For those who run it."""

from typing import Literal

from sdk_contracts.wire.common import Contract


class Health(Contract, frozen=True, kw_only=True):
    status: Literal["live", "ready"]
