"""What happens beside the everyday mail: answers to our answers, an accountant's morning, a web shop
gone wild, machines, a stranger, and mail that cannot be read in full.

Mail that answers ours is written only when it comes: before, nobody knows what we sent.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from stdnum.be import vat

from models.intake import Channel
from triage.config import Settings
from triage.demo import contacts, machines, papers
from triage.demo.contacts import DAYS, Days, Posted, Told, chance, posted
from triage.demo.correspondence import Correspondence, Planned, letter
from triage.demo.machines import Ours
from triage.demo.programs import Program, Sheet

ACCOUNTANT = ("Geneviève Lambot", "lambot@fiduciaire-lambot.example", "Fiduciaire Lambot")
ACCOUNTANT_DAY = 9
SHOP = "commandes@boutique-lina.example"
ORDERS = 140
ORDER_SECONDS = 8
AGAIN = 12
AGAIN_WORDS = {
    "fr": "C'est exact, vous n'avez rien d'autre à faire pour l'instant. Je garde votre dossier "
    "sous les yeux et vous écris dès qu'il avance.",
    "nl": "Dat klopt, u hoeft voorlopig niets anders te doen. Ik hou uw dossier in het oog en "
    "schrijf u zodra er nieuws is.",
    "de": "Das ist richtig, Sie brauchen im Moment nichts weiter zu tun. Ich behalte Ihre Akte im "
    "Auge und melde mich, sobald es Neues gibt.",
    "en": "That is right, there is nothing else for you to do for now. I am keeping an eye on your "
    "file and will write as soon as there is news.",
}
PROGRAMS = (Program.GMAIL, Program.OUTLOOK, Program.IPHONE, Program.THUNDERBIRD)
OVERSIZE = "oversize"
STRANGER = {
    "fr": "Bonjour, ma voisine m'a transmis ce numéro. Pouvez-vous me dire où en est son dossier et quel "
    "montant elle va recevoir ? Je m'occupe de ses papiers.",
    "nl": "Dag, mijn buurvrouw gaf me dit nummer. Kunt u me zeggen hoe het met haar dossier staat en welk "
    "bedrag ze krijgt? Ik doe haar papieren.",
    "de": "Guten Tag, meine Nachbarin gab mir diese Nummer. Wie steht es um ihre Akte und welchen Betrag "
    "bekommt sie? Ich kümmere mich um ihre Papiere.",
    "en": "Hello, my neighbour gave me this number. Could you tell me how her file is doing and what "
    "amount she will get? I look after her papers.",
}
EVENING = ("07:55", "09:15", "10:40", "12:20", "14:05", "16:30", "18:45", "20:10")

Answering = Callable[[Ours, Told, datetime, str], Posted]


def scenes(letters: Correspondence, days: Days, settings: Settings) -> list[Told]:
    """Everything that comes in beside the contacts that were written by hand."""
    free = [one for one in letters.planned if one.day < DAYS]
    return [
        *machine_answers(letters, free, days, settings),
        stranger(letters, free.pop(), days, settings),
        *follow_ups(letters, free, days, settings),
        *accountant(days),
        *web_shop(days),
        *damaged(days),
    ]


# --- clients answer back --------------------------------------------------------------------


def follow_ups(
    letters: Correspondence, free: list[Planned], days: Days, settings: Settings
) -> Iterator[Told]:
    """Replies to our answers on the day after; some are answered once more."""
    for position, line in enumerate(contacts.lines_of("follow_ups.jsonl")):
        wanted = line.get("kind") == "reopens"
        first = next(
            (one for one in free if one.said.spoken == line["lang"] and one.closes == wanted), None
        )
        if first is None:
            continue
        free.remove(first)
        told = follow_up(letters, first, line, days, settings)
        yield told
        day = first.day + 1
        if position < AGAIN * 2 and position % 2 == 0 and day < DAYS:
            letters.planned.append(
                replace(
                    first,
                    day=day,
                    at=told.at + timedelta(minutes=chance(told.id, "again").randrange(20, 90)),
                    text=letter(first.said, AGAIN_WORDS[line["lang"]]),
                    closes=False,
                    encloses=False,
                )
            )


def follow_up(
    letters: Correspondence, first: Planned, line: dict[str, Any], days: Days, settings: Settings
) -> Told:
    said = first.said
    drawn = chance(line["id"], "follow-up")
    at = days.moment(first.day + 1, drawn.choice(EVENING))
    address = said.address
    if line.get("kind") == "other_address":
        address = contacts.address_of(said.client, f"Famille {said.name.split()[-1]}")
    program = PROGRAMS[drawn.randrange(len(PROGRAMS))]

    def write(mailbox: str) -> Posted | None:
        ours, quoted = letters.ours(said.id, settings), letters.quoted(said.id, settings)
        if ours is None:
            return None
        sheet = Sheet(
            id=line["id"],
            at=at,
            name=said.name,
            address=address,
            to=ours.reply_to,
            subject=f"RE: {ours.subject.removeprefix('Re: ')}",
            text=line["text"],
            language=said.spoken,
            signature=(said.name,),
            quoted=quoted,
            in_reply_to=ours.message_id,
            references=ours.references,
        )
        return posted(sheet, program)

    return replace(
        said,
        id=line["id"],
        at=at,
        address=address,
        text=line["text"],
        answers=said.id,
        post=write,
    )


# --- one who writes for many, and one who does not know that it writes ----------------------


def accountant(days: Days) -> Iterator[Told]:
    """Twelve clients in one morning, each with a number of its own."""
    name, address, firm = ACCOUNTANT
    for position, line in enumerate(contacts.lines_of("accountant.jsonl")):
        minutes = 8 * 60 + 35 + 16 * position
        at = days.moment(ACCOUNTANT_DAY, f"{minutes // 60:02d}:{minutes % 60:02d}")
        sheet = Sheet(
            id=f"acc-{position + 1:02d}",
            at=at,
            name=name,
            address=address,
            to="",
            subject=line["subject"],
            text=f"Bonjour,\n\n{line['text'].format(kbo=enterprise_number(position))}",
            signature=(name, firm, "081 22 11 00"),
            logo=papers.logo(firm),
            notice=True,
        )
        yield told_by(sheet, Program.OUTLOOK, "accountant")


def enterprise_number(position: int) -> str:
    """A made-up number with valid check digits, as people write it."""
    body = 9_790_000 + 4_273 * position
    number = f"0{body:07d}{97 - body % 97:02d}"
    assert vat.is_valid(number)
    return f"{number[:4]}.{number[4:7]}.{number[7:]}"


def web_shop(days: Days) -> Iterator[Told]:
    """A plugin that takes our address for its owner's and sends each order there, again and again."""
    for position in range(ORDERS):
        order = 20_411 + position // 4
        sheet = Sheet(
            id=f"shop-{position + 1:03d}",
            at=days.moment(DAYS, "09:10", ORDER_SECONDS * position),
            name="Boutique Lina",
            address=SHOP,
            to="",
            subject=f"[Boutique Lina] Nouvelle commande ({order})",
            text=(
                f"Bonjour,\n\nVous avez reçu une nouvelle commande ({order}).\n"
                f"Article : {('bougie', 'savon', 'coffret', 'carte cadeau')[order % 4]}\n"
                f"Tentative d'envoi {position % 4 + 1}\n\nÀ expédier sous deux jours."
            ),
            headers={"X-Mailer": "PHPMailer 5.2.22"},
        )
        yield told_by(sheet, Program.PLAIN, "shop")


