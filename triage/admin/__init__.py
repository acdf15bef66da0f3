"""People, teams, topics, mailboxes and what could not be read."""

from flask import Blueprint

pages = Blueprint("admin", __name__, url_prefix="/admin")
