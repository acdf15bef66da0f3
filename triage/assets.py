"""Bootstrap, icons and htmx from their packages, served from this house and nowhere else."""

from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory

pages = Blueprint("assets", __name__, url_prefix="/assets")


def _folder(package: str, inside: str) -> Path:
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / inside


FILES = {
    "bootstrap.min.css": ("flask_bootstrap", "static/bootstrap5/css"),
    "bootstrap.bundle.min.js": ("flask_bootstrap", "static/bootstrap5/js"),
    "bootstrap.min.js": ("flask_bootstrap", "static/bootstrap5/js"),
    "popper.min.js": ("flask_bootstrap", "static/bootstrap5/umd"),
    "bootstrap-icons.min.css": ("flask_bootstrap", "static/bootstrap5/css/font"),
    "bootstrap-icons.woff2": ("flask_bootstrap", "static/bootstrap5/css/font/fonts"),
    "bootstrap-icons.woff": ("flask_bootstrap", "static/bootstrap5/css/font/fonts"),
    "htmx.min.js": ("js_lib_htmx", "static/htmx"),
}


@pages.get("/<name>")
@pages.get("/fonts/<name>", endpoint="font")
def file(name: str) -> Response:
    """One file of a package; only the listed ones are ever read."""
    if name not in FILES:
        abort(404)
    response = send_from_directory(_folder(*FILES[name]), name, max_age=86_400)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
