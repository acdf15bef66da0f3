"""Reply templates: which is offered, in which language, and that no version is ever lost."""

import pytest

from models.base import db, now, transaction
from models.event import Event
from models.reply_template import FALLBACK, ReplyTemplate, TemplateKind, languages_for
from models.settings import Setting
from models.topic import LANGUAGES

FIELDS = {"opening", "closing", "number", "promise", "deadline", "document"}


@pytest.fixture
def hours(app, koen):
    """A text of ours for all topics that speaks two languages."""
    with transaction():
        made = ReplyTemplate.begin("hours", TemplateKind.REPLY)
        said = {"nl": "Wij zijn er tot 17 uur.", "de": "Wir sind bis 17 Uhr da."}
        made.write({"en": "Opening hours"}, said, {}, "first", by=koen, at=now())
    return made


def codes(*wanted, **more):
    return [offer.template.code for offer in ReplyTemplate.offered(*wanted, **more)]


def test_every_text_that_comes_with_the_product_speaks_four_languages(app):
    versions = [template.current for template in db.session.scalars(ReplyTemplate.in_order())]
    assert len(versions) > 25
    assert [version.template.code for version in versions if version.missing] == []
    assert [v.template.code for v in versions if set(v.names) != set(LANGUAGES)] == []


def test_every_redirect_can_also_be_read_out(app):
    offers = ReplyTemplate.offered(None, None, kind="redirect", language="de")
    assert len(offers) >= 10
    assert all(offer.spoken and len(offer.spoken) < len(offer.text) for offer in offers)
    assert "LISVS" in offers[0].name("de")
    assert all(offer.language == "de" for offer in offers)


def test_the_sub_topics_own_texts_come_first_and_other_topics_do_not_come(app):
    found = codes("bridging_right/payment", None)
    assert found[0] == "bridging-payment"
    assert "received" in found
    assert "cannot-pay" not in found
    assert "bridging-apply" not in found
    assert "bridging-payment" not in codes("bridging_right", None)


def test_a_teams_text_is_offered_to_that_team_only(hours, nadia, stranger):
    with transaction():
        hours.team_id = nadia.team_ids[0]
    assert "hours" in codes(None, nadia.team_ids[0])
    assert "hours" not in codes(None, stranger.team_ids[0])
    assert "hours" not in codes(None, None)
    assert hours.suits("deferral", nadia.team_ids[0])
    assert not hours.suits("deferral", None)


def test_a_missing_language_is_taken_from_the_houses_order_and_said_to_be_missing(hours):
    french = hours.offer("fr")
    assert (french.language, french.missing) == ("nl", True)
    assert not hours.offer("de").missing
    assert hours.current.missing == ["fr", "en"]
    with transaction():
        Setting.write(FALLBACK, ["de", "fr", "nl"])
    assert hours.offer("fr").language == "de"
    assert languages_for("nl") == ("nl", "de", "fr", "en")


def test_a_change_is_a_new_version_and_the_earlier_ones_stay(hours, koen):
    with transaction():
        texts = {**hours.current.texts, "fr": "Nous sommes là jusqu'à 17 h."}
        hours.write(hours.current.names, texts, {}, "French too", by=koen, at=now())
    assert [version.version for version in hours.versions] == [2, 1]
    assert hours.versions[0].change == "French too"
    assert hours.versions[0].author.name == "Koen Wouters"
    assert not hours.offer("fr").missing
    with transaction():
        hours.restore(hours.versions[1], "back", by=koen, at=now())
    assert [version.version for version in hours.versions] == [3, 2, 1]
    assert hours.current.texts == hours.versions[2].texts


def test_writing_the_same_again_makes_no_version(hours, koen):
    with transaction():
        said = {code: f"{text}\r\n" for code, text in hours.current.texts.items()}
        hours.write(hours.current.names, said, {}, "nothing", by=koen, at=now())
    assert hours.current.version == 1


def test_what_is_retired_is_no_longer_offered_and_can_come_back(hours, koen):
    with transaction():
        hours.retire(by=koen, at=now())
    assert "hours" not in codes(None, None)
    with transaction():
        hours.resume(by=koen)
    assert "hours" in codes(None, None)
    kinds = [
        e.kind for e in db.session.query(Event).filter(Event.actor_id == koen.id).order_by(Event.id)
    ]
    assert kinds == ["text.written", "text.retired", "text.resumed"]
