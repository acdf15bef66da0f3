"""What came in lately, counted: it makes topics likelier."""

from datetime import timedelta

from models.base import now, transaction
from models.contact import Contact
from tests.people import House, amelie, joris
from triage import routing


def test_contacts_of_the_last_days_count_by_topic_and_intent(house: House) -> None:
    house.write(amelie, "Bonjour, je n'ai toujours rien reçu pour le droit passerelle de mai")
    house.write(joris, "Kan ik uitstel van betaling krijgen voor het tweede kwartaal?")
    unsure = house.write(amelie, "Bonjour, pouvez-vous me rappeler ?")
    assert unsure.decision != "auto"
    counted = Contact.inflow(now() - timedelta(days=7))
    assert counted["topic"] == {"bridging_right": 1.0, "deferral": 1.0}
    assert sum(counted["intent"].values()) == 2
    with transaction():
        unsure.correct("contributions", None, None, by=house.nadia, at=now())
    assert Contact.inflow(now() - timedelta(days=7))["topic"]["contributions"] == 1


def test_the_clock_counts_for_everybody(house: House) -> None:
    assert routing.inflow()._counts["topic"] == {}
    house.write(joris, "Kan ik uitstel van betaling krijgen voor het tweede kwartaal?")
    with transaction():
        routing.count_inflow(now())
    assert routing.inflow()._counts["topic"] == {"deferral": 1.0}
