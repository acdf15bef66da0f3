"""/metrics in Prometheus's own words, and who may read them."""

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from models.base import transaction
from tests.people import Browser, House, amelie
from triage.application import Passerelle
from triage.config import Environment

PROMISED = {
    "triage_contacts": "counter",
    "triage_tickets_open": "gauge",
    "triage_backlog_oldest_seconds": "gauge",
    "triage_first_response_seconds": "histogram",
    "triage_classifier_decisions": "counter",
    "triage_classifier_corrections": "counter",
    "triage_problem_alarms": "counter",
    "triage_mail_received": "counter",
    "triage_mail_loops_blocked": "counter",
    "triage_jobs": "counter",
    "triage_job_queue_depth": "gauge",
    "triage_outbox_oldest_seconds": "gauge",
    "triage_outbound_mail": "counter",
    "triage_calls": "counter",
    "triage_callbacks_open": "gauge",
    "triage_http_request_seconds": "histogram",
}


def families(browser: Browser):
    return {one.name: one for one in text_string_to_metric_families(browser.get("/metrics").text)}


def test_every_promised_metric_is_there_with_its_kind(client: Browser):
    assert PROMISED.items() <= {name: one.type for name, one in families(client).items()}.items()


def test_a_mail_that_was_read_and_answered_is_counted(client: Browser, house: House):
    ticket = house.ticket(house.write(amelie, "Je demande le droit passerelle pour mai."))
    with transaction():
        house.answer(ticket)
    found = families(client)
    received = found["triage_mail_received"].samples
    assert [one.value for one in received if one.labels["state"] == "read"] == [1.0]
    [count] = [
        one.value
        for one in found["triage_first_response_seconds"].samples
        if one.name.endswith("_count")
    ]
    assert count == 1.0


def test_routes_are_measured_by_their_pattern(client: Browser):
    client.get("/status/whatever-somebody-guessed")
    [routes] = [families(client)["triage_http_request_seconds"].samples]
    seen = {one.labels["route"] for one in routes}
    assert any("<" in route for route in seen)
    assert not any("guessed" in route for route in seen)


@pytest.mark.parametrize(
    ("said", "status"),
    [("", 403), ("Bearer wrong", 403), ("Bearer for-the-monitoring", 200)],
    ids=["nothing", "wrong", "right"],
)
def test_a_token_guards_the_metrics(app: Passerelle, client: Browser, said: str, status: int):
    app.extensions["settings"] = replace(
        app.extensions["settings"], metrics_token="for-the-monitoring"
    )
    assert client.get("/metrics", headers={"Authorization": said}).status_code == status


@pytest.mark.parametrize(
    ("address", "status"), [("127.0.0.1", 200), ("192.0.2.7", 403)], ids=["here", "elsewhere"]
)
def test_production_answers_its_own_machine_only(
    app: Passerelle, client: Browser, address: str, status: int
):
    app.extensions["settings"] = replace(app.extensions["settings"], app_env=Environment.PRODUCTION)
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": address}).status_code == status
