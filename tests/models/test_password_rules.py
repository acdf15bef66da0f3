"""Which passwords are refused, and why."""

import pytest

from models.password_rules import Weakness, common, fresh_password, weakness

NADIA = ("nadia", "Nadia Benali", "nadia@example.be", "Caisse du Midi")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("elevenchars", Weakness.LENGTH),
        ("x1y2" * 33, Weakness.LENGTH),
        ("password12345!", Weakness.COMMON),
        ("P@ssw0rd1234", Weakness.COMMON),
        ("Motdepasse2026", Weakness.COMMON),
        ("2026wachtwoord!", Weakness.COMMON),
        ("azertyuiop12", Weakness.COMMON),
        ("passwordpassword", Weakness.COMMON),
        ("aaaabbbbaaaabbbb", Weakness.PATTERN),
        ("qsxkqsxkqsxk", Weakness.PATTERN),
        ("abcdefghijkl2026", Weakness.PATTERN),
        ("lkjhgfdsaq98765432", Weakness.PATTERN),
        ("Nadia.Benali1", Weakness.KNOWN),
        ("passerelle2026", Weakness.KNOWN),
        ("caisse-midi-1234", Weakness.KNOWN),
    ],
)
def test_what_is_easily_guessed_is_refused_with_its_reason(password, why):
    assert weakness(password, NADIA) is why


@pytest.mark.parametrize(
    "password",
    [
        "a baker's dozen of eclairs",
        "a long password of nadia",
        "вечер у моря тихий",
        "42D7e7pT280_RCf4",
    ],
)
def test_what_is_hard_to_guess_is_taken(password):
    assert weakness(password, NADIA) is None


def test_what_chance_makes_is_never_refused():
    made = {fresh_password() for _ in range(200)}
    assert len(made) == 200
    assert not [one for one in made if weakness(one, NADIA)]


def test_the_list_says_where_it_comes_from_and_is_not_small():
    assert len(common()) > 3_000
    assert not [word for word in common() if word.startswith("#") or word != word.strip()]
