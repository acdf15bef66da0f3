"""The telephone: live calls, the call form, the note that becomes a contact."""

from flask import Blueprint

pages = Blueprint("calls", __name__, url_prefix="/calls")
