"""What a receipt may already say: the approved sentence of a problem, where the case is sure; else
the answer of a measure that is told at once.

Receipts leave before contacts are grouped; then the classifier must be certain of all that makes
the cause, and only one problem may answer to it. In any doubt the receipt says nothing.
"""

from datetime import datetime

from classifiers.engine import Decision, Opinion
from models.calendar import business_day
from models.contact import Contact
from models.intake import Channel
from models.problem import Occurrence, Problem
from models.saying import alike, spoken_in_mail
from models.ticket import Ticket
from models.topic import Topic
from models.web_form import FormSubmission
from triage.known_answers import KnownAnswer, told_at_once

SURE = 0.8
"""The high threshold. Of what was grouped: the placing's score. Of what was not: the probabilities
of its thing and of its symptom, while the topic is sure enough to be routed by the machine alone.
On starter texts of authors whom the model had not read, 39 of 40 that passed were right in all
three (at 0.6 it was 142 of 163), and 7 in 100 cases of the ten commonest causes passed."""
NOTHING = "none"


def sure_case(
    contact: Contact, ticket: Ticket, opinion: Opinion | None, at: datetime
) -> Problem | None:
    """The problem of which this surely is a case, and of which mails may speak."""
    if private(contact.topic_id) or private(ticket.topic_id):
        return None
    placed = Occurrence.of_contact(contact.id)
    if placed is not None:
        sure = placed.by_id is not None or placed.score >= SURE
        return placed.problem if sure and spoken_in_mail(placed.problem, at) else None
    if opinion is None or not certain(opinion) or opinion.topic != contact.topic_id:
        return None
    same = alike(opinion.thing, opinion.symptom, opinion.topic, business_day(at))
    return same[0] if len(same) == 1 and spoken_in_mail(same[0], at) else None


def certain(opinion: Opinion) -> bool:
    """Whether the classifier has hardly a doubt of topic, thing and symptom, and hears no second
    matter beside them."""
    return (
        opinion.decision == Decision.AUTO
        and opinion.second is None
        and NOTHING not in (opinion.thing, opinion.symptom)
        and all(float(opinion.posteriors[axis].max()) >= SURE for axis in ("thing", "symptom"))
    )


def answer_unasked(
    contact: Contact, opinion: Opinion | None, language: str, at: datetime
) -> KnownAnswer | None:
    """The nearest measure that somebody lets be told at once, where the matter is beyond doubt."""
    if contact.topic_id is None or private(contact.topic_id) or not plain_matter(contact, opinion):
        return None
    said = told_at_once(contact.topic_id, contact.subtopic_id, language, business_day(at))
    return next((one for one in said if one.words), None)


def plain_matter(contact: Contact, opinion: Opinion | None) -> bool:
    """Whether the client chose it by a form, or the machine may route it alone."""
    if contact.channel == Channel.FORM:
        sent = FormSubmission.of_contact(contact.id)
        if sent is not None and sent.form.topic == contact.topic_id:
            return True
    return (
        opinion is not None
        and opinion.decision == Decision.AUTO
        and opinion.second is None
        and opinion.topic == contact.topic_id
    )


def private(topic_id: str | None) -> bool:
    """Whether it is about health or privacy: of these no mail says anything by itself."""
    topic = Topic.named(topic_id)
    return topic is not None and topic.restricted
