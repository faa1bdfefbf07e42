"""What a person said decides what they are sent, also after they log in."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from push.apps.model import QuietHours
from push.people.model import CategoryPreference, Consent, Gate, Preferences, gate_of, merged
from tests.unit.push.making import NOON

CHOICES = st.builds(CategoryPreference, push=st.booleans(), inbox=st.booleans(), email=st.booleans())
CATEGORIES = st.dictionaries(st.sampled_from(["offers", "news", "tips"]), CHOICES)
MOMENTS = st.integers(0, 1000).map(lambda minutes: NOON + timedelta(minutes=minutes))
CONSENTS = st.none() | st.builds(Consent, promotion=st.booleans(), at=MOMENTS)
QUIET = st.none() | st.just(QuietHours(from_="22:00", to="07:00"))
PREFERENCES = st.builds(Preferences, categories=CATEGORIES, consent=CONSENTS, quiet_hours=QUIET)


def consented(at: datetime = NOON, *, promotion: bool = True) -> Preferences:
    return Preferences(consent=Consent(promotion=promotion, at=at))


def test_who_said_nothing_has_not_consented_and_muted_nothing() -> None:
    assert gate_of(Preferences()) == Gate(consent=False, muted=())


def test_who_said_no_has_not_consented() -> None:
    assert not gate_of(consented(promotion=False)).consent
    assert gate_of(consented()).consent


@given(PREFERENCES)
def test_exactly_what_was_switched_off_is_muted(preferences: Preferences) -> None:
    muted = set(gate_of(preferences).muted)
    for name, choice in preferences.categories.items():
        for channel in ("push", "inbox", "email"):
            assert (f"{channel}:{name}" in muted) is not getattr(choice, channel)
    assert {pair.split(":")[1] for pair in muted} <= preferences.categories.keys()


@given(PREFERENCES, PREFERENCES)
def test_the_known_persons_word_counts_and_gaps_are_filled(known: Preferences, anonymous: Preferences) -> None:
    both = merged(known, anonymous)
    assert both.categories.keys() == known.categories.keys() | anonymous.categories.keys()
    for name, choice in both.categories.items():
        assert choice == known.categories.get(name, anonymous.categories.get(name))
    assert both.quiet_hours == (known.quiet_hours or anonymous.quiet_hours)


@given(PREFERENCES, PREFERENCES)
def test_of_two_consents_the_latest_counts_whoever_gave_it(known: Preferences, anonymous: Preferences) -> None:
    both = merged(known, anonymous)
    given_consents = [each.consent for each in (known, anonymous) if each.consent]
    assert (both.consent is None) is (not given_consents)
    if both.consent is not None:
        assert both.consent in given_consents
        assert both.consent.at == max(consent.at for consent in given_consents)


def test_a_no_that_came_after_a_yes_stands() -> None:
    late = consented(NOON + timedelta(days=1), promotion=False)
    assert not gate_of(merged(consented(), late)).consent
    assert not gate_of(merged(late, consented())).consent


def test_of_a_yes_and_a_no_at_the_same_moment_the_known_persons_stands() -> None:
    assert not gate_of(merged(consented(promotion=False), consented())).consent


@given(PREFERENCES)
def test_merging_with_nobody_changes_nothing(preferences: Preferences) -> None:
    assert merged(preferences, Preferences()) == preferences
    assert merged(Preferences(), preferences) == preferences
    assert merged(preferences, preferences) == preferences
