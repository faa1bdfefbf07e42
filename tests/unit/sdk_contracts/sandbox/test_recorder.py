"""What a stand-in remembers."""

from sdk_contracts.sandbox.recorder import Message, Recorder


def message(delivery_id: str, address: str = "phone") -> Message:
    return Message(address, delivery_id, 0.0, b"{}")


def test_memory_is_bounded_and_counts_go_on() -> None:
    recorder = Recorder(keep=3, track=2)
    for number in range(10):
        recorder.accept(message(f"dlv_{number % 5}"))
    assert (recorder.accepted, len(recorder.kept), len(recorder.deliveries)) == (10, 3, 2)
    assert recorder.untracked == 6
    assert recorder.deliveries == {"dlv_0": 2, "dlv_1": 2}


def test_duplicates_are_what_came_beyond_the_first() -> None:
    recorder = Recorder()
    for delivery_id in ("a", "b", "a", "a", ""):
        recorder.accept(message(delivery_id))
    summary = recorder.summary()
    assert (summary.distinct, summary.duplicates, summary.repeated) == (2, 2, {"a": 3})


def test_the_newest_messages_come_first_and_can_be_asked_for_by_address() -> None:
    recorder = Recorder()
    for number in range(5):
        recorder.accept(message(f"dlv_{number}", f"phone-{number % 2}"))
    assert [view.delivery_id for view in recorder.last(2)] == ["dlv_4", "dlv_3"]
    assert [view.delivery_id for view in recorder.last(9, address="phone-1")] == ["dlv_3", "dlv_1"]
    assert [view.address for view in recorder.last(9, delivery_id="dlv_2")] == ["phone-0"]