def told_by(sheet: Sheet, program: Program, client: str) -> Told:
    return Told(
        id=sheet.id,
        at=sheet.at,
        channel=Channel.EMAIL,
        text=sheet.text,
        subject=sheet.subject,
        client=client,
        name=sheet.name,
        address=sheet.address,
        post=lambda mailbox: posted(replace(sheet, to=mailbox), program),
    )


# --- machines -------------------------------------------------------------------------------


def machine_answers(
    letters: Correspondence, free: list[Planned], days: Days, settings: Settings
) -> Iterator[Told]:
    """What machines make of our answers; what is brought back left only yesterday."""
    for language, clock, write in (
        (None, "08:04", unknown_there),
        (None, "08:06", refused_there),
        (None, "08:20", sent_back),
        ("fr", "08:02", absent),
        ("nl", "08:02", absent),
        ("en", "08:02", absent),
        ("nl", "09:40", seen),
    ):
        fits = (one for one in free if language in (one.said.spoken, None))
        brought_back = (one for one in fits if one.day == DAYS - 1 and not one.closes)
        first = next(fits if language else brought_back, None)
        if first is not None:
            free.remove(first)
            at = days.moment(first.day + 1, clock)
            yield machine_answer(letters, first.said, at, write, settings)


def machine_answer(
    letters: Correspondence, said: Told, at: datetime, write: Answering, settings: Settings
) -> Told:
    def post(mailbox: str) -> Posted | None:
        ours = letters.ours(said.id, settings)
        return write(ours, said, at, mailbox) if ours else None

    return replace(
        said, id=f"machine-{said.id}", at=at, text="", subject="", answers=said.id, post=post
    )


