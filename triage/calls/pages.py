"""The blueprint on which all pages of the telephone hang."""

from flask import Blueprint

pages = Blueprint("calls", __name__, url_prefix="/calls")
