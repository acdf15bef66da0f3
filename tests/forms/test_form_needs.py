"""What a form offers and still needs follows from its measure."""

from datetime import date

from models.measure import Measure, MeasureVersion
from models.web_form import WebForm, WebFormVersion
from triage.application import Passerelle
from triage.forms.documents import code_of, missing, wanted
from triage.forms.fields import Kind, fields_of
from triage.forms.periods import periods, quarters_open
from triage.forms.reading import check

DAY = date(2026, 5, 4)


def measure(**said: object) -> MeasureVersion:
    return MeasureVersion(
        measure=Measure(code="m", topic_id="bridging_right"),
        version=1,
        **{"quarters": [], "rules": [], "documents": [], "names": {}} | said,
    )


def version(code: str) -> WebFormVersion:
    form = WebForm.coded(code)
    assert form is not None
    return WebFormVersion.current(form)


def test_the_quarters_are_those_whose_window_is_open(app: object) -> None:
    rule = {"names": {"en": "Request"}, "due": "request_by", "start": "quarter_end", "quarters": 2}
    open_ = quarters_open(measure(rules=[rule]), DAY)
    assert [str(one) for one in open_] == ["2026/2", "2026/1", "2025/4"]


def test_a_measure_that_names_its_quarters_offers_only_those(app: object) -> None:
    offered = periods(measure(quarters=["2020/1", "2020/2"]), "nl", DAY)
    assert [one.label for one in offered[Kind.QUARTERS]] == ["K2 2020", "K1 2020"]


def test_months_have_begun_and_lie_within_the_measure(app: object) -> None:
    offered = periods(measure(valid_from=date(2026, 3, 15)), "en", DAY)
    assert [one.value for one in offered[Kind.MONTHS]] == ["2026-05", "2026-04", "2026-03"]


def test_nobody_must_choose_a_month_where_none_is_open(app: Passerelle) -> None:
    over = periods(measure(quarters=["2027/1"]), "en", DAY)
    fields = fields_of(version("bridging-right"), "en", over)
    typed = {"months": ["2026-05"]}
    assert over[Kind.MONTHS] == []
    with app.test_request_context():
        assert "months" not in check(fields, {}, {}).mistakes | check(fields, typed, {}).mistakes


def test_what_the_form_answers_itself_is_no_missing_document(app: object) -> None:
    papers = [
        {"en": "Application form", "fr": "Formulaire de demande"},
        {"en": "With family charge: annex from the health fund"},
        {"en": "Your own bank account (not the company's)"},
        {"en": "Proof of the interruption"},
    ]
    found = wanted(version("bridging-right"), measure(documents=papers))
    assert [one.code for one in found] == [
        "with-family-charge-annex-from-the-health-fund",
        "proof-of-the-interruption",
    ]
    alone = missing(found, {"family": "no"}, ())
    assert [one["code"] for one in alone] == ["proof-of-the-interruption"]
    assert missing(found, {"family": "no"}, {"proof-of-the-interruption"}) == []


def test_a_documents_code_is_plain(app: object) -> None:
    assert code_of({"fr": "Attestation de la mutuelle (été)"}) == "attestation-de-la-mutuelle-ete"
