"""The daily screening: today's board, a problem's card, decisions, past days."""

from flask import Blueprint

pages = Blueprint("screening", __name__, url_prefix="/screening")
