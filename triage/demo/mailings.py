"""Mailings of the demo: one that is through, one that waits for a second person's word, one that
stands still, and one that somebody has only begun to write."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid
from typing import Any

from models import (
    calendar,
    mailing_freezing,
    mailing_leaving,
    mailing_promising,
    measure_change,
)
from models.base import db, now, transaction
from models.intake import Adapter
from models.mailbox import Mailbox
from models.mailing import (
    Mailing,
    MailingPurpose,
    MailingRecipient,
    MailingState,
    RecipientFilter,
    RecipientState,
    Why,
)
from models.measure import Measure
from models.opt_out import How, OptOut
from models.problem import Problem
from models.topic import LANGUAGES
from models.user import User
from triage import background, mailing_sending
from triage.config import Settings
from triage.intake import receive_mail

THROUGH = "Mai : les paiements partent vendredi"
WAITING = "Report de cotisations : demandez-le avant la fin du mois"
STILL = "Juin : introduisez une nouvelle demande"
BEGUN = "Le formulaire accepte maintenant les numéros qui commencent par 1"
BOUNCE = "550 5.1.1 The e-mail account that you tried to reach does not exist"
BOUNCES, ANSWERS, MOST_THROUGH, MOST_STILL = 3, 3, 90, 12

SUBJECTS = {
    THROUGH: {
        "fr": "Votre paiement du droit passerelle part ce vendredi",
        "nl": "Uw overbruggingsrecht wordt deze vrijdag betaald",
        "de": "Ihr Überbrückungsrecht wird diesen Freitag ausgezahlt",
        "en": "Your bridging right is paid this Friday",
    },
    WAITING: {
        "fr": "Report de vos cotisations : comment le demander",
        "nl": "Uitstel van uw bijdragen: hoe u het vraagt",
        "de": "Aufschub Ihrer Beiträge: so beantragen Sie ihn",
        "en": "Deferring your contributions: how to ask",
    },
    STILL: {
        "fr": "Droit passerelle : une nouvelle demande pour juin",
        "nl": "Overbruggingsrecht: een nieuwe aanvraag voor juni",
        "de": "Überbrückungsrecht: ein neuer Antrag für Juni",
        "en": "Bridging right: a new application for June",
    },
    BEGUN: {"fr": "Notre formulaire est réparé", "nl": "Ons formulier is hersteld"},
}
SAID = {
    THROUGH: {
        "fr": "Les paiements en retard partent ce vendredi et arrivent au plus tard le mardi "
        "suivant. Vous n'avez rien à faire.",
        "nl": "De late betalingen vertrekken deze vrijdag en staan uiterlijk de dinsdag daarna op "
        "uw rekening. U hoeft niets te doen.",
        "de": "Die verspäteten Zahlungen gehen diesen Freitag hinaus und sind spätestens am "
        "Dienstag darauf auf Ihrem Konto. Sie brauchen nichts zu tun.",
        "en": "The late payments leave this Friday and arrive by the following Tuesday at the "
        "latest. There is nothing you need to do.",
    },
    WAITING: dict.fromkeys(LANGUAGES, "{answer}"),
    STILL: {
        "fr": "Mai a été prolongé automatiquement ; juin ne l'est pas. Introduisez une nouvelle "
        "demande si votre activité reste interrompue.",
        "nl": "Mei werd automatisch verlengd, juni niet. Dien een nieuwe aanvraag in als uw zaak "
        "nog stilligt.",
        "de": "Mai wurde automatisch verlängert, Juni nicht. Stellen Sie einen neuen Antrag, wenn "
        "Ihre Tätigkeit noch unterbrochen ist.",
        "en": "May was extended by itself; June is not. Apply again if your business is still "
        "closed.",
    },
    BEGUN: {
        "fr": "Vous nous l'avez dit : le formulaire refusait certains numéros d'entreprise. "
        "C'est réparé. Est-ce que cela vous a aidé ?",
        "nl": "U zei het ons: het formulier weigerde sommige ondernemingsnummers. Dat is hersteld. "
        "Heeft dat u geholpen?",
    },
}
REPLIES = {
    "fr": "Bonjour,\n\nMerci pour l'information. Et pour le mois d'avril ?",
    "nl": "Dag,\n\nBedankt. Krijg ik dan beide maanden samen?",
    "de": "Guten Tag,\n\nvielen Dank. Gilt das auch für Nebenberufliche?",
    "en": "Hello,\n\nThank you. Does that include April?",
}


def furnish(at: datetime, settings: Settings) -> None:
    """After the last day; each by the verbs that people use."""
    with transaction():
        koen, ingrid = people()
        payment = db.session.scalars(Problem.about("payment").limit(1)).first()
        deferral = Measure.coded("deferral-general")
        monthly = Measure.coded("bridging-payment")
        if payment is None or deferral is None or monthly is None:
            return
        day = calendar.working_day_before(calendar.business_day(at))
        morning = calendar.start_of(day) + timedelta(hours=10)
        problem = {"problem_id": payment.id, "topic_id": payment.topic_id}
        measure = {"measure_id": monthly.id, "topic_id": monthly.topic_id}
        draft = about("problem", THROUGH, koen, morning, **problem)
        through = begun(draft, MOST_THROUGH, ingrid, settings)
        draft = about("measure", STILL, koen, at - timedelta(minutes=20), **measure)
        still = begun(draft, MOST_STILL, ingrid, settings)
        wait(deferral, koen, at, settings)
        begin(koen, at)
    background.keep_promises(settings, 60)
    with transaction():
        stand_still(Mailing.named(still), people()[0], at)
        look_back(through, morning)
        letters = answers(through)
    for recipient, raw in letters:
        receive_mail(
            raw,
            adapter=Adapter.REPLAY,
            mailbox=Mailbox.first(),
            mail_from=recipient,
            rcpt_to=[],
            said_at=morning + timedelta(hours=3),
        )
    background.keep_promises(settings, 60)


def people() -> tuple[User, User]:
    """Who writes, and who reads it."""
    koen = db.session.scalars(User.by_login("koen")).one()
    return koen, db.session.scalar(User.by_login("ingrid")) or koen


def about(kind: str, name: str, koen: User, at: datetime, **links: Any) -> Mailing:
    made = Mailing.draft(
        name,
        MailingPurpose.INFORMATION,
        by=koen,
        at=at,
        audience={"kind": kind, "fallback": True},
        **links,
    )
    made.created_at = at
    made.change(by=koen, at=at, subjects=SUBJECTS[name], texts=texts(name))
    return made


def texts(name: str) -> dict[str, str]:
    return {
        code: f"{{opening}}\n\n{said}\n\n{{closing}}\n{{house}}"
        for code, said in SAID[name].items()
    }


def count(mailing: Mailing, koen: User, at: datetime, settings: Settings) -> None:
    mailing.count(by=koen, at=at)
    ready = mailing_freezing.freeze(mailing, settings.default_language, at)
    mailing_promising.counted(mailing, ready, at)
    db.session.flush()
    db.session.refresh(mailing)


def begun(mailing: Mailing, most: int, ingrid: User, settings: Settings) -> int:
    """Counted, read by Ingrid, let go, and the first ones written; returns its id."""
    koen, at = mailing.created_by, mailing.created_at
    count(mailing, koen, at, settings)
    look_through(mailing, koen, at)
    mailing.ask(by=koen, at=at)
    mailing.approve(by=ingrid, at=at)
    mailing.start(by=koen, at=at)
    mailing_sending.write_next(mailing, most, settings, at)
    return mailing.id


def look_through(mailing: Mailing, koen: User, at: datetime) -> None:
    """Koen has read the cases of which the machine was not sure, and put them back."""
    unsure = RecipientFilter(why=Why.UNSURE.value)
    for one in db.session.scalars(MailingRecipient.of_mailing(mailing.id, unsure)).all():
        mailing.put_back(one, by=koen, at=at)


def stand_still(mailing: Mailing | None, koen: User, at: datetime) -> None:
    if mailing is not None and mailing.state == MailingState.RUNNING:
        mailing.pause(by=koen, at=at)


def wait(measure: Measure, koen: User, at: datetime, settings: Settings) -> None:
    """Written, counted, and waiting for somebody who leads and did not write it."""
    version = measure_change.standing_of(measure.id, calendar.business_day(at))
    made = Mailing.draft(
        WAITING,
        MailingPurpose.SERVICE,
        by=koen,
        at=at,
        measure_id=measure.id,
        topic_id=measure.topic_id,
        answer_version_id=version.id,
        audience={"kind": "measure", "fallback": True, "unconfirmed": version.id},
    )
    made.change(by=koen, at=at, subjects=SUBJECTS[WAITING], texts=texts(WAITING))
    count(made, koen, at, settings)
    made.ask(by=koen, at=at)


def begin(koen: User, at: datetime) -> None:
    made = Mailing.draft(BEGUN, MailingPurpose.CHANGE, by=koen, at=at)
    made.change(by=koen, at=at, subjects=SUBJECTS[BEGUN], texts=texts(BEGUN))


def look_back(mailing_id: int, morning: datetime) -> None:
    """It left yesterday: some came back, one wanted no more news."""
    mailing = Mailing.named(mailing_id)
    assert mailing is not None
    rows = list(
        db.session.scalars(
            MailingRecipient.of_mailing(
                mailing_id, RecipientFilter(states=(RecipientState.SENT.value,))
            )
        )
    )
    for position, one in enumerate(rows):
        left = morning + timedelta(minutes=9, seconds=position)
        one.ended_at = mailing.ended_at = left
        if one.message is not None:
            one.message.sent_at = left
    for one in rows[-BOUNCES:]:
        if one.message is not None:
            mailing_leaving.not_delivered(one.message, BOUNCE, morning, came_back=True)
    if len(rows) > BOUNCES + ANSWERS and rows[ANSWERS].address:
        OptOut.enter(
            rows[ANSWERS].address or "",
            How.ONE_CLICK,
            at=morning + timedelta(hours=1),
            client_id=rows[ANSWERS].client_id,
            mailing_id=mailing_id,
        )


def answers(mailing_id: int) -> list[tuple[str, bytes]]:
    """What the first ones wrote back, as their programs send it."""
    rows = db.session.scalars(
        MailingRecipient.of_mailing(
            mailing_id, RecipientFilter(states=(RecipientState.SENT.value,))
        ).limit(ANSWERS)
    )
    return [(one.address or "", reply(one)) for one in rows if one.message is not None]


def reply(one: MailingRecipient) -> bytes:
    message = one.message
    assert message is not None and one.address is not None
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((one.name, one.address))
    mail["To"] = message.reply_to
    mail["Subject"] = f"Re: {message.subject}"
    mail["Date"] = format_datetime(now())
    mail["Message-ID"] = make_msgid(domain="mail.example")
    mail["In-Reply-To"] = message.message_id
    mail.set_content(REPLIES.get(one.language, REPLIES["fr"]))
    return mail.as_bytes()
