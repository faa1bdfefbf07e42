"""An installation, and how a provider reaches it."""

from datetime import datetime, timedelta

from msgspec import Struct

from push.errors import Unauthenticated
from push.people.model import Gate


class FcmToken(Struct, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="fcm_token"):
    token: str


class FcmFid(Struct, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="fcm_fid"):
    fid: str


class WebPush(Struct, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="web_push"):
    endpoint: str
    p256dh: str
    auth: str


Address = FcmToken | FcmFid | WebPush
STALE_AFTER = timedelta(days=30)
"""An FCM address nobody has confirmed for so long may belong to a phone that is not used any more."""
LAPSES_AFTER = timedelta(days=270)
"""So long after its last contact Android expires a registration; FCM refuses it from then on."""


class Device(Struct, frozen=True, kw_only=True, gc=False):
    """One installation of the app on one phone or browser."""

    id: str
    app_id: str
    person_id: str
    platform: str
    created_at: datetime
    last_seen_at: datetime
    installation_id: str | None = None
    """Absent once uninstalled, so that the installation may come back as a new device."""
    external_id: str | None = None
    """The person's, copied here so that planning reads one collection."""
    gate: Gate = Gate()
    """The person's, likewise."""
    address: Address | None = None
    fingerprint: str | None = None
    firebase_id: str | None = None
    """Which Firebase installation the address is of, if it tells: its token and its id are one phone."""
    confirmed_at: datetime | None = None
    """When the device last told us this address."""
    address_gone_at: datetime | None = None
    """When a provider said that the last address will never work again."""
    opted_in: bool = True
    locale: str | None = None
    timezone: str | None = None
    app_version: str | None = None
    os_version: str | None = None
    model: str | None = None
    tags: dict[str, str | int | float | bool] = {}
    topics: tuple[str, ...] = ()
    uninstalled_at: datetime | None = None
    imported: bool = False
    """Known from elsewhere, and never heard of here."""
    key_generation: int = 0
    """Keys of any other generation have ended."""

    def lapsed(self, at: datetime) -> bool:
        """Its FCM address has not been confirmed for so long that it counts as gone."""
        fcm = isinstance(self.address, FcmToken | FcmFid)
        return fcm and self.confirmed_at is not None and at - self.confirmed_at >= LAPSES_AFTER

    def check_key(self, generation: int) -> None:
        """Raises Unauthenticated for a key that has ended.

        Every route reads its device, since it must know whose it is now: so a key that was rotated away, and that of
        a device that is gone, open nothing from the next call on, in every process.
        """
        if generation != self.key_generation:
            raise Unauthenticated
