"""Rules, shares and quotas of a stand-in."""

import pytest

from sdk_contracts.sandbox.behaviour import Behaviour, Bucket, Quota, Rule, Switchboard, UnknownAnswer


def switchboard(*rules: Rule, seed: int = 0) -> Switchboard:
    made = Switchboard({"no", "later"}, seed)
    made.set(Behaviour(rules=[*rules]))
    return made


def chosen(board: Switchboard, address: str) -> str | None:
    rule = board.choose(address)
    return rule.answer if rule else None


def test_the_first_rule_that_matches_answers() -> None:
    board = switchboard(Rule(answer="no", token="a"), Rule(answer="later", prefix="a"))
    assert [chosen(board, address) for address in ("a", "ab", "b")] == ["no", "later", None]


def test_a_rule_with_times_is_used_up_and_calm_returns() -> None:
    rule = Rule(answer="no", times=2)
    board = switchboard(rule)
    assert not board.calm
    assert [chosen(board, "a") for _ in range(3)] == ["no", "no", None]
    assert board.calm
    assert rule.times == 2, "the caller's own rule is not touched"


def test_a_share_is_about_that_share_and_the_same_for_the_same_seed() -> None:
    def drawn(seed: int) -> list[str | None]:
        board = switchboard(Rule(answer="no", share=0.2), seed=seed)
        return [chosen(board, "a") for _ in range(2000)]

    assert 300 < drawn(1).count("no") < 500
    assert drawn(1) == drawn(1) != drawn(2)


def test_an_unknown_answer_is_refused_and_changes_nothing() -> None:
    board = switchboard(Rule(answer="no"))
    for behaviour in (Behaviour(rules=[Rule(answer="maybe")]), Behaviour(outage="maybe")):
        with pytest.raises(UnknownAnswer, match="later, no"):
            board.set(behaviour)
    assert chosen(board, "a") == "no"


def test_a_bucket_gives_its_burst_and_then_names_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    bucket = Bucket(Quota(per_minute=60, burst=2))
    assert [bucket.take() for _ in range(3)] == [0.0, 0.0, 1.0]
    now[0] += 0.5
    assert bucket.take() == pytest.approx(0.5)
    now[0] += 0.5
    assert bucket.take() == 0.0
    now[0] += 3600
    assert [bucket.take() for _ in range(3)] == [0.0, 0.0, 1.0], "it never holds more than its size"
