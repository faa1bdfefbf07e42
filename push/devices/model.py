"""An installation, and how a provider reaches it."""

from datetime import datetime

from msgspec import Struct


class FcmToken(Struct, frozen=True, kw_only=True, tag_field="kind", tag="fcm_token"):
    token: str


class FcmFid(Struct, frozen=True, kw_only=True, tag_field="kind", tag="fcm_fid"):
    fid: str


class WebPush(Struct, frozen=True, kw_only=True, tag_field="kind", tag="web_push"):
    endpoint: str
    p256dh: str
    auth: str


Address = FcmToken | FcmFid | WebPush
