"""A believable morning at a small fund: who wrote, who rang, what is on the board."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr

from models import calendar, correspondence, saying
from models.action import Action, ActionKind
from models.affected import affected
from models.base import db, now, transaction
from models.call import Call, CallState, Exchange
from models.call_round import CallRound
from models.call_round_helped import token_of
from models.callback import Callback, CallbackReason
from models.contact import Contact
from models.flag import Flag
from models.frozen import Frozen, FrozenCard
from models.mailbox import Mailbox
from models.mailing import Mailing, MailingPurpose, MailingRecipient, MailingState
from models.placing import place
from models.prepared import ReplyToAll
from models.problem import Problem, ProblemState
from models.problem_day import ProblemDay
from models.screening import Screening
from models.team import Team
from models.ticket import Disposition, Ticket
from models.topic import Topic
from models.user import Role, User
from tests.people import House, Person, amelie, emily, frieda, joris
from triage import letters, owners

LONG_NAME = ("Société coopérative des boulangeries de la vallée de la Meuse et environs " * 5)[:300]
PASSWORD = "a long password of koen"


def live_in(house: House) -> dict[str, str]:
    """Let a morning happen; returns the addresses of what came of it, by a word for each."""
    for person in (house.nadia, house.koen, house.ingrid, house.ada, house.stranger):
        assert person.active
    addresses = work(house)
    with transaction():
        house.koen.set_password(PASSWORD)
        db.session.add(Team(slug="night", names={"en": "Night watch", "fr": "Équipe de nuit"}))
        mia = User.add("mia", "Mia Van den Broeck", Role.AGENT, "nl")
        addresses["person"] = f"/admin/people/{mia.id}"
        addresses["call-back"] = f"/calls/callbacks/{owed(addresses['closed'])}"
        addresses["call"] = f"/calls/new?call={calls().id}"
        addresses["problem"] = f"/screening/problems/{board(house.koen).number}"
        addresses["meeting"] = f"/screening/meeting/?team={meeting(house.koen)}"
        addresses["replies"] = addresses["problem"] + "/replies"
        addresses["mailing"] = f"/outreach/mailings/{mailing(house.koen)}/what"
        addresses["mailing's results"] = f"/outreach/mailings/{told(house.koen)}/results"
        addresses["sentence"] = addresses["problem"] + "/sentence"
        effective = acted(house.koen)
        addresses["action"] = f"/screening/actions/{effective.id}"
        addresses["did it help"] = asked(effective.problem, addresses["closed"], house.koen)
        addresses["owner's link"] = f"/owner/{owners.token_of(given(effective.problem))}"
    return addresses


def asked(problem: Problem, address: str, koen: User) -> str:
    """The link on which a client says whether it helped."""
    ticket = Ticket.with_number(int(address.rpartition("/")[2]))
    assert ticket is not None and ticket.client_id is not None
    texts = {"changed": {"fr": "Le formulaire accepte tous les numéros."}}
    called = CallRound.begin(problem, "May", {}, texts, by=koen, at=now())
    return f"/helped/{token_of(called.id, ticket.client_id, now())}"


def mailing(koen: User) -> int:
    """One that is being written, with much to mend."""
    made = Mailing.draft(LONG_NAME, MailingPurpose.INFORMATION, by=koen, at=now())
    subjects, texts = {"fr": LONG_NAME[:200]}, {"fr": "{opening} {rien}", "nl": "{name}"}
    made.change(by=koen, at=now(), subjects=subjects, texts=texts)
    return made.id


def told(koen: User) -> int:
    """One that stands still: one mail has left, one has come back, one waits."""
    made = Mailing.draft("Juin", MailingPurpose.SERVICE, by=koen, at=now())
    made.state, made.started_at = MailingState.PAUSED.value, now()
    for state, person in (("sent", amelie), ("bounced", joris), ("queued", frieda)):
        db.session.add(
            MailingRecipient(
                mailing_id=made.id,
                address=person.email,
                name=LONG_NAME if state == "bounced" else person.name,
                language=person.language,
                state=state,
                why="550 5.1.1 no such mailbox" if state == "bounced" else "",
                ended_at=None if state == "queued" else now(),
            )
        )
    return made.id


def owed(address: str) -> int:
    """A call-back for next week: it waits, and nobody is reminded of it yet."""
    ticket = Ticket.with_number(int(address.rpartition("/")[2]))
    begins = now() + timedelta(days=7)
    return Callback.ask(
        ticket=ticket,
        number=joris.number,
        reason=CallbackReason.REQUESTED,
        at=now(),
        window=(begins, begins + timedelta(hours=2)),
        note="Belt liever in de voormiddag.",
    ).id


def work(house: House) -> dict[str, str]:
    """Contacts of four clients and a cooperative by mail, form and telephone; some worked on."""
    late = house.write(amelie, "Bonjour,\n\nToujours rien reçu pour le mois de mai.", "Paiement")
    filed = house.receive(with_file(joris, "Nog altijd niets ontvangen.", "Betaling"), joris.email)
    asked = house.write(frieda, "Noch immer keine Zahlung für den Mai erhalten.", "Zahlung")
    unsure = house.fill_form(emily, "I wonder whether you could have a look at this, please.")
    long = house.write(
        Person(LONG_NAME, "office@valley.example", "", "fr"), "Le montant est faux.", "Très " * 50
    )
    answered = house.fill_form(joris, "Mag ik mijn bijdrage van het derde kwartaal later betalen?")
    house.call(amelie, "cl. vraagt wanneer ze betaald wordt, vrijdag gezegd", by=house.nadia)
    ill = house.write(frieda, "Ich liege seit März im Krankenhaus.", "Arbeitsunfähigkeit")
    over = house.write(emily, "Please close my business at the end of June.", "Stopping")
    at = now()
    with transaction():
        first = house.ticket(late)
        first.note("Rappeler après 14 h.", by=house.nadia, at=at)
        Flag.raise_on(first, "Again no payment", by=house.nadia, at=now())
        house.ticket(asked).due_at = at - timedelta(days=2)
        house.ticket(over).close(Disposition.ANSWERED, by=house.nadia, at=at)
        keep_to_its_team(house.ticket(ill))
        answer(house, house.ticket(answered), "Ja, dat kan tot 15 juni.", at)
        status = f"/status/{letters.status_token(first)}"
    named = {"late": late, "file": filed, "unsure": unsure, "long": long, "closed": over}
    addresses = {word: f"/desk/tickets/{house.ticket(one).number}" for word, one in named.items()}
    return addresses | {"status": status}


def with_file(who: Person, text: str, subject: str, name: str = "bewijs.pdf") -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((who.name, who.email))
    mail["To"] = "contact@fund.example"
    mail["Subject"] = subject
    mail.set_content(text)
    mail.add_attachment(b"%PDF-1.4 ", maintype="application", subtype="pdf", filename=name)
    return mail.as_bytes()


def keep_to_its_team(ticket: Ticket) -> None:
    """A matter of health: seen by its own team and by supervisors."""
    topic = Topic.named("incapacity")
    assert topic is not None and topic.restricted
    ticket.topic_id, ticket.team_id, ticket.needs_choice = topic.id, topic.team_id, False


def answer(house: House, ticket: Ticket, text: str, at: datetime) -> None:
    """An answer of Nadia, which waits to leave: no worker runs here."""
    mailbox = Mailbox.first()
    assert mailbox is not None and ticket.client is not None
    correspondence.answer(
        ticket,
        text,
        by=house.nadia,
        at=at,
        mailbox_address=mailbox.address,
        domain="fund.example",
        tag=letters.tag(ticket.number, house.app.extensions["settings"]),
    )


def calls() -> Call:
    """One that was missed forty minutes ago, and one that rings."""
    exchange, _token = Exchange.connect("Main exchange")
    facts = {"caller": amelie.number, "caller_e164": amelie.number, "queue": "bridging"}
    missed = now() - timedelta(minutes=40)
    for event, at in (
        (CallState.RINGING, missed),
        (CallState.ENDED, missed + timedelta(seconds=50)),
    ):
        Call.take_event(exchange, event, "c-1", at=at, facts={"caller": "anonymous"})
    return Call.take_event(exchange, CallState.RINGING, "c-2", at=now(), facts=facts)


def board(koen: User) -> Problem:
    """A problem that rises, with quotes, and others; one acted on yesterday, and the sentence."""
    at, today = now(), calendar.business_day(now())
    rising = problem("payment", "not_received", 41, "rising")
    refused = problem("web_form", "refused", 15, "steady")
    problem("phone_line", "unreachable", 12, "new")
    problem("letter", "unclear", 5, "falling")
    start, end = calendar.bounds(today)
    for contact in db.session.scalars(Contact.between(start, end)).all()[:5]:
        reason = {"why": "engine", "by": "joined", "terms": ["reçu"], "cosine": 0.61}
        place(contact.id, rising, score=0.6, reason=reason, at=at)
    answer_all(rising, koen)
    Screening.on(calendar.working_day_before(today)).decide(
        refused,
        ProblemState.ACTING,
        by=koen,
        at=at - timedelta(days=1),
        owner=koen,
        due_on=today,
        kind=ActionKind.FORM_FIX,
        what="Accept enterprise numbers that begin with 1",
    )
    Screening.on(today).say(
        {"fr": "Mai est payé vendredi.", "nl": "Mei wordt vrijdag betaald."}, by=koen
    )
    return rising


def acted(koen: User) -> Action:
    """Letters were rewritten seven working days ago, and far fewer people asked since."""
    today = calendar.business_day(now())
    live = calendar.working_day_before(today, 7)
    unclear = db.session.scalars(Problem.about("letter")).one()
    other = db.session.scalars(Problem.about("phone_line")).one()
    for back in range(17, 0, -1):
        day = calendar.working_day_before(today, back)
        drawn = {unclear: 38 + back % 5 if day < live else 9 + back % 3, other: 60 + back % 7}
        for one, count in drawn.items():
            ProblemDay.write(
                one.id,
                day,
                contacts=count,
                clients=count - 2,
                trend="steady",
                total=400,
                total_clients=380,
                channels={"email": count - 3, "phone": 3},
                languages={"fr": count // 2, "nl": count - count // 2},
            )
    action = Action(
        problem_id=unclear.id,
        kind=ActionKind.MAILING.value,
        what="A second page that says what the first one means",
        owner_id=koen.id,
        due_on=live,
        decided_at=calendar.start_of(calendar.working_day_before(live, 2)),
    )
    db.session.add(action)
    db.session.flush()
    action.finish(by=koen, at=calendar.start_of(live) + timedelta(hours=14))
    return action


def given(about: Problem) -> Action:
    """To the printer's, who are late and say why."""
    at, today = now(), calendar.business_day(now())
    action = Action(
        problem_id=about.id,
        kind=ActionKind.IT_FIX.value,
        what="Print the reference in the window of the envelope",
        owner_name=LONG_NAME[:100],
        owner_email="print@valley.example",
        owner_language="fr",
        link_key="of the printer's",
        due_on=calendar.working_day_before(today),
        decided_at=at - timedelta(days=3),
    )
    db.session.add(action)
    db.session.flush()
    action.block("La machine attend une pièce", by=None, at=at)
    return action


