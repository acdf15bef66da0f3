"""Topics as they are taught: a new one in a minute, its examples, its end."""

from flask import Blueprint

pages = Blueprint("topics", __name__)
