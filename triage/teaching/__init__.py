"""How people teach the classifier: what it is unsure of, doubtful labels, topics, its versions."""

from flask import Blueprint

from triage.teaching import doubts, review, tone, topics, versions

pages = Blueprint("teaching", __name__, url_prefix="/classifier")
for section in (versions, review, doubts, topics, tone):
    pages.register_blueprint(section.pages)
