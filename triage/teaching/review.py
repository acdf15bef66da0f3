"""The few contacts a day whose label would teach the classifier most."""

from flask import Blueprint

pages = Blueprint("review", __name__)
