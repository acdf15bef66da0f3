"""The measures of the demo's crisis: one window about to close, one rule not confirmed, one to come."""

from datetime import date, datetime, timedelta
from typing import Any

from models import measure_change, time_limit
from models.deadline import Quarter
from models.measure import Measure
from models.measure_question import MeasureQuestion
from models.user import User

WINDOW = timedelta(days=6)
VERIFIED = (
    "bridging-classic",
    "bridging-payment",
    "deferral-general",
    "deferral-starter",
    "deferral-follow-up-plan",
    "exemption",
    "reduction",
    "payment-plan",
    "surcharges",
    "contributions-due",
    "cessation",
    "sickness-assimilation",
    "maternity",
    "regional-premium",
)
LONG_AGO = "transfer"


def furnish(day: date, at: datetime, koen: User, ingrid: User) -> None:
    """As the measures stand on the last day; `at` lies in it."""
    for code in VERIFIED:
        _verify(code, ingrid, at - timedelta(days=4), day + timedelta(days=86))
    _verify(LONG_AGO, koen, at - timedelta(days=200), day - timedelta(days=12))
    _deferral(day, at, koen)
    _crisis(day, at, koen)
    _subcontractors(day, at, koen)
    time_limit.refresh(day)


def _verify(code: str, by: User, at: datetime, review_by: date) -> None:
    measure = Measure.coded(code)
    if measure is not None:
        measure_change.verify(measure_change.newest_of(measure.id), review_by, by=by, at=at)


def _deferral(day: date, at: datetime, koen: User) -> None:
    """Asked for until six days from now; extended once, as the second version says."""
    quarter = Quarter.of(day)
    before = at - timedelta(days=9)
    closes = day + WINDOW
    number, year = quarter.number, quarter.year
    said: dict[str, Any] = {
        "names": {
            "fr": f"Report d'un an, {number}e trimestre {year}"
            if number > 1
            else f"Report d'un an, 1er trimestre {year}",
            "nl": f"Uitstel van één jaar, {number}e kwartaal {year}",
            "de": f"Aufschub um ein Jahr, {number}. Quartal {year}",
            "en": f"One-year deferral, quarter {number} of {year}",
        },
        "conditions": {
            "fr": "Demande écrite ; pas pour un trimestre déjà payé. Sans majoration si le montant est payé à la nouvelle date.",
            "nl": "Schriftelijke aanvraag; niet voor een kwartaal dat al betaald is. Zonder verhoging als op de nieuwe datum betaald wordt.",
            "de": "Schriftlicher Antrag; nicht für ein bereits bezahltes Quartal. Ohne Erhöhung, wenn zum neuen Datum gezahlt wird.",
            "en": "Written request; not for a quarter already paid. No surcharge if it is paid by the new date.",
        },
        "answers": {
            "fr": "Oui, vous pouvez payer ce trimestre un an plus tard, sans majoration. Répondez simplement à ce message avec vos nom, adresse et numéro d'entreprise : aucun formulaire n'est nécessaire. Vous recevez notre décision par e-mail.",
            "nl": "Ja, u kunt dit kwartaal een jaar later betalen, zonder verhoging. Antwoord gewoon op dit bericht met uw naam, adres en ondernemingsnummer: een formulier is niet nodig. U krijgt onze beslissing per e-mail.",
            "en": "Yes, you can pay this quarter a year later, without surcharge. Simply reply to this message with your name, address and enterprise number: no form is needed. You will have our decision by e-mail.",
        },
        "scripts": {
            "fr": "Oui, un an de plus, sans majoration. Un mail avec votre numéro d'entreprise suffit.",
            "nl": "Ja, een jaar extra, zonder verhoging. Een mail met uw ondernemingsnummer volstaat.",
            "de": "Ja, ein Jahr mehr, ohne Erhöhung. Eine Mail mit Ihrer Unternehmensnummer genügt.",
            "en": "Yes, one more year, without surcharge. A mail with your enterprise number is enough.",
        },
        "confirmed": True,
        "decided_by": "fund",
        "quarters": [str(quarter)],
        "applies_to": ["payment_difficulty/cannot_pay"],
        "documents": [
            {
                "fr": "Nom, adresse, numéro d'entreprise",
                "nl": "Naam, adres, ondernemingsnummer",
                "de": "Name, Adresse, Unternehmensnummer",
                "en": "Name, address, enterprise number",
            }
        ],
        "rules": [
            {
                "names": {
                    "fr": "Paiement reporté",
                    "nl": "Uitgestelde betaling",
                    "de": "Aufgeschobene Zahlung",
                    "en": "Deferred payment",
                },
                "due": "pay_by",
                "start": "quarter_end",
                "quarters": 4,
            }
        ],
        "valid_from": day - timedelta(days=12),
        "request_by": day + timedelta(days=1),
        "source": "INASTI, demo",
    }
    measure = measure_change.begin(
        f"deferral-{year}-q{number}", "deferral", said, change="", by=koen, at=before
    )
    first = measure_change.newest_of(measure.id)
    first.created_at = before
    extended = measure_change.revise(
        first,
        said | {"request_by": closes},
        seen=1,
        change="La période de demande est prolongée",
        by=koen,
        at=at - timedelta(days=1),
        day=day,
    )
    extended.created_at = at - timedelta(days=1)
    measure_change.verify(extended, closes, by=koen, at=at - timedelta(days=1))


