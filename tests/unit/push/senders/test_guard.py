"""Where a push service may be."""

import pytest

from push.senders.web_push.guard import AddressGuard, allowed

PUBLIC = ["142.250.74.106", "17.57.144.1", "34.117.65.55", "13.107.6.1", "2a00:1450:4001:80b::200a", "2620:149:208::1"]
PRIVATE = ["10.1.2.3", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.9.9.9", "172.16.0.1", "172.31.255.255"]
PRIVATE += ["192.168.1.1", "::1", "fc00::1", "fd12:3456::1"]
NEVER = ["0.0.0.0", "0.1.2.3", "169.254.169.254", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.1"]
NEVER += ["198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"]
NEVER += ["::", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "::ffff:0:7f00:1", "64:ff9b::7f00:1"]
NEVER += ["64:ff9b:1::1", "100::1", "2001::1", "2001:0:53aa:64c:0:0:80ff:fffe", "2001:10::1", "2001:db8::1"]
NEVER += ["2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1"]
NEVER += ["", "localhost", "127.1", "0x7f000001", "2130706433", "127.0.0.1:80"]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_where_push_services_are(address: str) -> None:
    assert allowed(address, private=False)
    assert allowed(address, private=True)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_for_hosts_named_in_settings_only(address: str) -> None:
    assert not allowed(address, private=False)
    assert allowed(address, private=True)


@pytest.mark.parametrize("address", NEVER)
def test_an_address_that_is_neither_is_refused_to_everybody(address: str) -> None:
    assert not allowed(address, private=False)
    assert not allowed(address, private=True)


def test_the_guard_knows_who_was_named() -> None:
    guard = AddressGuard(frozenset({"push.example:8443"}))
    assert guard("https://push.example:8443", "10.0.0.1")
    assert not guard("https://web.push.apple.com", "10.0.0.1")
    assert guard("https://web.push.apple.com", "17.57.144.1")
