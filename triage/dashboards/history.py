"""How figures went over time: the address asks, a picture, a table and a file answer."""

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.base import db, now
from models.calendar import business_day
from models.intake import Channel
from models.kpi import KPIS
from models.kpi_kinds import DIMENSIONS
from models.policy import Verb
from models.saved_report import SavedReport
from models.team import Team
from models.topic import LANGUAGES
from models.user import User
from triage.accounts import demand
from triage.asked_once import first_topics
from triage.kpi_words import DEFINITIONS, NAMES
from triage.report_asked import Asked, Beside, By, Period
from triage.report_drawing import drawn
from triage.report_sheets import sheets_of
from triage.report_table import file_of, table_of
from triage.report_view import view_of
from triage.report_words import key_name, subject

pages = Blueprint("history", __name__, url_prefix="/history")


@pages.get("")
def index() -> ResponseReturnValue:
    user, at = demand(Verb.SEE_FIGURES), now()
    asked = question()
    view = view_of(asked, user, at)
    answer = make_response(
        render_template(
            "dashboards/history.html",
            view=view,
            drawn=drawn(view),
            table=table_of(view),
            definition=DEFINITIONS.get(view.kpi.code, ""),
            reports=[one for one in reports_of(user) if one.changed_by(user)],
            today=business_day(at),
            **choices(asked),
        )
    )
    answer.headers["HX-Push-Url"] = url_for("dashboards.history.index", **asked.query())
    return answer


@pages.get("/table.csv")
def table_file() -> ResponseReturnValue:
    user = demand(Verb.SEE_FIGURES)
    view = view_of(question(), user, now())
    return csv_answer(file_of([(subject(view), view)]), f"{view.kpi.code}-{view.days.last}")


@pages.get("/print")
def on_paper() -> ResponseReturnValue:
    """The same for print."""
    user, at = demand(Verb.SEE_FIGURES), now()
    view = view_of(question(), user, at)
    return render_template(
        "dashboards/report_print.html",
        name=subject(view),
        sheets=sheets_of([("", view)]),
        at=at,
        back=url_for("dashboards.history.index", **question().query()),
    )


def question() -> Asked:
    """What the address asks. Days that were typed are days of one's choice."""
    said = request.args.to_dict()
    if "shown" in said and said["shown"] != f"{said.get('first')} {said.get('last')}":
        said["period"] = Period.FREE.value
    return Asked.read(said, KPIS)


def choices(asked: Asked) -> dict[str, object]:
    """What the filter offers; a cut that the figure is not known by is not offered."""
    figure = KPIS[asked.kpi]
    teams = db.session.scalars(Team.in_order()).all()
    offered = {
        "channel": [channel.value for channel in Channel],
        "topic": [topic.id for topic in first_topics()],
        "team": [str(team.id) for team in teams],
        "language": list(LANGUAGES),
    }
    return {
        "asked": asked,
        "kpis": NAMES,
        "periods": list(Period),
        "bys": list(By),
        "besides": list(Beside),
        "splits": [name for name in DIMENSIONS if name in figure.cuts and figure.values is None],
        "cuts": {
            name: [(key, key_name(name, key)) for key in keys]
            for name, keys in offered.items()
            if name in figure.cuts
        },
    }


def reports_of(user: User) -> list[SavedReport]:
    return list(db.session.scalars(SavedReport.seen_by(user)))


def csv_answer(text: str, name: str) -> Response:
    answer = Response(text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
