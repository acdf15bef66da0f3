"""What a ticket looks like to other programs."""

from apiflask import Schema

from triage.api.shapes import day, moment, whole, words, yes


class TicketShape(Schema):
    """One matter of one client."""

    id = whole()
    number = words("What people call it; the address of a ticket is made of it.")
    href = words()
    version = whole("Send it back as If-Match when you change the ticket.")
    title = words("Null where it tells of health and your person may not read it.", none=True)
    withheld = yes("Words about health that your person may not read are left out.")
    state = words("new, open, waiting (for the client) or closed")
    disposition = words("How it ended.", none=True)
    channel = words("email, phone, form or post")
    language = words(none=True)
    topic = words(none=True)
    subtopic = words(none=True)
    intent = words(none=True)
    decision = words("How sure the classifier was: auto, preselect, suggest or human.")
    needs_choice = yes("A person must choose its topic.")
    client_id = whole(none=True)
    team_id = whole(none=True)
    assignee_id = whole(none=True)
    client = words("The name; null without `expand=true`, as the next two.", none=True)
    team = words("Its code.", none=True)
    assignee = words("The name.", none=True)
    urgent = yes()
    flagged = yes()
    contacts_count = whole()
    created_at = moment(none=False)
    last_contact_at = moment(none=False)
    due_at = moment("Until when we promise a first answer.")
    first_answer_at = moment("When a person answered first.")
    closed_at = moment()
    snoozed_until = moment()
    deadline_on = day("The last day on which the client can still do something.")
    merged_into = words("The number of the ticket that this one is part of.", none=True)
