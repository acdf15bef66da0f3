"""Labels of which a model that never saw them is sure of the contrary."""

from flask import Blueprint

pages = Blueprint("doubts", __name__)
