"""What clients see without an account: the form and the status page."""

from flask import Blueprint

pages = Blueprint("public", __name__)
