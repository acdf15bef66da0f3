"""What is watched of the classifier's work, day by day."""

from datetime import timedelta

from models.base import now, transaction
from models.calendar import business_day
from models.contact import Contact
from models.review import Pick, Suspect, raise_doubts
from models.user import User
from models.watch import Watched, watched
from tests.people import House, amelie, frieda, joris
from triage import labels

LATE = "Bonjour, je n'ai toujours rien reçu pour le mois de mai."


def today() -> Watched:
    day = business_day(now())
    (found,) = watched(day - timedelta(days=3), day)
    return found


def say(contact: Contact, topic: str, by: User) -> int:
    with transaction():
        return labels.correct(contact, topic, None, by=by, at=now()).id


def test_contacts_and_the_words_said_on_them_are_counted(house: House, nadia: User) -> None:
    say(house.write(amelie, LATE), "pension", nadia)
    house.write(joris, "Mag ik later betalen?")
    seen = today()
    assert (seen.contacts, seen.looked_at, seen.corrected) == (2, 1, 1)


def test_what_was_put_before_people_for_being_unsure_does_not_count_as_errors(
    house: House, nadia: User, koen: User
) -> None:
    picked, doubtful = house.write(amelie, LATE), house.write(frieda, "Wann bekomme ich mein Geld?")
    with transaction():
        Pick.keep(business_day(now()), [(picked.id, False)])
    say(picked, "pension", koen)
    first = say(doubtful, "pension", nadia)
    with transaction():
        raise_doubts([Suspect(first, "bridging_right", 0.9)], "v1", now())
    assert (today().looked_at, today().corrected) == (1, 1)
    say(doubtful, "deferral", koen)
    assert (today().looked_at, today().corrected) == (1, 1)
