"""Several versions, and a second step, from what was typed and back."""

import msgspec
import pytest

from dashboard import words
from dashboard.trial import Arm, Second, Trial, second_of, trial_of
from sdk_contracts.wire.campaigns import Experiment, FollowUp, Winner
from sdk_contracts.wire.content import Action, Content, Translation

FIRST = Content(
    default_locale="en",
    translations={"en": Translation(title="Hello", body="World"), "zh": Translation(title="你好")},
    link="https://shop.example/",
    actions=[Action(id="look", label="Look")],
    ttl_seconds=60,
)
TOO_LATE = Winner(metric="opened", after_minutes=30_000)


def test_a_version_says_what_is_typed_and_else_what_the_first_says() -> None:
    arm = Arm(name="b", texts={"en": ("Hi", ""), "zh": ("", "")}, image_url="https://shop.example/b.png")
    content = arm.content(FIRST)
    assert content.translations == {"en": Translation(title="Hi", body="World"), "zh": Translation(title="你好")}
    assert (content.link, content.image_url) == (FIRST.link, "https://shop.example/b.png")
    assert (content.actions, content.ttl_seconds) == (FIRST.actions, 60)


def test_an_experiment_that_was_saved_comes_back_as_it_was() -> None:
    arms = (Arm(name="b", weight=2.0, texts={"en": ("Hi", ""), "zh": ("", "")}), Arm(name="c", link="shop://c"))
    trial = Trial(arms=arms, holdout=10.0, winner=Winner(metric="clicked", after_minutes=60))
    saved = trial.experiment(FIRST)
    assert msgspec.json.decode(msgspec.json.encode(saved), type=Experiment) == saved
    again = trial_of(saved, FIRST)
    assert again is not None
    assert again.kept is None
    assert again.experiment(FIRST) == saved
    assert trial.needs() == again.needs() == []


def test_an_experiment_the_form_cannot_show_stays_as_it_is() -> None:
    other = msgspec.structs.replace(FIRST, data={"page": "spring"})
    saved = Trial(arms=(Arm(name="b", link="shop://b"),)).experiment(other)
    kept = trial_of(saved, FIRST)
    assert kept == Trial(kept=saved)
    assert kept.experiment(FIRST) == saved


def test_shares_are_of_those_who_get_something() -> None:
    trial = Trial(first_weight=1, arms=(Arm(name="b", weight=2), Arm(name="c", weight=1)), holdout=20)
    assert trial.shares() == [("a", 20.0), ("b", 40.0), ("c", 20.0)]


@pytest.mark.parametrize(
    ("trial", "missing"),
    [
        (Trial(), "need.arm_same"),
        (Trial(arms=(Arm(name="two words", link="a:b"),)), "need.arm_name"),
        (Trial(arms=(Arm(name="a", link="a:b"),)), "need.arm_names"),
        (Trial(arms=(Arm(name="b", link="a:b", weight=0),)), "need.arm_weight"),
        (Trial(arms=(Arm(name="b", link="a:b"),), winner=TOO_LATE), "need.decided_after"),
    ],
)
def test_what_the_api_would_refuse_of_an_experiment_is_named(trial: Trial, missing: str) -> None:
    assert [need.key for need in trial.needs()] == [missing]
    assert all(words.say("zh", need.key, **need.values) for need in trial.needs())


def test_a_second_step_comes_back_as_it_was_in_the_same_words_or_others() -> None:
    for second in (Second(), Second(after_seconds=7200, channels=("push",), texts={"en": ("Still here?", "")})):
        saved = second.follow_up(FIRST)
        assert msgspec.json.decode(msgspec.json.encode(saved), type=FollowUp) == saved
        assert second.needs() == []
        assert second_of(saved, FIRST) == second


def test_a_second_step_with_more_than_words_stays_as_it_is() -> None:
    saved = FollowUp(after_seconds=60, channels=["push"], content=msgspec.structs.replace(FIRST, link=None))
    assert second_of(saved, FIRST) == Second(kept=saved)


def test_a_second_step_that_is_not_one_is_told() -> None:
    found = Second(after_seconds=1, channels=(), texts={"en": ("", "")}).needs()
    assert [need.key for need in found] == ["need.second_channels", "need.second_after", "need.second_title"]
