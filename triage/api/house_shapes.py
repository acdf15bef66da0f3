"""What the house says of itself to other programs: who asks, its words, its health."""

from apiflask import Schema, fields

from triage.api.shapes import moment, several, whole, words, yes


class MeShape(Schema):
    """In whose name this token speaks, and what it may do."""

    token = words("Its name.")
    scopes = several(fields.String())
    expires_at = moment()
    id = whole("The person's.")
    login = words()
    name = words()
    role = words()
    team_ids = several(fields.Integer())


class TeamShape(Schema):
    """A team, in whose queue tickets wait."""

    id = whole()
    slug = words()
    name = fields.Dict(required=True, metadata={"description": "By language."})


class TopicShape(Schema):
    """What a contact can be about."""

    id = words()
    parent = words(none=True)
    name = fields.Dict(required=True, metadata={"description": "By language."})
    team_id = whole(none=True)


class NamedShape(Schema):
    """A word of the house, with its names."""

    id = words()
    name = fields.Dict(required=True, metadata={"description": "By language."})


class ColleagueShape(Schema):
    """Somebody to whom tickets can be given."""

    id = whole()
    name = words()
    team_ids = several(fields.Integer())


class WordsShape(Schema):
    """The words that other addresses take: all of them are short lists."""

    teams = several(TeamShape)
    topics = several(TopicShape)
    intents = several(NamedShape)
    dispositions = several(NamedShape)
    colleagues = several(ColleagueShape)


class HealthShape(Schema):
    """Whether all is well."""

    healthy = yes()
    message = words()
    issues = several(fields.String())
    actions = several(fields.String())
