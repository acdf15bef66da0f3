"""Work on tickets: my team's list and the ticket page."""

from flask import Blueprint

pages = Blueprint("desk", __name__, url_prefix="/desk")
