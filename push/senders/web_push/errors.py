"""What the answers of Web Push services mean.

Source: RFC 8030 §5, §7.3, §8.4; the error pages of Mozilla's, Google's, Apple's and Microsoft's services.
"""

from push.senders.exchange import Answer, Failure
from push.senders.model import Accepted, AddressGone, Outcome, Refused, TryLater
from push.senders.retry_after import capped

THROTTLED_SECONDS = 60.0
_OURS = {400: "bad_request", 401: "unauthorized", 403: "forbidden", 413: "payload_too_large"}
_ACCEPTED = Accepted()
_GONE = AddressGone("unsubscribed")


def outcome(answer: Answer) -> Outcome:
    """Which way a message goes after this answer."""
    if isinstance(answer, Failure):
        # The name leads somewhere it must not: that is the subscription's doing, and no later try mends it.
        return Refused(answer.kind) if answer.kind == "address_refused" else TryLater(answer.kind)
    match answer.status:
        case 200 | 201 | 202 | 204:
            return _ACCEPTED
        case 404 | 410:
            return _GONE
        case 429:
            return TryLater("throttled", capped(answer.retry_after, THROTTLED_SECONDS), throttled=True)
        case status if status >= 500 or status == 408:
            return TryLater(f"http_{status}", capped(answer.retry_after))
        case status if 300 <= status < 400:
            return Refused("redirected")
        case status:
            return Refused(_OURS.get(status, f"http_{status}"))