def _crisis(day: date, at: datetime, koen: User) -> None:
    """Holds now, with questions of clients; from next month on a second version asks for a form."""
    earlier = Measure.coded("bridging-crisis-2020")
    if earlier is None:
        return
    said = measure_change.content(measure_change.newest_of(earlier.id)) | {
        "names": {
            "fr": "Droit passerelle de crise",
            "nl": "Crisis-overbruggingsrecht",
            "de": "Krisen-Überbrückungsrecht",
            "en": "Crisis bridging right",
        },
        "valid_from": day - timedelta(days=13),
        "valid_to": day + timedelta(days=47),
        "confirmed": True,
        "source": "INASTI, demo",
        "conditions": {
            "fr": "Fermeture imposée, même partielle, ou arrêt complet d'au moins sept jours consécutifs dans le mois.",
            "nl": "Verplichte sluiting, ook gedeeltelijk, of volledige stopzetting van minstens zeven opeenvolgende dagen in de maand.",
            "de": "Angeordnete Schließung, auch teilweise, oder vollständige Unterbrechung von mindestens sieben aufeinanderfolgenden Tagen im Monat.",
            "en": "Imposed closure, even partial, or a full stop of at least seven days in a row within the month.",
        },
        "answers": {
            "fr": "Si vous avez dû fermer, même en partie, ou arrêter au moins sept jours de suite, vous pouvez recevoir le droit passerelle de crise. Remplissez une seule demande en ligne ; le mail que vous recevez confirme la réception, la décision suit séparément.",
            "nl": "Moest u sluiten, ook gedeeltelijk, of minstens zeven dagen na elkaar stoppen, dan kunt u het crisis-overbruggingsrecht krijgen. Vul één online aanvraag in; de mail die u krijgt bevestigt de ontvangst, de beslissing volgt apart.",
            "de": "Mussten Sie schließen, auch teilweise, oder mindestens sieben Tage in Folge aussetzen, können Sie das Krisen-Überbrückungsrecht erhalten. Füllen Sie einen einzigen Online-Antrag aus; die E-Mail bestätigt den Eingang, die Entscheidung folgt gesondert.",
            "en": "If you had to close, even partly, or to stop for at least seven days in a row, you can receive the crisis bridging right. Fill in one online application; the mail you get confirms receipt, the decision follows separately.",
        },
        "scripts": {
            "fr": "Fermé, ou sept jours d'arrêt : une seule demande en ligne suffit.",
            "nl": "Gesloten, of zeven dagen gestopt: één online aanvraag volstaat.",
            "de": "Geschlossen oder sieben Tage Pause: ein einziger Online-Antrag genügt.",
            "en": "Closed, or stopped for seven days: one online application is enough.",
        },
    }
    measure = measure_change.begin(
        "bridging-crisis", "bridging_right", said, change="", by=koen, at=at - timedelta(days=10)
    )
    present = measure_change.newest_of(measure.id)
    measure_change.verify(present, day + timedelta(days=14), by=koen, at=at - timedelta(days=2))
    next_month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    measure_change.revise(
        present,
        said | {"valid_from": next_month, "confirmed": False, "review_by": None},
        seen=1,
        change="Une nouvelle demande par mois",
        by=koen,
        at=at - timedelta(days=1),
        day=day,
    )
    for texts, answers in QUESTIONS:
        question = MeasureQuestion.ask(measure, texts, by=koen)
        if answers:
            question.answer(answers, by=koen, at=at - timedelta(days=1))


QUESTIONS: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
    (
        {
            "fr": "Puis-je encore faire des livraisons ?",
            "nl": "Mag ik nog leveren?",
            "de": "Darf ich noch liefern?",
            "en": "May I still deliver?",
        },
        {
            "fr": "Oui, si votre magasin est fermé au public.",
            "nl": "Ja, als uw winkel gesloten is voor het publiek.",
            "de": "Ja, wenn Ihr Geschäft für Kunden geschlossen ist.",
            "en": "Yes, if your shop is closed to the public.",
        },
    ),
    (
        {
            "fr": "Et si mon activité est complémentaire ?",
            "nl": "En als ik in bijberoep werk?",
            "de": "Und im Nebenberuf?",
            "en": "What if it is my side activity?",
        },
        {},
    ),
)


def _subcontractors(day: date, at: datetime, koen: User) -> None:
    """Announced in the news, not yet written anywhere: a holding sentence and a promise."""
    said: dict[str, Any] = {
        "names": {
            "fr": "Droit passerelle des sous-traitants (annoncé)",
            "nl": "Overbruggingsrecht voor onderaannemers (aangekondigd)",
            "de": "Überbrückungsrecht für Subunternehmer (angekündigt)",
            "en": "Bridging right for subcontractors (announced)",
        },
        "applies_to": ["bridging_right/eligibility", "bridging_right/what"],
        "promise_days": 2,
        "valid_from": day - timedelta(days=1),
        "review_by": day + timedelta(days=2),
        "source": "Press, to be confirmed",
    }
    measure_change.begin(
        "bridging-subcontractors", "bridging_right", said, change="", by=koen, at=at
    )
