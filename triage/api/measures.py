"""Measures by REST: what may be answered today, and what held before."""

from typing import Any

from apiflask import APIBlueprint, Schema, fields
from flask import url_for
from marshmallow import RAISE, validate

from models.api_token import Scope
from models.base import db, now
from models.calendar import business_day
from models.measure import Measure, MeasureVersion
from triage.api.asking import asks
from triage.api.door import Problem
from triage.api.leaf import leaf_shown
from triage.api.seen import Shown
from triage.api.shapes import LeafQuery, day, leaf_of, several, whole, words, yes

pages = APIBlueprint("measures", __name__, tag="Measures")


class MeasureVersionShape(Schema):
    """What a measure says from one day to another."""

    version = whole()
    name = fields.Dict(required=True, metadata={"description": "By language."})
    answer = fields.Dict(
        required=True, metadata={"description": "The answer that may be given, by language."}
    )
    confirmed = yes("Whether the answer is confirmed.")
    valid_from = day()
    valid_to = day()
    request_by = day("The last day on which it can be asked for.")
    pay_by = day()
    last_verified = day()
    source = words()
    replaced = yes("A later version corrected it.")


class MeasureShape(Schema):
    """A dated rule of the outside world."""

    code = words()
    href = words()
    topic = words()
    current = fields.Nested(
        MeasureVersionShape,
        required=True,
        allow_none=True,
        metadata={"description": "What holds today."},
    )


class WholeMeasureShape(MeasureShape):
    """A measure with every version, the newest first."""

    versions = several(MeasureVersionShape)


MeasureLeaf = leaf_of(MeasureShape, "MeasureLeaf")


class MeasureQuery(LeafQuery):
    """Which measures."""

    topic = fields.String(validate=validate.Length(1, 80))


@pages.get("/measures")
@asks(Scope.MEASURES_READ)
@pages.input(MeasureQuery, location="query", unknown=RAISE)
@pages.output(MeasureLeaf)
@pages.doc(operation_id="listMeasures")
def index(query_data: dict[str, Any]) -> Any:
    """List the measures in force today"""
    query = MeasureVersion.holding_on(business_day(now()))
    if topic := query_data.get("topic"):
        query = query.where(MeasureVersion.measure.has(Measure.topic_id == topic))
    order = (MeasureVersion.measure_id, MeasureVersion.id)

    def show(rows: list[MeasureVersion]) -> list[Shown]:
        return [measure_shown(one.measure, one) for one in rows]

    return leaf_shown(MeasureVersion, query, order, query_data, show)


@pages.get("/measures/<code>")
@asks(Scope.MEASURES_READ, refuses=(404,))
@pages.output(WholeMeasureShape)
@pages.doc(operation_id="readMeasure")
def show(code: str) -> Any:
    """Read a measure with all its versions"""
    measure = Measure.coded(code)
    if measure is None:
        raise Problem(404, "There is no such measure.")
    current = MeasureVersion.holding_for(measure.id, business_day(now()))
    versions = db.session.scalars(MeasureVersion.of_measure(measure.id))
    return measure_shown(measure, current) | {"versions": [version_shown(one) for one in versions]}


def measure_shown(measure: Measure, current: MeasureVersion | None) -> Shown:
    return {
        "code": measure.code,
        "href": url_for("api.measures.show", code=measure.code),
        "topic": measure.topic_id,
        "current": version_shown(current) if current is not None else None,
    }


def version_shown(version: MeasureVersion) -> Shown:
    same = ("version", "confirmed", "valid_from", "valid_to", "request_by", "pay_by")
    return {
        **{name: getattr(version, name) for name in (*same, "last_verified", "source")},
        "name": version.names,
        "answer": version.answers,
        "replaced": version.replaced_by_id is not None,
    }
