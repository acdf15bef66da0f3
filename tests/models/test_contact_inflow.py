"""What came in lately, counted: it makes topics likelier."""

from datetime import timedelta

from models.base import now
from models.contact import Contact
from tests.people import House, amelie, joris


def test_contacts_of_the_last_days_count_by_topic_and_intent(house: House) -> None:
    house.write(amelie, "Bonjour, je n'ai toujours rien reçu pour le droit passerelle de mai")
    house.write(joris, "Kan ik uitstel van betaling krijgen voor het tweede kwartaal?")
    counted = Contact.inflow(now() - timedelta(days=7))
    assert counted["topic"] == {"bridging_right": 1.0, "deferral": 1.0}
    assert sum(counted["intent"].values()) == 2
    assert Contact.inflow(now() + timedelta(minutes=1)) == {"topic": {}, "intent": {}}
