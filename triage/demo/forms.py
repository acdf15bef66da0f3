"""Web forms that came in lately: complete, with something missing, and one that wants a call."""

from datetime import datetime, timedelta
from typing import Any

from models.base import transaction
from models.calendar import business_day
from models.web_form import WebForm, WebFormVersion
from models.web_form_draft import SentFile
from triage.config import Settings
from triage.forms import sending
from triage.forms.asked import Asked
from triage.forms.documents import missing
from triage.intake import reading

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
WHO = "name", "email", "phone", "enterprise_number"
SENT: tuple[tuple[str, str, int, tuple[str, ...], dict[str, Any], tuple[str, ...]], ...] = (
    (
        "bridging-right",
        "fr",
        190,
        ("Louise Delvaux", "louise.delvaux@example.be", "+32475550101", "0403019261"),
        {
            "national_number": "85.07.30-033.28",
            "reason": "economic",
            "sector": "Fleuriste",
            "family": "yes",
            "other_income": "no",
            "iban": "BE71 0961 2345 6769",
            "text": "Je n’ai presque plus de commandes depuis deux mois.",
        },
        ("proof-of-the-interruption-or-cessation",),
    ),
    (
        "deferral",
        "nl",
        150,
        ("Wim Adriaens", "wim.adriaens@example.be", "+32486550102", "0403019261"),
        {
            "address": "Kerkstraat 12, 9000 Gent",
            "business": "Schilderwerken Adriaens, Gent",
            "cause": "Twee grote klanten betalen niet. Ik kan dit kwartaal pas later betalen.",
        },
        (),
    ),
    (
        "exemption",
        "de",
        95,
        ("Karin Hansen", "karin.hansen@example.be", "", ""),
        {
            "cause": "Seit dem Brand in meiner Werkstatt habe ich kein Einkommen mehr.",
            "family": "no",
            "other_income": "no",
            "signed": "yes",
        },
        (),
    ),
    (
        "complaint",
        "fr",
        40,
        ("Marc Lejeune", "marc.lejeune@example.be", "+32475550104", ""),
        {
            "about": "wrong_info",
            "text": "Au téléphone on m’a dit que je ne devais rien envoyer. C’était faux.",
            "call_back": "yes",
            "call_when": "afternoon",
        },
        (),
    ),
)
"""(form, language, minutes ago, who, answers, documents that came along)"""


def furnish(at: datetime, settings: Settings) -> None:
    """As if they had been sent shortly before `at`."""
    for number, (code, language, minutes, who, answers, documents) in enumerate(SENT):
        form = WebForm.coded(code)
        if form is None:
            continue
        sent_at = at - timedelta(minutes=minutes)
        asked = Asked(WebFormVersion.current(form), language, business_day(sent_at))
        whole = {name: value for name, value in zip(WHO, who, strict=True) if value} | answers
        for field in asked.fields:
            if field.several and field.options:
                whole[field.name] = [field.options[0].value]
        filled = sending.Filled(
            version=asked.version,
            language=language,
            answers=whole,
            files=[SentFile("preuve.pdf", "application/pdf", PDF, one) for one in documents],
            missing=missing(asked.documents, whole, documents),
            key=f"of-the-demo-{number}",
        )
        with transaction():
            intake_id, _new = sending.keep(filled, sent_at)
        reading.read_now(intake_id, settings)
