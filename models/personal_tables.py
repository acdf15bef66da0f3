"""The map itself, as data: tables, what leads from a row to a person, and columns with their kind.

A column without a kind holds words; what is not named here must be a code, a number or a time.
"""

OF_CLIENTS: dict[str, tuple[str, bool, str]] = {
    "client": ("id", False, "name:name remark"),
    "client_address": ("client_id", True, "address:address"),
    "client_number": ("client_id", True, "e164:number raw:number extension:number"),
    "client_identifier": (
        "client_id",
        True,
        "sealed:identifier digest:derived masked:identifier",
    ),
    "client_merge": ("from_id into_id", False, "before"),
    "client_split": ("contact_id ticket_id", False, "wanted"),
    "mandate": ("client_id representative_id", False, "proof"),
    "represented": ("contact_id client_id ticket_id", False, "part files:file"),
    "contact": (
        "id",
        False,
        "sender:address subject text new_text message_id:address in_reply_to:address "
        "copies:address content_hash:derived defects fields search:derived",
    ),
    "intake": ("id", False, "envelope:address last_error"),
    "intake_raw": ("intake_id", True, "sealed"),
    "form_submission": ("contact_id intake_id", False, "answers missing"),
    "attachment": ("contact_id", True, "name:file"),
    "prediction": (
        "contact_id",
        False,
        "urgency_reasons dissatisfied_reasons reasons neighbours identifiers:identifier",
    ),
    "contact_signal": ("contact_id", True, "content_hash:derived posteriors:derived"),
    "search_key": ("contact_id", True, "digest:derived"),
    "lesson": ("contact_id", True, "text"),
    "occurrence": ("contact_id", False, "reason"),
    "flag": ("ticket_id contact_id", False, "line"),
    "ticket": ("id", False, "subject preview told burst_of:address"),
    "ticket_merge": ("from_id into_id", False, "before"),
    "note": ("ticket_id", False, "text search:derived"),
    "note_file": ("note_id", True, "name:file"),
    "draft": ("ticket_id", True, "sealed page fields"),
    "macro_run": ("ticket_id", False, "before"),
    "document_request": ("ticket_id", False, "why untold"),
    "prepared_answer": ("ticket_id", False, "text why"),
    "message": (
        "id",
        False,
        "recipient:address subject text in_reply_to:address reference_ids:address sent_back "
        "as_written last_error search:derived",
    ),
    "message_file": ("message_id", True, "name:file"),
    "notice": ("client_id ticket_id", False, "file_reference:identifier said sealed why"),
    "mailing_recipient": (
        "client_id ticket_id",
        False,
        "address:address name:name fields why ended",
    ),
    "opt_out": ("client_id", True, "address:address"),
    "call": (
        "id",
        False,
        "caller:number caller_e164:number called:number diverted_from:number rung cause",
    ),
    "call_draft": ("client_id call_id", True, "fields"),
    "call_event": ("id", True, "body:number"),
    "callback": (
        "client_id ticket_id contact_id call_id",
        False,
        "e164:number raw_number:number reason reasons note outcome_note deed",
    ),
    "callback_attempt": ("callback_id contact_id", False, "note number:number"),
    "wrap_up": ("call_id contact_id ticket_id", False, "told promise"),
    "event": ("client_id ticket_id contact_id", False, "facts"),
    "data_import_row": ("client_id ticket_id", False, "external_id:identifier reason facts"),
    "external_reference": (
        "client_id ticket_id contact_id",
        True,
        "external_id:identifier",
    ),
    "webhook_delivery": ("ticket_id", False, "body"),
    "legal_hold": ("client_id ticket_id", False, "reason"),
    "erasure": ("client_id", False, "reason error"),
}
"""Table: (what leads to the person, whether the rows go, the columns)."""

HOUSE: dict[str, str] = {
    "action": "what owner_name:name owner_email:address blocked_why verdict_figures",
    "api_answer": "headers sealed",
    "backup": "error",
    "blocked_number": "e164:number reason",
    "bulk_change": "change before",
    "call_round": "name who scripts changed",
    "data_export": "asked file_name:file file_place:file error",
    "data_import": "file_name:file file_place:file pieces:derived asked error",
    "decision": "reason",
    "escalation": "reason",
    "external_event": "text",
    "form_draft": "sealed",
    "form_draft_file": "name:file sealed",
    "info_feedback": "missing",
    "info_gap": "ref why",
    "info_search": "words",
    "likeness": "evidence",
    "link_wish": "address:address",
    "mailing": "name audience sealed subjects texts sent_back last_error",
    "measure_question": "texts answers",
    "notice_batch": "name faults sealed",
    "outbox": "fair_key:address last_error",
    "problem": "titles terms sentence centre:derived centre_before:derived",
    "problem_day": "grounds since_parts",
    "reply_to_all": "texts",
    "retention_rule": "note",
    "retention_run": "error",
    "saved_report": "name asked",
    "saved_view": "name query",
    "screening": "attendees notes frozen place carried sentence",
    "taught": "changed",
    "vector": "content_hash:derived vector:derived",
    "webhook_try": "error",
}
"""Written by the house; a client can be named or quoted in it, or it holds many people at once."""

OF_STAFF: dict[str, str] = {
    "absence": "note released",
    "api_token": "name:name",
    "login_try": "login:name remote_address:number",
    "person_move": "note",
    "second_factor": "sealed_secret",
    "signature": "text",
    "user": "login:name name:name email:address phone_extension:number presence_note",
    "user_session": "remote_address:number browser",
}
"""Of the people who work here: an erasure of a client leaves them alone."""

_NOBODY_WORDS = """
    audit audit_check blob closing_day correction daily_figure doubt ending entry_link exchange
    forecast forecast_run grouping_constraint half_hour_counter handling_time helped idempotency_key
    identity_check info_page info_page_problem info_page_version info_view intent job_slot look
    macro mail_account mail_text mailbox measure measure_version membership model_version newcomer
    notice_text opening_hours processing_activity promotion recovery_code release reply_template
    reply_template_version report_schedule report_sending review_pick roster_file second_reader
    service_level setting shift sign_in_refusal stale_day team ticket_contact ticket_file
    ticket_link topic viewer web_form web_form_version webhook
"""
NOBODY = frozenset(_NOBODY_WORDS.split())
"""Counts, codes, catalogs and the house's own texts; the chain of the audit holds no words of or
about clients, only fingerprints (`models/wordless.py`)."""

_CODES_WORDS = """
    kind state status channel language adapter direction event source level cause outcome matched_by
    rule form digest sha256 once key result choice before how deed version disposition
    spoken_language subtopic_id decision automatic queue call_id original_call_id status_key
    attention deadline_name deadline_quarter model_version encoder topic_id second_topic_id
    intent_id alternatives content_type misinformed_by engine thing symptom stage trend languages
    channels topics intents teams answer owner_language link_key verdict code names
    uuid pseudonym counts message_id reply_to closes_as wave purpose close_as
    scopes prefix theme density role presence password_hash id_hash lease_owner question
"""
CODES = frozenset(_CODES_WORDS.split()) | {
    "audit.action",
    "backup.place",
    "backup.facts",
    "contact.decision",
    "form_draft_file.document",
    "form_draft_file.place",
    "retention_rule.data_class",
    "retention_run.counts",
}
"""Columns that hold a word of ours and nobody else's, in whichever table."""
