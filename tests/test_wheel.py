"""The wheel is the whole product: installed alone, it renders its pages in four languages."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
LEFT_HERE = shutil.ignore_patterns(
    ".*", "tests", "var", "build", "dist", "*.egg-info", "__pycache__", "benchmarks"
)

NEEDED = (
    "triage/templates/public/contact.html",
    "triage/templates/mail/acknowledgement.de.txt",
    "triage/static/app.css",
    "triage/static/app.js",
    "triage/static/icon.svg",
    "triage/catalog/taxonomy.json",
    "triage/catalog/measures.json",
    "triage/demo/contacts_1.jsonl",
    "triage/translations/fr/LC_MESSAGES/messages.mo",
    "triage/translations/nl/LC_MESSAGES/messages.mo",
    "triage/translations/de/LC_MESSAGES/messages.mo",
    "models/common_passwords.txt",
    "models/migrations/env.py",
    "models/migrations/script.py.mako",
    "models/migrations/versions/0001_the_first_schema.py",
    "classifiers/data/labels.json",
    "classifiers/data/starter_a.jsonl",
)

OPEN = """
import json, sys
from pathlib import Path
import classifiers, models, triage
from classifiers.starter import starter
from models import schema
from triage import catalog
from triage.application import create_app
from triage.config import Settings

settings = Settings.from_environment()
schema.upgrade(settings.database_url)
app = create_app(settings)
with app.app_context():
    catalog.load(settings)
browser = app.test_client()
pages = {
    path: [answer.status_code, answer.get_data(as_text=True)]
    for path in ("/login", "/contact?lang=fr", "/contact?lang=nl", "/contact?lang=de",
                 "/static/app.css", "/assets/bootstrap.min.css")
    for answer in [browser.get(path)]
}
homes = [str(Path(package.__file__).parent.parent) for package in (triage, models, classifiers)]
print(json.dumps({"pages": pages, "homes": homes, "texts": len(starter())}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources: nothing is left behind in the tree."""
    directory = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, directory / "sources", ignore=LEFT_HERE)
    run(
        *("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", str(directory / "built"), str(directory / "sources")),
    )
    (built,) = (directory / "built").glob("*.whl")
    return built


def run(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd="/",
        env={**os.environ, "PYTHONSAFEPATH": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_everything_that_ships_is_in_the_wheel(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    assert [name for name in NEEDED if name not in held] == []
    for folder, inside in (("templates", "triage/templates"), ("triage", "triage")):
        written = {
            f"{inside}/{path.relative_to(ROOT / folder)}"
            for path in (ROOT / folder).rglob("*")
            if path.suffix in (".html", ".txt", ".js", ".css", ".svg", ".json", ".jsonl", ".mo")
        }
        assert sorted(written - held) == []


def test_nothing_else_is_in_the_wheel(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "triage",
        "models",
        "classifiers",
    }


def test_pages_are_rendered_from_the_installed_wheel_alone(
    wheel: Path, tmp_path: Path, fresh_database: Callable[[], str], redis_url: str
) -> None:
    home = tmp_path / "site"
    run("-m", "pip", "install", "--quiet", "--no-deps", "--target", str(home), str(wheel))
    told = json.loads(
        run(
            "-c",
            OPEN,
            PYTHONPATH=str(home),
            DATABASE_URL=fresh_database(),
            REDIS_URL=redis_url,
            DATA_DIR=str(tmp_path / "var"),
        )
    )
    assert set(told["homes"]) == {str(home)}
    assert {path: code for path, (code, _text) in told["pages"].items() if code != 200} == {}
    words = {path: text for path, (_code, text) in told["pages"].items()}
    assert "Passerelle" in words["/login"]
    assert "Nous écrire" in words["/contact?lang=fr"]
    assert "Schrijf ons" in words["/contact?lang=nl"]
    assert "Droit passerelle" in words["/contact?lang=fr"]
    assert told["texts"] > 1_000
