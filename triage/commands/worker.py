"""`triage worker`: keeps promises when the bell rings. The classifier is warm before each fork."""

import logging

import click
from redis import Redis
from rq import Worker
from rq.executions import Execution
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer

from models.base import db, now, transaction
from triage import background, logs, promotion, routing
from triage.application import create_app
from triage.bell import QUEUE
from triage.config import Settings
from triage.instance import running

log = logging.getLogger("triage.worker")


class WarmWorker(Worker):
    """Runs only what is on our own list, with a classifier that the parent has loaded."""

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        routing.engine()
        super().fork_work_horse(job, queue)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        if not background.may_run(job):
            log.error("refused a job that is not ours: %r", job.id)
            self.handle_job_failure(job, queue, exc_string="refused", execution=execution)
            return False
        app = background.the_app()
        with app.app_context():
            db.engine.dispose(close=False)  # the parent's connections are not ours
        return bool(super().perform_job(job, queue, execution))


@click.command("worker")
def command() -> None:
    """Work until SIGTERM."""
    settings = running(Settings.from_environment())
    logs.set_up(settings)
    logging.getLogger("rq.worker").setLevel("WARNING")
    app = create_app(settings, worker=True)
    background.serve(app)
    if routing.engine() is None:
        with app.app_context(), transaction():
            promotion.fall_back(at=now())
    routing.engine()
    connection = Redis.from_url(settings.redis_url or "")
    WarmWorker(
        [QUEUE],
        connection=connection,
        serializer=JSONSerializer,
        maintenance_interval=60,
    ).work(logging_level="WARNING")
