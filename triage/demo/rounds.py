"""The demo's fund makes good: one reply to all about the form, and a call-back round about late
payments, half of it called, with what clients said of the change."""

from datetime import datetime, timedelta

from models import calendar, callback_bulk, mailing_freezing, mailing_promising
from models.affected import Affected, affected
from models.base import db, transaction
from models.call_round import CallRound
from models.call_round_asking import Nobody, start
from models.call_round_helped import HelpedAnswer, say
from models.call_round_people import Ground, Wanted
from models.call_round_progress import calls_of
from models.callback import AttemptResult, Callback, Outcome
from models.callback_work import reached, tried
from models.mailing import Mailing, MailingPurpose
from models.prepared import ReplyToAll
from models.prepared_seen import tally_of
from models.problem import Problem
from models.user import User
from triage import background, mailing_sending, placeholders
from triage.config import Settings

ROUND = "Paiements en retard : rappeler"
MOST = 12
SCRIPTS = {
    "fr": "Nous vous appelons parce que votre paiement a tardé et que nous vous avons mal renseigné. "
    "Le paiement part ce vendredi. Avez-vous reçu une autre date ?",
    "nl": "Wij bellen u omdat uw betaling op zich liet wachten en wij u verkeerd hebben ingelicht. "
    "De betaling vertrekt deze vrijdag. Kreeg u een andere datum?",
    "de": "Wir rufen Sie an, weil Ihre Zahlung sich verzögert hat und wir Ihnen eine falsche Auskunft "
    "gegeben haben. Die Zahlung geht diesen Freitag hinaus.",
    "en": "We call because your payment was late and we told you the wrong date. It leaves this "
    "Friday. Were you given another date?",
}
CHANGED = {
    "fr": "La date de paiement est maintenant sur votre page de suivi, et nous vous écrivons dès que "
    "le paiement part.",
    "nl": "De betaaldatum staat nu op uw opvolgpagina, en wij schrijven u zodra de betaling vertrekt.",
    "de": "Das Zahlungsdatum steht jetzt auf Ihrer Seite, und wir schreiben Ihnen, sobald die Zahlung "
    "hinausgeht.",
    "en": "The payment date now stands on your page, and we write as soon as the payment leaves.",
}
SAID = (
    (Outcome.SATISFIED, HelpedAnswer.YES, "Soulagée, elle a reçu le paiement hier."),
    (Outcome.PARTLY_SATISFIED, HelpedAnswer.PARTLY, "Content du rappel, attend encore avril."),
    (Outcome.NOT_SATISFIED, HelpedAnswer.NO, "Toujours rien reçu ; trois dates différentes."),
    (Outcome.SATISFIED, HelpedAnswer.YES, "Vindt de datum op zijn pagina handig."),
)
FORM = "Formulaire : réponse à tous"
TEXTS = {
    "fr": "{opening}\n\nLe formulaire accepte maintenant les numéros d'entreprise qui commencent par "
    "0 ou 1. Vous pouvez envoyer votre demande {number}.\n\n{closing}\n{house}",
    "nl": "{opening}\n\nHet formulier aanvaardt nu ondernemingsnummers die met 0 of 1 beginnen. U kunt "
    "uw aanvraag {number} versturen.\n\n{closing}\n{house}",
    "de": "{opening}\n\nDas Formular nimmt jetzt Unternehmensnummern an, die mit 0 oder 1 beginnen. "
    "Sie können Ihren Antrag {number} senden.\n\n{closing}\n{house}",
    "en": "{opening}\n\nThe form now takes enterprise numbers that begin with 0 or 1. You can send "
    "your application {number}.\n\n{closing}\n{house}",
}


def furnish(at: datetime, settings: Settings) -> None:
    """After the last day, by the verbs that people use."""
    with transaction():
        koen = db.session.scalars(User.by_login("koen")).one()
        nadia = db.session.scalars(User.by_login("nadia")).one()
        payment = db.session.scalars(Problem.about("payment").limit(1)).first()
        form = db.session.scalars(Problem.about("web_form").limit(1)).first()
        if payment is not None:
            call(payment, koen, nadia, at)
        if form is not None:
            reply_to_all(form, koen, at, settings)
    background.keep_promises(settings, 60)


def call(problem: Problem, koen: User, nadia: User, at: datetime) -> None:
    began = at - timedelta(hours=5)
    wanted = Wanted(grounds=tuple(Ground), most=MOST, a_day=6)
    texts = {"scripts": SCRIPTS, "changed": CHANGED}
    try:
        made, change = start(problem, ROUND, wanted, texts, by=koen, at=began)
    except Nobody:
        return
    callback_bulk.go_on(change, at=began)
    calls = db.session.scalars(calls_of(koen, made).limit(MOST // 2 + 1)).unique().all()
    for place, callback in enumerate(calls):
        moment = began + timedelta(minutes=25 * (place + 1))
        if place == len(SAID):
            tried(callback, AttemptResult.NO_ANSWER, by=nadia, at=moment)
        elif place < len(SAID):
            talk(made, callback, place, nadia, moment)
        elif callback.client is not None:
            say(made, callback.client, HelpedAnswer.NO, at=moment)


def talk(made: CallRound, callback: Callback, place: int, nadia: User, at: datetime) -> None:
    outcome, helped, note = SAID[place]
    reached(callback, outcome, by=nadia, at=at, note=note)
    if callback.client is not None:
        say(made, callback.client, helped, at=at, by=nadia, callback=callback)


def reply_to_all(problem: Problem, koen: User, at: datetime, settings: Settings) -> None:
    """Prepared, counted and let go this morning, on the tickets' own threads."""
    morning = calendar.start_of(calendar.business_day(at)) + timedelta(hours=9)

    def write(ticket: Affected, text: str) -> str | None:
        return placeholders.filled(
            text,
            placeholders.wording(ticket.language),
            name=ticket.name,
            number=ticket.number,
            team=str(ticket.team.get(ticket.language) or settings.triage_name),
            house=settings.triage_name,
        )

    tickets = affected(problem, settings.default_language)
    reply = ReplyToAll.prepare(problem, TEXTS, tickets, write, by=koen, at=morning)
    if not tally_of(reply).ready:
        return
    mailing = Mailing.draft(
        FORM,
        MailingPurpose.SERVICE,
        by=koen,
        at=morning,
        audience={"kind": "prepared"},
        reply_id=reply.id,
        problem_id=problem.id,
        topic_id=problem.topic_id,
        on_threads=True,
    )
    mailing.created_at = morning
    mailing.count(by=koen, at=morning)
    ready = mailing_freezing.freeze(mailing, settings.default_language, morning)
    mailing_promising.counted(mailing, ready, morning)
    db.session.flush()
    db.session.refresh(mailing)
    if not ready:
        return
    mailing.start(by=koen, at=morning, above=ready)
    mailing_sending.write_next(mailing, ready, settings, morning)