def meeting(koen: User) -> int:
    """The meeting of Koen's team, at its first card; returns the team."""
    today, team = calendar.business_day(now()), koen.teams[0].id
    held = Screening.on(today, team)
    rows = db.session.scalars(ProblemDay.board(today)).all()
    cards = [
        FrozenCard.of(row, rank, "pressing", row.problem.state) for rank, row in enumerate(rows, 1)
    ]
    deck = [card.problem_id for card in cards]
    held.open(
        Frozen(now(), now() - timedelta(days=1), 412, 400, cards, deck, carried=deck[1:2]),
        by=koen,
        at=now(),
    )
    held.attend([koen], ["Web team"], by=koen)
    held.move("decide", deck[0], now())
    return team


def answer_all(rising: Problem, koen: User) -> None:
    """What may be said of it in two languages, and an answer prepared for each of its tickets."""
    at = now()
    said = {"fr": "Mai est payé ce vendredi.", "nl": "Mei wordt deze vrijdag betaald."}
    saying.write(rising, said, by=koen, at=at)
    draft = saying.last_change(rising)
    assert draft is not None
    saying.approve(rising, in_mail=True, by=koen, seen=draft.id, at=at)
    tickets = affected(rising, "fr")
    ReplyToAll.prepare(rising, said, tickets, lambda _ticket, text: text, by=koen, at=at)


def problem(thing: str, symptom: str, clients: int, trend: str) -> Problem:
    """A problem with its card on the board of today."""
    today = calendar.business_day(now())
    made = Problem(
        thing=thing,
        symptom=symptom,
        topic_id="bridging_right",
        first_seen_at=now() - timedelta(days=3),
        last_seen_at=now(),
        founded_on=calendar.working_day_before(today),
        terms={"fr": ["reçu", "mai"], "nl": ["ontvangen"], "de": ["zahlung"]},
    )
    db.session.add(made)
    db.session.flush()
    ProblemDay.write(
        made.id,
        today,
        contacts=clients + 3,
        clients=clients,
        expected=9.0,
        low=6.0,
        high=13.0,
        trend=trend,
        score=float(clients),
        languages={"fr": clients - 3, "nl": 3},
        channels={"email": clients},
    )
    return made