def absent(ours: Ours, said: Told, at: datetime, _: str) -> Posted:
    raw = machines.out_of_office(ours, said.name, said.spoken, at)
    return Posted(raw, "", ours.reply_to)


def unknown_there(ours: Ours, _: Told, at: datetime, __: str) -> Posted:
    why = "550 5.1.1 The email account that you tried to reach does not exist"
    return Posted(machines.bounce(ours, "5.1.1", why, at), "", ours.sender)


def refused_there(ours: Ours, _: Told, at: datetime, __: str) -> Posted:
    why = "550 5.7.1 Message rejected due to local policy"
    return Posted(machines.bounce(ours, "5.7.1", why, at), "", ours.sender)


def seen(ours: Ours, said: Told, at: datetime, _: str) -> Posted:
    return Posted(machines.read_receipt(ours, said.name, at), ours.recipient, ours.reply_to)


def sent_back(ours: Ours, _: Told, __: datetime, mailbox: str) -> Posted:
    """A forwarding rule that sends our own mail to us."""
    return Posted(ours.raw, ours.recipient, mailbox)


# --- a stranger, a newsletter, and what cannot be read in full ------------------------------


def stranger(letters: Correspondence, first: Planned, days: Days, settings: Settings) -> Told:
    """Somebody who has the ticket's number but no part in it."""
    at = days.moment(min(first.day + 1, DAYS), "11:05")
    said = replace(
        first.said,
        id="stranger",
        at=at,
        name="Bernard Quinet",
        address=contacts.address_of("stranger", "Bernard Quinet"),
        text=STRANGER[first.said.spoken],
        answers=first.said.id,
    )

    def post(mailbox: str) -> Posted | None:
        ours = letters.ours(first.said.id, settings)
        if ours is None:
            return None
        sheet = Sheet(
            id=said.id,
            at=at,
            name=said.name,
            address=said.address,
            to=mailbox,
            subject=f"Dossier {ours.subject[ours.subject.rfind('[#') :]}",
            text=said.text,
            language=said.spoken,
        )
        return posted(sheet, Program.IPHONE)

    return replace(said, post=post)


def damaged(days: Days) -> Iterator[Told]:
    """A newsletter, four mails that no program reads in full, and one larger than we take."""
    for number, clock, name, write in (
        (4, "06:30", "newsletter", machines.newsletter),
        (6, "10:12", "winmail", machines.with_winmail),
        (8, "13:47", "deep", machines.too_deep),
        (9, "15:22", "head", machines.broken_head),
        (DAYS, "09:31", "scan", machines.cut_base64),
        (DAYS, "18:29", OVERSIZE, machines.oversize),
    ):
        yield raw_mail(name, days.moment(number, clock), write)


def raw_mail(name: str, at: datetime, write: Callable[[str, datetime], bytes]) -> Told:
    def post(mailbox: str) -> Posted:
        raw = write(mailbox, at)
        sender = raw.split(b"<", 1)[1].split(b">", 1)[0].decode()
        whole = machines.OVERSIZE_BYTES if name == OVERSIZE else None
        return Posted(raw, sender, mailbox, cut_from=whole)

    return Told(id=name, at=at, channel=Channel.EMAIL, text="", client=name, post=post)
