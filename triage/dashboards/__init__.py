"""Today's numbers, and how they came about."""

from flask import Blueprint

pages = Blueprint("dashboards", __name__, url_prefix="/dashboard")
