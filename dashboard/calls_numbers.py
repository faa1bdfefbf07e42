"""Numbers of the app as a whole, and what was made of its people's devices."""

from datetime import datetime

from dashboard.transport import Transport
from sdk_contracts.wire.campaigns import DeviceMetrics, Overview
from sdk_contracts.wire.live import LiveMetrics
from sdk_contracts.wire.metrics import AudienceSeries


class NumberCalls(Transport):
    def overview(self, from_: datetime, to: datetime) -> Overview:
        return self._share(Overview, "/v1/metrics/overview", _span(from_, to))

    def now(self) -> LiveMetrics:
        """What is sent and reported this moment; all who ask share one look of the API's."""
        return self._share(LiveMetrics, "/v1/metrics/now")

    def devices(self) -> DeviceMetrics:
        return self._share(DeviceMetrics, "/v1/metrics/devices")

    def audience_days(self, from_: datetime, to: datetime) -> AudienceSeries:
        return self._ask(AudienceSeries, "GET", "/v1/metrics/audience", query=_span(from_, to))


def _span(from_: datetime, to: datetime) -> dict[str, str]:
    return {"from": rfc3339(from_), "to": rfc3339(to)}


def rfc3339(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
