"""Between a push service and phones that come and go."""

import pytest

from sdk_contracts.sandbox.mailbox import MOST_PENDING, Mailbox


@pytest.fixture
def got() -> list[bytes]:
    return []


@pytest.fixture
def mailbox(got: list[bytes]) -> Mailbox:
    made = Mailbox()
    made.online("phone", got.append)
    return made


def test_a_phone_on_line_is_rung_at_once(mailbox: Mailbox, got: list[bytes]) -> None:
    mailbox.deliver("phone", b"1", 60)
    mailbox.deliver("stranger", b"2", 60)
    assert got == [b"1"]


def test_what_comes_while_it_is_away_waits_in_order(mailbox: Mailbox, got: list[bytes]) -> None:
    mailbox.away("phone")
    mailbox.deliver("phone", b"1", 60)
    mailbox.deliver("phone", b"2", 60)
    assert (got, mailbox.waiting("phone")) == ([], 2)
    mailbox.online("phone", got.append)
    assert (got, mailbox.waiting("phone")) == ([b"1", b"2"], 0)


def test_a_message_that_ran_out_is_not_delivered(
    mailbox: Mailbox, got: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    mailbox.away("phone")
    mailbox.deliver("phone", b"never", 0)
    mailbox.deliver("phone", b"short", 10)
    mailbox.deliver("phone", b"long", 100)
    now[0] += 50
    mailbox.online("phone", got.append)
    assert got == [b"long"]


def test_a_newer_message_replaces_the_one_it_collapses_with(mailbox: Mailbox, got: list[bytes]) -> None:
    mailbox.away("phone")
    for payload, key in ((b"1", "score"), (b"2", ""), (b"3", "score")):
        mailbox.deliver("phone", payload, 60, key)
    mailbox.online("phone", got.append)
    assert got == [b"2", b"3"]


def test_at_most_a_hundred_wait_and_the_oldest_make_room(mailbox: Mailbox, got: list[bytes]) -> None:
    mailbox.away("phone")
    for number in range(MOST_PENDING + 5):
        mailbox.deliver("phone", b"%d" % number, 60)
    mailbox.online("phone", got.append)
    assert (len(got), got[0]) == (MOST_PENDING, b"5")


def test_a_phone_that_is_gone_gets_nothing_any_more(mailbox: Mailbox, got: list[bytes]) -> None:
    mailbox.gone("phone")
    mailbox.deliver("phone", b"1", 60)
    assert (got, mailbox.waiting("phone")) == ([], 0)
