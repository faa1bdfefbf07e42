"""Calls about placements: posters, flyers, posts, and what was counted at them."""

from datetime import datetime
from typing import Literal
from urllib.parse import quote

from dashboard.transport import Transport
from sdk_contracts.wire.common import Page
from sdk_contracts.wire.placements import Placement, PlacementChange, PlacementMetrics, PlacementRequest

PlacementMove = Literal["archive", "unarchive"]


class PlacementCalls(Transport):
    def placements(
        self, limit: int = 20, cursor: str | None = None, *, archived: bool = False, campaign_id: str = ""
    ) -> Page[Placement]:
        """Newest first, `limit` from 1 to 100; the archived ones instead, or those of one campaign."""
        wanted = {"archived": "true" if archived else "", "campaign_id": campaign_id, "cursor": cursor or ""}
        query = {"limit": str(limit)} | {name: value for name, value in wanted.items() if value}
        return self._ask(Page[Placement], "GET", "/v1/placements", query=query)

    def placement(self, placement_id: str) -> Placement:
        return self._ask(Placement, "GET", _path(placement_id))

    def create_placement(self, request: PlacementRequest, idempotency_key: str) -> Placement:
        return self._ask(Placement, "POST", "/v1/placements", body=request, idempotency_key=idempotency_key)

    def change_placement(self, placement_id: str, change: PlacementChange) -> Placement:
        return self._ask(Placement, "PATCH", _path(placement_id), body=change)

    def move_placement(self, placement_id: str, verb: PlacementMove) -> Placement:
        return self._ask(Placement, "POST", _path(placement_id, verb))

    def delete_placement(self, placement_id: str) -> bool:
        """True once it is gone."""
        return self._send("DELETE", _path(placement_id)).is_success

    def placement_metrics(self, placement_id: str, from_: datetime, to: datetime, bucket: str) -> PlacementMetrics:
        """`bucket` is hour or day."""
        query = {"from": _rfc3339(from_), "to": _rfc3339(to), "bucket": bucket}
        return self._ask(PlacementMetrics, "GET", _path(placement_id, "metrics"), query=query)

    def export_placement(self, placement_id: str, from_: datetime, to: datetime, bucket: str) -> bytes:
        """The same numbers as CSV."""
        query = {"from": _rfc3339(from_), "to": _rfc3339(to), "bucket": bucket, "format": "csv"}
        return self._send("GET", _path(placement_id, "export"), query=query).content

    def placement_code(self, placement_id: str, form: Literal["svg", "png"], size: int) -> bytes:
        """Its QR code, at most `size` pixels wide; it may lose a quarter and is read all the same."""
        query = {"format": form, "size": str(size), "level": "Q"}
        return self._send("GET", _path(placement_id, "qr"), query=query).content


def _path(placement_id: str, verb: str = "") -> str:
    return f"/v1/placements/{quote(placement_id, safe='')}" + (f"/{verb}" if verb else "")


def _rfc3339(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
