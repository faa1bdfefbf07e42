"""Whom letters may be for, and which servers may be asked to carry them."""

import pytest

from push.smtp.addresses import check_server, is_address, may_connect
from push.smtp.model import Account, ServerDown


def account(host: str, port: int = 587, security: str = "starttls") -> Account:
    return Account(host=host, port=port, security=security, from_address="shop@shop.example")  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["ada@example.org", "a.b+c_d-e@sub.example.co.uk", "O'Hara@x-y.example", "1@2.de"])
def test_ordinary_addresses_are_taken(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        None, 7, "", "ada", "@example.org", "ada@", "ada@localhost", "a b@example.org", "ada@example.org\nBcc: x@y.de",
        "ada@example.org\r\n", "ada@exa mple.org", "<ada@example.org>", "Ada <ada@example.org>", "a@b@example.org",
        ".a@example.org", "a..b@example.org", "ada@-x.org", "ada@127.0.0.1", "ada@[127.0.0.1]", "ada@example.0x1",
        "ä@example.org", "x" * 65 + "@example.org", "a@" + "b" * 260 + ".org", "ada@example.org,bob@example.org",
        'a"b@example.org', "a\x00@example.org",
    ],
)  # fmt: skip
def test_what_is_no_address_or_more_than_one_is_not(address: object) -> None:
    assert not is_address(address)


@pytest.mark.parametrize(
    "refused",
    [
        account("localhost"),
        account("127.0.0.1"),
        account("10.0.0.7"),
        account("169.254.169.254"),
        account("[::1]"),
        account("::1"),
        account("mail"),
        account("mail.internal"),
        account("mail.local"),
        account("mail.example.org."),
        account("0x7f.1"),
        account("mail.example.org", 80),
        account("mail.example.org", 6379),
        account("mail.example.org", 587, "none"),
    ],
)
def test_a_server_that_is_not_a_public_mail_server_is_refused(refused: Account) -> None:
    with pytest.raises(ServerDown) as error:
        check_server(refused, frozenset())
    assert error.value.reason == "server_refused"


@pytest.mark.parametrize("port", [25, 465, 587, 2525])
def test_a_public_one_is_not_nor_one_that_the_operator_has_named(port: int) -> None:
    check_server(account("smtp.example.org", port), frozenset())
    check_server(account("localhost", port + 10_000, "none"), frozenset({f"localhost:{port + 10_000}"}))
    with pytest.raises(ServerDown):
        check_server(account("localhost", port), frozenset({"localhost:1025"}))


def test_a_name_that_leads_elsewhere_is_seen_at_the_address() -> None:
    public = account("smtp.example.org")
    assert may_connect(public, frozenset(), "93.184.216.34")
    for inside in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1"):
        assert not may_connect(public, frozenset(), inside)
    assert may_connect(account("localhost", 1025), frozenset({"localhost:1025"}), "127.0.0.1")
    assert not may_connect(account("localhost", 1025), frozenset({"localhost:1025"}), "169.254.169.254")
