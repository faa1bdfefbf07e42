"""Every sort of answer of a mail server says what we do next."""

import aiosmtplib
import pytest

from push.senders.email.errors import outcome
from push.senders.model import AddressGone, LaneDown, Outcome, Refused, TryLater
from push.smtp.connecting import meant
from push.smtp.model import ServerAway, ServerDown


def recipient(code: int, said: str = "") -> Exception:
    return aiosmtplib.SMTPRecipientsRefused([aiosmtplib.SMTPRecipientRefused(code, said, "ada@example.org")])


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (recipient(550, "5.1.1 no such user"), AddressGone()),
        (recipient(550, "no such user"), AddressGone()),
        (recipient(553, "5.1.3 bad address"), AddressGone()),
        (recipient(551), AddressGone()),
        (recipient(550, "5.2.1 disabled"), AddressGone()),
        (recipient(552, "5.2.2 over quota"), Refused("mailbox_full")),
        (recipient(552), Refused("mailbox_full")),
        (recipient(550, "5.7.1 blocked"), Refused("rejected")),
        (recipient(554), Refused("smtp_554")),
        (recipient(450, "4.2.1 try again"), TryLater("smtp_450")),
        (recipient(451), TryLater("smtp_451")),
        (recipient(452, "4.3.1 full"), TryLater("smtp_452")),
        (recipient(450, "4.7.1 too fast"), TryLater("smtp_450", 60.0, throttled=True)),
        (recipient(421, "too many"), TryLater("smtp_421", 60.0, throttled=True)),
        (aiosmtplib.SMTPDataError(554, "5.7.1 spam"), Refused("rejected")),
        (aiosmtplib.SMTPDataError(552, "too big"), Refused("payload_too_large")),
        (aiosmtplib.SMTPDataError(451, "later"), TryLater("smtp_451")),
        (aiosmtplib.SMTPSenderRefused(553, "not yours", "a@b.de"), LaneDown("sender_refused")),
        (aiosmtplib.SMTPSenderRefused(451, "later", "a@b.de"), TryLater("smtp_451")),
        (aiosmtplib.SMTPServerDisconnected("gone"), TryLater("broken")),
        (aiosmtplib.SMTPReadTimeoutError("slow"), TryLater("timeout")),
        (ConnectionResetError(), TryLater("broken")),
    ],
)
def test_an_answer_means(error: Exception, expected: Outcome) -> None:
    assert outcome(error) == expected


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (aiosmtplib.SMTPAuthenticationError(535, "no"), ServerDown, "smtp_auth_failed"),
        (aiosmtplib.SMTPAuthenticationError(454, "later"), ServerAway, "smtp_454"),
        (aiosmtplib.SMTPNotSupported("no STARTTLS"), ServerDown, "smtp_not_supported"),
        (aiosmtplib.SMTPConnectResponseError(554, "go away"), ServerDown, "smtp_554"),
        (aiosmtplib.SMTPConnectResponseError(421, "busy"), ServerAway, "smtp_421"),
        (aiosmtplib.SMTPConnectTimeoutError("slow"), ServerAway, "timeout"),
        (aiosmtplib.SMTPConnectError("refused"), ServerAway, "no_connection"),
    ],
)
def test_not_being_let_in_means(error: Exception, kind: type[Exception], reason: str) -> None:
    told = meant(error)
    assert (type(told), told.reason) == (kind, reason)
