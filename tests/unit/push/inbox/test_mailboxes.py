"""What a mailbox remembers of its changes, and what they mean for its counts."""

from datetime import timedelta

import pytest

from push.errors import BadCursor
from push.inbox.mailboxes.model import LOGGED, Entry, Mailbox, delta_between
from push.inbox.model import Mark, checked, marked
from tests.unit.push.making import NOON


def mailbox(changes: int) -> Mailbox:
    log = tuple(Entry("changed", str(number)) for number in range(1, changes + 1))[-LOGGED:]
    return Mailbox(id="per_0", app_id="app_0", version=changes, log=log)


def test_what_was_missed_is_told_from_the_version_on() -> None:
    assert [entry.item_id for entry in mailbox(7).since(4) or ()] == ["5", "6", "7"]
    assert mailbox(7).since(7) == ()


def test_who_was_away_for_longer_than_is_remembered_is_told_so() -> None:
    assert len(mailbox(LOGGED + 9).since(9) or ()) == LOGGED
    assert mailbox(LOGGED + 9).since(8) is None
    assert mailbox(3).since(4) is None


def test_a_mark_keeps_the_first_time_of_each_thing() -> None:
    later = NOON + timedelta(hours=1)
    read = marked(marked(Mark(), "read", NOON), "read", later)
    assert (read.read_at, read.seen_at) == (NOON, NOON)
    assert marked(marked(read, "unread", later), "read", later).read_at == later


def test_counts_change_by_what_became_of_the_item() -> None:
    fresh, entry = Mark(), Entry("changed")
    seen, read = marked(fresh, "seen", NOON), marked(fresh, "read", NOON)
    archived = marked(seen, "archive", NOON)
    moves = [(None, fresh), (fresh, seen), (seen, read), (read, seen), (fresh, archived), (fresh, None), (read, None)]
    deltas = [delta_between(before, after, entry) for before, after in moves]
    counted = [(delta.unread, delta.unseen) for delta in deltas]
    assert counted == [(1, 1), (0, -1), (-1, 0), (1, 0), (-1, -1), (-1, -1), (0, 0)]


@pytest.mark.parametrize("cursor", ["v" * 24, "0" * 24, "x" * 24, "0" * 23, "é" * 24])
def test_a_cursor_of_no_time_of_ours_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        checked(cursor)
