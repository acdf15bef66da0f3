"""The dated data of the trade as it comes with the product; from then on people edit the database.

Loading adds what is missing and never overwrites what somebody has changed.
"""

import json
from importlib.resources import files
from typing import Any

from models.base import db, now, transaction
from models.ending import Ending
from models.mailbox import Mailbox
from models.notice_text import NoticeText
from models.reply_template import ReplyTemplate, TemplateKind
from models.team import Team
from models.topic import Intent, Topic
from models.web_form import WebForm, WebFormVersion
from triage.catalog.measures import load_measures
from triage.config import Settings


def load(settings: Settings) -> None:
    """Bring the words of the trade, teams, measures and the first mailbox into the database."""
    with transaction():
        teams = _teams()
        _topics(teams)
        _intents()
        _endings()
        db.session.flush()
        load_measures(read("measures"))
        _texts()
        _notices()
        _forms()
        _mailbox(settings)


def read(name: str) -> Any:
    """The content of one catalog file."""
    return json.loads((files(__name__) / f"{name}.json").read_text("utf-8"))


def _teams() -> dict[str, Team]:
    """The team that takes each topic."""
    takes: dict[str, Team] = {}
    for position, entry in enumerate(read("teams")):
        team = db.session.scalar(Team.by_slug(entry["slug"]))
        if team is None:
            team = Team(slug=entry["slug"], names=entry["names"], position=position)
            db.session.add(team)
        takes |= dict.fromkeys(entry["topics"], team)
    return takes


def _topics(teams: dict[str, Team]) -> None:
    rules = read("topic_rules")
    known = Topic.everything()
    for position, entry in enumerate(read("taxonomy")["axis_topic"]):
        shared = {
            "restricted": entry["id"] in rules["restricted"],
            "answer_days": rules["answer_days"][entry["id"]],
        }
        if entry["id"] not in known:
            db.session.add(
                Topic(
                    id=entry["id"],
                    names=entry["names"],
                    counts=entry["counts"],
                    not_this=entry["not_this"],
                    position=position,
                    team=teams[entry["id"]],
                    **shared,
                )
            )
            db.session.flush()
        for below, part in enumerate(entry["subtopics"]):
            whole = f"{entry['id']}/{part['id']}"
            if whole not in known:
                db.session.add(
                    Topic(
                        id=whole,
                        parent_id=entry["id"],
                        names=part["names"],
                        position=below,
                        **shared,
                    )
                )


def _intents() -> None:
    for position, entry in enumerate(read("intents")):
        if db.session.get(Intent, entry["id"]) is None:
            db.session.add(Intent(position=position, **entry))


def _endings() -> None:
    """The first list of dispositions; one that people have added keeps its place."""
    for position, entry in enumerate(read("dispositions")):
        if Ending.named(entry["id"]) is None:
            db.session.add(Ending(position=position, **entry))


def _texts() -> None:
    for position, entry in enumerate([*read("replies"), *read("redirects")]):
        if ReplyTemplate.coded(entry["code"]) is not None:
            continue
        kind = TemplateKind(entry["kind"])
        begun = ReplyTemplate.begin(entry["code"], kind, entry.get("topic"), position=position)
        said = (entry["names"], entry["texts"], entry.get("spoken", {}))
        begun.write(*said, "", by=None, at=now())


def _forms() -> None:
    for position, entry in enumerate(read("forms")):
        if WebForm.coded(entry["code"]) is not None:
            continue
        form = WebForm(
            code=entry["code"],
            topic_id=entry["topic"],
            intent_id=entry["intent"],
            position=position,
        )
        db.session.add(form)
        db.session.flush()
        WebFormVersion.begin(form, entry["names"], entry["introductions"], entry["fields"])


def _notices() -> None:
    for entry in read("notices")["texts"]:
        if NoticeText.standing(entry["kind"]) is None:
            NoticeText.write(
                entry["kind"], None, entry["subjects"], entry["texts"], told=True, by=None, at=now()
            )


def _mailbox(settings: Settings) -> None:
    if db.session.scalar(Mailbox.everything().limit(1)) is None:
        db.session.add(Mailbox(name="contact", address=f"contact@{settings.mail_domain}"))
