"""Programs that post at the same moment, each as the docs advise: who is told 503 asks again."""

import json
import threading
import time
import urllib.error
import urllib.request
from typing import Any

TURNS = 20


def post_at_once(
    times: int, url: str, said: dict[str, Any], headers: dict[str, str]
) -> list[tuple[int, Any]]:
    """Status and body of every answer, in the order in which they came."""
    answers: list[tuple[int, Any]] = []

    def post() -> None:
        answers.append(_answered(urllib.request.Request(url, json.dumps(said).encode(), told)))

    told = headers | {"Content-Type": "application/json"}
    threads = [threading.Thread(target=post) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _answered(question: urllib.request.Request) -> tuple[int, Any]:
    for _ in range(TURNS):
        try:
            with urllib.request.urlopen(question, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            if refusal.code != 503:
                return refusal.code, json.load(refusal)
            time.sleep(float(refusal.headers["Retry-After"]) / 10)
    raise TimeoutError(question.full_url)
