"""Letters handed in at a real mail server: encrypted, over few connections, each with an outcome of its own."""

import ssl
from collections.abc import AsyncIterator, Callable

import pytest
import trustme

from push.content.model import Rendered
from push.senders.email.client import CONNECTIONS, LETTERS_EACH, EmailSender
from push.senders.model import Accepted, AddressGone, LaneDown, Mailbox, Notification, Refused, TryLater
from push.senders.opening import email_sender
from push.smtp import connecting
from push.smtp.model import Account, ServerAway, ServerDown
from tests.mail import PASSWORD, USER, MailServer, mail_server

Named = frozenset({"localhost"})


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as running:
        yield running


@pytest.fixture
def context(authority: trustme.CA) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(made)
    return made


def account(port: int, security: str = "none", **fields: str) -> Account:
    return Account(host="localhost", port=port, security=security, from_address="news@shop.example", **fields)  # type: ignore[arg-type]


def letters(*to: str) -> list[Notification]:
    hi = Rendered(title="Hi")
    return [
        Notification(delivery_id=f"dlv_{number}", receipt="", address=Mailbox(each), rendered=hi, ttl_seconds=60)
        for number, each in enumerate(to)
    ]


async def test_many_letters_go_over_few_connections_which_are_used_again(server: MailServer) -> None:
    sender = email_sender(account(server.port), Named, None)
    to = [f"person-{number}@example.org" for number in range(60)]
    assert all(isinstance(each, Accepted) for each in await sender.send(letters(*to)))
    assert all(isinstance(each, Accepted) for each in await sender.send(letters(*to)))
    assert sorted(letter.to[0] for letter in server.letters) == sorted(2 * to)
    assert server.connections <= CONNECTIONS
    await sender.close()


async def test_a_connection_is_made_anew_after_so_many_letters(server: MailServer) -> None:
    sender = email_sender(account(server.port), Named, None)
    for _ in range(LETTERS_EACH + 1):
        await sender.send(letters("ada@example.org"))
    assert server.connections == 2
    await sender.close()


async def test_an_answer_touches_its_own_letter_only(server: MailServer) -> None:
    server.answers = {
        "gone@example.org": "550 5.1.1 No such user",
        "full@example.org": "552 5.2.2 Over quota",
        "busy@example.org": "451 4.3.0 Try later",
        "slow@example.org": "450 4.7.1 Too many from you",
    }
    sender = email_sender(account(server.port), Named, None)
    to = ("ada@example.org", *server.answers, "bob@example.org")
    assert await sender.send(letters(*to)) == [
        Accepted("kept"),
        AddressGone(),
        Refused("mailbox_full"),
        TryLater("smtp_451"),
        TryLater("smtp_450", 60.0, throttled=True),
        Accepted("kept"),
    ]
    server.after = ["554 5.7.1 This is spam"]
    assert await sender.send(letters("ada@example.org")) == [Refused("rejected")]
    await sender.close()


async def test_a_connection_that_breaks_costs_one_letter_a_try(server: MailServer) -> None:
    sender = email_sender(account(server.port), Named, None)
    server.drop_after = 0
    first = await sender.send(letters("ada@example.org"))
    assert [type(each) for each in first] == [TryLater]
    assert await sender.send(letters("ada@example.org")) == [Accepted("kept")]
    await sender.close()


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_what_goes_over_the_wire_is_encrypted_and_signed_in(
    context: ssl.SSLContext, ca_file: str, security: str
) -> None:
    given = {security: context}
    async with mail_server(**given, auth=True) as server:  # type: ignore[arg-type]
        good = account(server.port, security, username=USER, password=PASSWORD)
        sender = email_sender(good, Named, ca_file)
        assert await sender.send(letters("ada@example.org")) == [Accepted("kept")]
        await sender.close()
        wrong = email_sender(account(server.port, security, username=USER, password="x"), Named, ca_file)
        assert await wrong.send(letters("ada@example.org")) == [LaneDown("smtp_auth_failed")]
        await wrong.close()
        untrusted = email_sender(good, Named, None)
        assert await untrusted.send(letters("ada@example.org")) == [LaneDown("tls")]
        await untrusted.close()
    assert len(server.letters) == 1


async def test_a_server_that_cannot_encrypt_is_given_no_password(server: MailServer) -> None:
    sender = email_sender(account(server.port, "starttls", username=USER, password=PASSWORD), Named, None)
    assert await sender.send(letters("ada@example.org")) == [LaneDown("smtp_not_supported")]
    await sender.close()


async def test_while_a_server_is_away_nobody_knocks_for_each_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = 0

    async def away() -> None:
        nonlocal tries
        tries += 1
        raise ServerAway("no_connection")

    sender = EmailSender(account(1), away)  # type: ignore[arg-type]
    outcomes = await sender.send(letters(*[f"{n}@example.org" for n in range(50)]))
    assert set(outcomes) == {TryLater("no_connection")}
    assert tries <= CONNECTIONS


async def test_a_name_that_leads_to_a_private_address_is_not_connected_to(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is a good one when it is given, and leads to loopback when it is used."""
    loop = connecting.asyncio.get_running_loop()
    real: Callable[..., object] = loop.getaddrinfo

    def elsewhere(_: str, port: int, **options: object) -> object:
        return real("127.0.0.1", port, **options)

    monkeypatch.setattr(loop, "getaddrinfo", elsewhere)
    public = Account(host="smtp.example.org", port=587, security="tls", from_address="news@shop.example")
    with pytest.raises(ServerDown) as refused:
        await connecting.connect(public, frozenset())
    assert refused.value.reason == "address_refused"
    assert server.connections == 0


async def test_where_nobody_listens_it_is_tried_later(server: MailServer) -> None:
    with pytest.raises(ServerAway) as away:
        await connecting.connect(account(1), frozenset({"localhost"}))
    assert away.value.reason == "no_connection"
