"""Registering an installation, and what a device may say about itself."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from sdk_contracts.wire.common import Contract, Key, Link, Locale, Request, Scalar, Time, Timezone, Token, TopicName

Platform = Literal["android", "ios", "web"]
ShortText = Annotated[str, Meta(max_length=64, pattern=r"^[^\x00]*$")]
Tags = Annotated[dict[Key, Scalar], Meta(max_length=100)]
Topics = Annotated[list[TopicName], Meta(max_length=200)]


class FcmToken(Request, frozen=True, kw_only=True, tag_field="kind", tag="fcm_token"):
    """An FCM registration token."""

    token: Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"^[!-~]+(?!\n)$")]


class FcmFid(Request, frozen=True, kw_only=True, tag_field="kind", tag="fcm_fid"):
    """A Firebase installation id, which takes over from registration tokens."""

    fid: Annotated[str, Meta(min_length=1, max_length=256, pattern=r"^[!-~]+(?!\n)$")]


class WebPush(Request, frozen=True, kw_only=True, tag_field="kind", tag="web_push"):
    """A PushSubscription (W3C Push API): where to send and how to encrypt (RFC 8291)."""

    endpoint: Link
    p256dh: Annotated[str, Meta(min_length=1, max_length=128)]
    auth: Annotated[str, Meta(min_length=1, max_length=64)]


Address = FcmToken | FcmFid | WebPush


class DeviceRegistration(Request, frozen=True, kw_only=True):
    """What an installation says about itself when it registers."""

    installation_id: Token
    platform: Platform
    address: Address | None = None
    opted_in: bool = True
    locale: Locale | None = None
    timezone: Timezone | None = None
    app_version: ShortText | None = None
    os_version: ShortText | None = None
    model: ShortText | None = None
    tags: Tags = {}
    topics: Topics = []


class DeviceChange(Request, frozen=True, kw_only=True):
    """A part of a device to change; what is left out stays, `null` clears."""

    address: Address | None | UnsetType = UNSET
    opted_in: bool | UnsetType = UNSET
    locale: Locale | None | UnsetType = UNSET
    timezone: Timezone | None | UnsetType = UNSET
    app_version: ShortText | None | UnsetType = UNSET
    os_version: ShortText | None | UnsetType = UNSET
    model: ShortText | None | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    topics: Topics | UnsetType = UNSET


class Registered(Contract, frozen=True, kw_only=True):
    """The answer to a registration. `device_token` is the device key, shown this once."""

    device_id: str
    device_token: str
    person_id: str


class RotatedKey(Contract, frozen=True, kw_only=True):
    """The device's new key, shown this once; the old one has ended."""

    device_id: str
    device_token: str


class AddressView(Contract, frozen=True, kw_only=True):
    """What kind of address a device has; the address itself is never given out again."""

    kind: Literal["fcm_token", "fcm_fid", "web_push"]
    confirmed_at: Time


class Device(Contract, frozen=True, kw_only=True):
    device_id: str
    person_id: str
    external_id: str | None
    installation_id: str
    platform: Platform
    address: AddressView | None
    opted_in: bool
    locale: str | None
    timezone: str | None
    app_version: str | None
    os_version: str | None
    model: str | None
    tags: dict[str, Scalar]
    topics: list[str]
    created_at: Time
    last_seen_at: Time


class Login(Request, frozen=True, kw_only=True):
    """Who uses this installation. `signature` is hex HMAC-SHA256(identity secret, external_id)."""

    external_id: Token
    signature: Annotated[str, Meta(max_length=128)] | None = None


class LoggedIn(Contract, frozen=True, kw_only=True):
    person_id: str
    external_id: str | None
