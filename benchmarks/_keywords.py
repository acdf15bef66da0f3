"""What a list of keywords would do: the first notion that a text names decides.

It uses the classifier's own notions in a fixed order, so it profits from the same vocabulary.
"""

from collections.abc import Sequence

import numpy as np

from benchmarks._judging import Answer
from classifiers import notions
from classifiers.engine import Decision, Example
from classifiers.language import detect
from classifiers.text import opening, vocabulary_form

# Named measures before matters before services.
TOPIC_OF_NOTION = {
    "bridging_right": "bridging_right", "deferral": "deferral", "exemption": "exemption",
    "waiver": "payment_difficulty", "surcharge": "payment_difficulty",
    "instalments": "payment_difficulty", "recovery": "payment_difficulty",
    "cannot_pay": "payment_difficulty", "privacy": "privacy", "national_number": "privacy",
    "breach": "privacy", "supplementary_pension": "pension", "survivor": "pension",
    "pension": "pension", "foreign_scheme": "out_of_scope", "unemployment": "out_of_scope",
    "staff": "out_of_scope", "disability": "out_of_scope", "tax_certificate": "contributions",
    "assimilation": "incapacity", "mutuality": "incapacity", "sick": "incapacity",
    "vouchers": "family", "maternity": "family", "birth_leave": "family", "carer": "family",
    "child_benefit": "family", "parental": "family", "quarantine": "bridging_right",
    "bankruptcy": "cessation", "cessation": "cessation", "provisional": "contribution_adjustment",
    "increase": "contribution_adjustment", "starter": "affiliation", "affiliate": "affiliation",
    "side_activity": "affiliation", "student": "affiliation", "abroad": "affiliation",
    "address": "file_admin", "bank_account": "file_admin", "portal": "file_admin",
    "mandate": "file_admin", "certificate": "file_admin", "vat": "business_counter",
    "counter": "business_counter", "unreachable": "complaint", "complaint": "complaint",
    "wrong_information": "complaint", "regional": "other_support", "opening": "other_support",
    "support": "other_support", "turnover": "bridging_right", "tax": "out_of_scope",
    "contribution": "contributions", "statement": "contributions", "refund": "contributions",
    "due_date": "contributions", "direct_debit": "contributions", "pay": "contributions",
}  # fmt: skip
INTENT_OF_NOTION = {
    "complaint": "complain", "contest": "contest_decision", "not_received": "chase_status",
    "call_back": "call_back", "already_paid": "pay_or_report_payment",
    "change_data": "correct_or_update_data", "attached": "supply_document",
    "question": "ask_information", "request": "submit_request",
}  # fmt: skip


def by_keywords(rows: Sequence[Example]) -> list[Answer]:
    forms = [vocabulary_form(opening(row.text, row.subject)) for row in rows]
    spoken = [detect(f"{row.subject} {row.text}") for row in rows]
    named = notions.found(forms, spoken)
    return [_answer(row, named[place], spoken[place]) for place, row in enumerate(rows)]


def _answer(
    row: Example, present: np.ndarray[tuple[int], np.dtype[np.float32]], language: str
) -> Answer:
    named = {notions.names()[place] for place in np.flatnonzero(present)}
    topic = next((topic for notion, topic in TOPIC_OF_NOTION.items() if notion in named), "other")
    intent = next((told for notion, told in INTENT_OF_NOTION.items() if notion in named), "other")
    return Answer(
        row=row,
        ranked=(topic,),
        confidence=1.0,
        decision=Decision.AUTO,
        language=language,
        intent=intent,
    )
