"""Who sends next: however much one has to do, the others have their turn (check 21)."""

from push.delivery.turns import Turns


def taken(turns: Turns, count: int) -> list[object]:
    return [turns.next() for _ in range(count)]


def test_the_campaigns_of_an_app_take_turns() -> None:
    turns = Turns()
    for campaign in ("huge", "small", "third"):
        turns.add("app", campaign)
    assert taken(turns, 6) == [("app", each) for each in ("huge", "small", "third")] * 2


def test_an_app_with_many_campaigns_has_no_more_turns_than_one_with_one() -> None:
    turns = Turns()
    for number in range(100):
        turns.add("many", f"campaign {number}")
    turns.add("one", "only")
    assert [turn[0] for turn in taken(turns, 4) if isinstance(turn, tuple)] == ["many", "one"] * 2


def test_who_has_nothing_left_is_not_asked_again_until_named() -> None:
    turns = Turns()
    turns.add("app", "first")
    turns.add("app", "second")
    assert turns.next() == ("app", "first")
    turns.done("app", "first")
    assert taken(turns, 2) == [("app", "second")] * 2
    turns.done("app", "second")
    assert turns.next() is None
    turns.add("app", "first")
    assert turns.next() == ("app", "first")


def test_work_that_came_while_it_was_looked_for_is_not_forgotten() -> None:
    turns = Turns()
    turns.add("app", "campaign")
    turns.next()
    turns.add("app", "campaign")
    turns.done("app", "campaign")
    assert turns.next() == ("app", "campaign")
