"""Codes that are printed, scanned, typed and altered."""

import pytest

from push.errors import BadCode
from push.ids import new_id
from push.placements.codes import LENGTH, Codes, apps_of, new_stem

SECRET = "s" * 48
CODES = Codes(SECRET)
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def test_a_code_says_which_stem_it_has_and_how_it_was_followed() -> None:
    stem = new_stem(new_id("app"))
    link, printed = CODES.code(stem, "click"), CODES.code(stem, "scan")
    assert CODES.read(link) == (stem, "click")
    assert CODES.read(printed) == (stem, "scan")
    assert link != printed
    assert len(link) == len(printed) == LENGTH


def test_any_character_that_is_altered_makes_it_a_bad_code() -> None:
    code = CODES.code(new_stem(new_id("app")), "scan")
    for place, was in enumerate(code):
        for other in DIGITS:
            if other != was:
                with pytest.raises(BadCode):
                    CODES.read(code[:place] + other + code[place + 1 :])


def test_two_characters_that_changed_places_make_it_a_bad_code() -> None:
    code = CODES.code(new_stem(new_id("app")), "click")
    for place in range(LENGTH - 1):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        if swapped != code:
            with pytest.raises(BadCode):
                CODES.read(swapped)


@pytest.mark.parametrize("text", ["", "0", "é" * LENGTH, "０" * LENGTH, "../../etc/passwd", "0" * LENGTH, "a" * 5000])
def test_what_is_no_code_is_a_bad_code(text: str) -> None:
    with pytest.raises(BadCode):
        CODES.read(text)


def test_it_is_read_as_people_type_it() -> None:
    stem = new_stem("app_0" + "10" * 11 + "0")
    code = CODES.code(stem, "click")
    assert CODES.read(code.upper().replace("0", "O").replace("1", "L")) == (stem, "click")
    assert CODES.read(code.replace("1", "i")) == (stem, "click")


def test_another_fanfare_s_code_is_a_bad_code() -> None:
    with pytest.raises(BadCode):
        CODES.read(Codes("t" * 48).code(new_stem(new_id("app")), "click"))


def test_the_app_is_among_those_that_a_stem_may_belong_to() -> None:
    app_id = new_id("app")
    first, before = apps_of(new_stem(app_id))
    assert first <= app_id < before
    assert not first <= "app_06h0r81iblugn5iri21qto1j" < before


def test_stems_are_without_the_letters_that_look_like_digits() -> None:
    assert {each for _ in range(50) for each in new_stem(new_id("app"))} <= set(DIGITS)
