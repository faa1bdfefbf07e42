"""Many viewers share an answer for a moment, and a chart for as long as its numbers are the same."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from dashboard import shared
from dashboard.shared import Answers, Charts


@pytest.fixture(autouse=True)
def a_long_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "MOMENT", 60.0)


def test_twenty_who_ask_at_once_cost_one_question() -> None:
    answers, asked, begun = Answers(), [], Event()

    def ask() -> str:
        asked.append(1)
        begun.wait(5)
        return "answer"

    with ThreadPoolExecutor(20) as pool:
        told = [pool.submit(answers.get, "key", "path", ask) for _ in range(20)]
        begun.set()
        assert {each.result(20) for each in told} == {"answer"}
    assert len(asked) == 1


def test_nobody_gets_what_was_answered_to_another_key() -> None:
    answers = Answers()
    assert answers.get("one", "path", lambda: 1) == 1
    assert answers.get("two", "path", lambda: 2) == 2
    assert answers.get("one", "other", lambda: 3) == 3


def test_who_changes_something_sees_it_at_once() -> None:
    answers = Answers()
    answers.get("one", "path", lambda: "before")
    answers.get("two", "path", lambda: "before")
    answers.forget("one")
    assert answers.get("one", "path", lambda: "after") == "after"
    assert answers.get("two", "path", lambda: "after") == "before"


def test_a_failure_is_kept_for_nobody() -> None:
    answers = Answers()
    with pytest.raises(ZeroDivisionError):
        answers.get("key", "path", lambda: 1 // 0)
    assert answers.get("key", "path", lambda: 1) == 1


def test_neither_answers_nor_charts_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "MOST_ANSWERS", 3)
    monkeypatch.setattr(shared, "MOST_CHARTS", 3)
    answers, charts = Answers(), Charts()
    for number in range(10):
        answers.get("key", number, lambda: "answer")
        charts.get(number, lambda: "chart")
    assert (len(answers._known), len(answers._asking), len(charts._known), len(charts._drawing)) == (3, 3, 3, 3)


def test_the_same_numbers_are_drawn_once() -> None:
    charts, drawn = Charts(), []
    for shown in ({"a": 1}, {"a": 1}, {"a": 2}):
        charts.get(shown, lambda: drawn.append(1))
    assert len(drawn) == 2


def test_twenty_who_get_new_numbers_at_once_wait_for_one_chart() -> None:
    charts, drawn, begun = Charts(), [], Event()

    def draw() -> str:
        drawn.append(1)
        begun.wait(5)
        return "chart"

    with ThreadPoolExecutor(20) as pool:
        told = [pool.submit(charts.get, {"opened": 1}, draw) for _ in range(20)]
        begun.set()
        assert {each.result(20) for each in told} == {"chart"}
    assert len(drawn) == 1
