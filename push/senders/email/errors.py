"""What the answers of mail servers mean.

Sources: RFC 5321, section 4.2.3 (reply codes); RFC 3463 (enhanced status codes), which say more where there are any.
"""

import re

import aiosmtplib

from push.senders.model import AddressGone, LaneDown, Outcome, Refused, TryLater

_ENHANCED = re.compile(r"(?P<class>[245])\.(?P<subject>\d{1,3})\.(?P<detail>\d{1,3})")
_NO_MAILBOX = {("1", "1"), ("1", "2"), ("1", "3"), ("1", "6"), ("1", "10"), ("2", "1")}
"""Subject and detail: bad address, host or syntax, moved, no mail accepted, disabled."""
_THROTTLED_SECONDS = 60.0


def outcome(error: Exception) -> Outcome:
    """Which way a letter goes after this went wrong with it."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=[refused, *_]):
            return _refused(refused.code, refused.message)
        case aiosmtplib.SMTPSenderRefused(code=code) if code >= 500:
            # Whom it is from stands in the app's settings: nobody's letter will pass.
            return LaneDown("sender_refused")
        case aiosmtplib.SMTPDataError(code=code, message=message) if code >= 500:
            return Refused("payload_too_large" if code == 552 or _status(message) == ("3", "4") else "rejected")
        case aiosmtplib.SMTPResponseException(code=code, message=message):
            return _refused(code, message)
        case TimeoutError():
            return TryLater("timeout")
        case _:
            return TryLater("broken")


def _refused(code: int, message: str) -> Outcome:
    """What is said about one letter."""
    status = _status(message)
    if code < 500:
        throttled = code == 421 or (status is not None and status[0] == "7")
        return TryLater(f"smtp_{code}", _THROTTLED_SECONDS if throttled else None, throttled=throttled)
    if status is not None:
        if status in _NO_MAILBOX:
            return AddressGone()
        return Refused("mailbox_full" if status == ("2", "2") else "rejected")
    if code == 552:
        return Refused("mailbox_full")
    return AddressGone() if code in (550, 551, 553) else Refused(f"smtp_{code}")


def _status(message: str) -> tuple[str, str] | None:
    """Subject and detail of an enhanced status code."""
    found = _ENHANCED.match(message.strip())
    return (found["subject"], found["detail"]) if found else None
