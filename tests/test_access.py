"""Who may go where: every route for everybody. A route that is not in the table fails.

The objects behind the addresses are real: the ticket is of Nadia's and Koen's team, so the stranger
must not even learn that it exists.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    aside,
    correspondence,
    info_page_change,
    info_page_reading,
    moving,
    releasing,
    roster,
    saying,
    together,
    webhook_deeds,
)
from models import merge as merging
from models.action import Action, ActionKind
from models.affected import affected
from models.api_token import ApiToken, Scope
from models.base import db, now, transaction
from models.blocked_number import BlockedNumber
from models.bulk_change import BulkChange
from models.calendar import business_day
from models.call import Call, CallState, Exchange
from models.call_draft import CallDraft
from models.call_round import CallRound
from models.call_round_helped import token_of
from models.callback import Callback, CallbackReason
from models.client import Client
from models.client_merge import merge
from models.client_split import ClientSplit
from models.closing_day import ClosingDay
from models.contact import Contact
from models.data_export import DataExport
from models.data_import import DataImport
from models.data_import_row import DataImportRow
from models.decision import Decided, Escalation
from models.document_request import DocumentRequest
from models.draft import Draft, DraftKind
from models.entry_link import EntryLink, Purpose
from models.erasure import Cause, Erasure
from models.event import Event
from models.external_event import EventKind, ExternalEvent
from models.files import Attachment, Blob
from models.flag import Flag
from models.info_gap import InfoGap
from models.intake import Intake, State
from models.keys import ring
from models.legal_hold import LegalHold
from models.lesson import Lesson
from models.likeness import Likeness
from models.macro import Macro, MacroRun, StepKind
from models.mail_text import MailText
from models.mailbox import Mailbox
from models.mailing import Mailing, MailingPurpose, MailingRecipient
from models.mandate import Mandate, Represented
from models.measure import Measure
from models.measure_question import MeasureQuestion
from models.message import Enclosure
from models.model_version import Doubt, ModelVersion, TrainingReason
from models.note import NoteFile
from models.notice import FileEvent, Notice, NoticeKind, NoticeState
from models.notice_batch import NoticeBatch
from models.person_move import PersonMove
from models.placing import place, unplace
from models.prediction import Correction
from models.prepared import PreparedAnswer, ReplyToAll
from models.problem import Occurrence, Problem, ProblemState
from models.reply_template import ReplyTemplate
from models.review import Pick
from models.saved_report import SavedReport
from models.saved_view import SavedView
from models.screening import Screening
from models.service_level import ServiceLevel
from models.teaching import different
from models.team import Team
from models.ticket import Ticket
from models.ticket_list import TicketFilter
from models.topic import Topic
from models.user import Role, User
from models.web_form import FormSubmission, WebForm, WebFormVersion
from models.wrap_up import WrapUp
from tests.people import Browser, House, amelie
from triage import application, letters, owners
from triage.mailing_sending import unsubscribe_token
from triage.public import info_feedback

AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
MARK = "Zonnebloem"
"""A word of the client's: it may stand on no page of a person who may not see the ticket."""

SIGN_IN, NO, HIDDEN, YES = "must sign in", "may not", "is not told that it exists", "may"

SHOWS_WORDS = {"screening.board", "screening.reading", "screening.problem"}
"""The meeting reads what clients say, without saying who."""
SHOWS_WHAT_COULD_NOT_BE_READ = {"admin.quarantine.index", "admin.quarantine.raw"}
LEADS_TO_THE_DOOR = {
    "accounts.home",
    "accounts.logout",
    "second_step.answer",
    "second_step.ask",
    "second_step.enrol",
    "second_step.enrolled",
}

PEOPLE = ("nobody", "nadia", "stranger", "koen", "ingrid", "ada")


def allowed(nobody: str, nadia: str, stranger: str, koen: str, ingrid: str, ada: str) -> Any:
    return dict(zip(PEOPLE, (nobody, nadia, stranger, koen, ingrid, ada), strict=True))


EVERYBODY = allowed(YES, YES, YES, YES, YES, YES)
SIGNED_IN = allowed(SIGN_IN, YES, YES, YES, YES, YES)
WHO_WORKS = allowed(SIGN_IN, YES, YES, YES, YES, NO)
WHO_SEES_THE_TICKET = allowed(SIGN_IN, YES, HIDDEN, YES, YES, NO)
WHO_WROTE_THE_ANSWER = allowed(SIGN_IN, YES, HIDDEN, HIDDEN, HIDDEN, NO)
WHO_TAKES_THE_CALL = WHO_WROTE_THE_ANSWER
WHO_MARKS_ABSENT = allowed(SIGN_IN, YES, NO, YES, YES, NO)
WHO_READS_FOR_THE_AUTHOR = allowed(SIGN_IN, HIDDEN, HIDDEN, YES, YES, NO)
WHO_READ_THE_ANSWER = allowed(SIGN_IN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, NO)
WHO_GUIDES = allowed(SIGN_IN, NO, NO, YES, YES, YES)
WHO_LEADS = allowed(SIGN_IN, NO, NO, YES, YES, NO)
WHO_BRINGS_A_REPORT_BACK = allowed(SIGN_IN, HIDDEN, HIDDEN, YES, YES, HIDDEN)
WHO_ERASES = allowed(SIGN_IN, NO, NO, NO, YES, YES)
WHO_ERASES_WHAT_SHE_SEES = allowed(SIGN_IN, NO, NO, NO, YES, HIDDEN)
WHO_READS_QUARANTINE = allowed(SIGN_IN, NO, NO, YES, YES, YES)
ADMINISTRATORS = allowed(SIGN_IN, NO, NO, NO, NO, YES)
WHO_ASKED_FOR_THE_EXPORT = allowed(SIGN_IN, HIDDEN, HIDDEN, YES, HIDDEN, HIDDEN)
WHO_HAS_A_KEY = allowed(SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN)
"""A program, never a person: whoever is signed in in a browser is nobody there."""

TABLE = {
    "accounts.home": EVERYBODY,
    "accounts.login": EVERYBODY,
    "accounts.sign_in": EVERYBODY,
    "accounts.speak": EVERYBODY,
    "accounts.change_password": SIGNED_IN,
    "accounts.end_other_sessions": SIGNED_IN,
    "accounts.end_session": SIGNED_IN,
    "accounts.logout": EVERYBODY,
    "accounts.myself": SIGNED_IN,
    "accounts.prefer": SIGNED_IN,
    "second_step.answer": EVERYBODY,
    "second_step.ask": EVERYBODY,
    "second_step.begin": SIGNED_IN,
    "second_step.by_link": EVERYBODY,
    "second_step.choose_password": EVERYBODY,
    "second_step.confirm": SIGNED_IN,
    "second_step.end": SIGNED_IN,
    "second_step.enrol": EVERYBODY,
    "second_step.enrolled": EVERYBODY,
    "second_step.fresh_codes": SIGNED_IN,
    "second_step.show": SIGNED_IN,
    "admin.endings.add": ADMINISTRATORS,
    "admin.endings.date_": ADMINISTRATORS,
    "admin.endings.index": ADMINISTRATORS,
    "admin.endings.move": ADMINISTRATORS,
    "admin.endings.rename": ADMINISTRATORS,
    "admin.audit.index": ADMINISTRATORS,
    "admin.audit.verify": ADMINISTRATORS,
    "admin.settings.index": ADMINISTRATORS,
    "admin.calendar.drop": ADMINISTRATORS,
    "admin.calendar.index": ADMINISTRATORS,
    "admin.calendar.keep": ADMINISTRATORS,
    "admin.entry.end_links": ADMINISTRATORS,
    "admin.entry.end_session": ADMINISTRATORS,
    "admin.entry.end_sessions": ADMINISTRATORS,
    "admin.entry.forget_second_factor": ADMINISTRATORS,
    "admin.entry.invite": ADMINISTRATORS,
    "admin.entry.reset": ADMINISTRATORS,
    "admin.taxonomy.add_part": ADMINISTRATORS,
    "admin.taxonomy.change": ADMINISTRATORS,
    "admin.taxonomy.change_intent": ADMINISTRATORS,
    "admin.taxonomy.intents": ADMINISTRATORS,
    "admin.taxonomy.merge": ADMINISTRATORS,
    "admin.taxonomy.preview": ADMINISTRATORS,
    "admin.taxonomy.resume": ADMINISTRATORS,
    "admin.taxonomy.retire": ADMINISTRATORS,
    "admin.taxonomy.undo": ADMINISTRATORS,
    "admin.together.absences": ADMINISTRATORS,
    "admin.together.join": ADMINISTRATORS,
    "admin.together.part": ADMINISTRATORS,
    "admin.index": WHO_READS_QUARANTINE,
    "admin.doors.connect": ADMINISTRATORS,
    "admin.doors.disconnect": ADMINISTRATORS,
    "admin.doors.exchange": ADMINISTRATORS,
    "admin.doors.exchanges": ADMINISTRATORS,
    "admin.doors.renew": ADMINISTRATORS,
    "admin.doors.set_secret": ADMINISTRATORS,
    "admin.imports.drop": ADMINISTRATORS,
    "admin.imports.example": ADMINISTRATORS,
    "admin.imports.faults": ADMINISTRATORS,
    "admin.imports.index": ADMINISTRATORS,
    "admin.imports.run": ADMINISTRATORS,
    "admin.imports.show": ADMINISTRATORS,
    "admin.imports.take": ADMINISTRATORS,
    "admin.imports.try_out": ADMINISTRATORS,
    "admin.imports.undo": ADMINISTRATORS,
    "admin.mailboxes.add": ADMINISTRATORS,
    "admin.mailboxes.change": ADMINISTRATORS,
    "admin.mailboxes.close": ADMINISTRATORS,
    "admin.mailboxes.fresh": ADMINISTRATORS,
    "admin.mailboxes.index": ADMINISTRATORS,
    "admin.mailboxes.open_": ADMINISTRATORS,
    "admin.mailboxes.show": ADMINISTRATORS,
    "admin.mailboxes.try_incoming": ADMINISTRATORS,
    "admin.mailboxes.try_leaving": ADMINISTRATORS,
    "admin.people.add": ADMINISTRATORS,
    "admin.people.change": ADMINISTRATORS,
    "admin.people.disable": ADMINISTRATORS,
    "admin.people.enable": ADMINISTRATORS,
    "admin.people.give_password": ADMINISTRATORS,
    "admin.people.index": ADMINISTRATORS,
    "admin.people.show": ADMINISTRATORS,
    "admin.outgoing.hold": ADMINISTRATORS,
    "admin.outgoing.index": ADMINISTRATORS,
    "admin.outgoing.let_go": ADMINISTRATORS,
    "admin.outgoing.release": ADMINISTRATORS,
    "admin.promises.give": ADMINISTRATORS,
    "admin.holds.index": WHO_ERASES,
    "admin.holds.lay": WHO_ERASES,
    "admin.holds.lay_again": WHO_ERASES,
    "admin.holds.lift": WHO_ERASES,
    "admin.privacy.agree": WHO_ERASES,
    "admin.privacy.ask": WHO_ERASES,
    "admin.privacy.ask_again": WHO_ERASES,
    "admin.privacy.ask_for_contact": WHO_ERASES_WHAT_SHE_SEES,
    "admin.privacy.client": WHO_ERASES,
    "admin.privacy.index": WHO_ERASES,
    "admin.privacy.refuse": WHO_ERASES,
    "admin.privacy.take_along": WHO_ERASES_WHAT_SHE_SEES,
    "admin.privacy.try_again": WHO_ERASES,
    "admin.register.index": WHO_ERASES,
    "admin.register.say": ADMINISTRATORS,
    "admin.retention.index": ADMINISTRATORS,
    "admin.retention.set_": ADMINISTRATORS,
    "admin.retention.try_": ADMINISTRATORS,
    "admin.promises.index": ADMINISTRATORS,
    "admin.promises.set_hours": ADMINISTRATORS,
    "admin.promises.try_": ADMINISTRATORS,
    "admin.promises.withdraw": ADMINISTRATORS,
    "admin.structure.rule_team": ADMINISTRATORS,
    "admin.quarantine.index": WHO_READS_QUARANTINE,
    "admin.quarantine.put_back": WHO_READS_QUARANTINE,
    "admin.quarantine.raw": WHO_READS_QUARANTINE,
    "admin.quarantine.read": WHO_READS_QUARANTINE,
    "admin.quarantine.read_all": WHO_READS_QUARANTINE,
    "admin.quarantine.settle": WHO_READS_QUARANTINE,
    "admin.people_file.index": ADMINISTRATORS,
    "admin.people_file.example": ADMINISTRATORS,
    "admin.people_file.try_out": ADMINISTRATORS,
    "admin.people_file.add": ADMINISTRATORS,
    "admin.people_file.take_back": ADMINISTRATORS,
    "admin.mail_texts.index": ADMINISTRATORS,
    "admin.mail_texts.show": ADMINISTRATORS,
    "admin.mail_texts.change": ADMINISTRATORS,
    "admin.mail_texts.restore": ADMINISTRATORS,
    "admin.mail_texts.again": ADMINISTRATORS,
    "admin.mail_texts.preview": ADMINISTRATORS,
    "admin.mail_texts.send_to_me": ADMINISTRATORS,
    "admin.signatures.index": ADMINISTRATORS,
    "admin.signatures.preview": ADMINISTRATORS,
    "admin.signatures.write": ADMINISTRATORS,
    "admin.structure.add_team": ADMINISTRATORS,
    "admin.structure.change_topic": ADMINISTRATORS,
    "admin.structure.rename_team": ADMINISTRATORS,
    "admin.structure.teams": ADMINISTRATORS,
    "admin.structure.topic": ADMINISTRATORS,
    "admin.structure.topics": ADMINISTRATORS,
    "admin.tokens.bring_back": ADMINISTRATORS,
    "admin.tokens.index": ADMINISTRATORS,
    "admin.tokens.issue": ADMINISTRATORS,
    "admin.tokens.revoke": ADMINISTRATORS,
    "admin.webhooks.add": ADMINISTRATORS,
    "admin.webhooks.archive": ADMINISTRATORS,
    "admin.webhooks.change": ADMINISTRATORS,
    "admin.webhooks.index": ADMINISTRATORS,
    "admin.webhooks.renew_secret": ADMINISTRATORS,
    "admin.webhooks.restore": ADMINISTRATORS,
    "admin.webhooks.send_again": ADMINISTRATORS,
    "admin.webhooks.send_dead_again": ADMINISTRATORS,
    "admin.webhooks.show": ADMINISTRATORS,
    "admin.webhooks.switch_off": ADMINISTRATORS,
    "admin.webhooks.switch_on": ADMINISTRATORS,
    "admin.webhooks.test": ADMINISTRATORS,
    "admin.wellbeing.classifier": ADMINISTRATORS,
    "admin.wellbeing.health": ADMINISTRATORS,
    "assets.file": EVERYBODY,
    "assets.font": EVERYBODY,
    "call_log.block": WHO_LEADS,
    "call_log.block_again": WHO_LEADS,
    "call_log.blocked": WHO_LEADS,
    "call_log.download": WHO_WORKS,
    "call_log.index": WHO_WORKS,
    "call_log.lift": WHO_LEADS,
    "calls.accept_callback": WHO_SEES_THE_TICKET,
    "calls.begin_round": WHO_LEADS,
    "calls.call_round": WHO_WORKS,
    "calls.close_round": WHO_LEADS,
    "calls.new_round": WHO_LEADS,
    "calls.reopen_round": WHO_LEADS,
    "calls.rewrite_round": WHO_LEADS,
    "calls.round_as_csv": WHO_WORKS,
    "calls.rounds": WHO_WORKS,
    "calls.take_round_back": WHO_LEADS,
    "calls.tell_round": WHO_LEADS,
    "calls.callback": WHO_SEES_THE_TICKET,
    "calls.callback_rules": WHO_LEADS,
    "calls.call_for_problem": WHO_LEADS,
    "calls.callbacks": WHO_WORKS,
    "calls.callbacks_for_problem": WHO_LEADS,
    "calls.callbacks_due": WHO_WORKS,
    "calls.cancel_callback": WHO_SEES_THE_TICKET,
    "calls.change_callback_rules": WHO_LEADS,
    "calls.hand_callback": WHO_SEES_THE_TICKET,
    "calls.keep_conversation": WHO_SEES_THE_TICKET,
    "calls.next_callback": WHO_WORKS,
    "calls.owe_callback": WHO_SEES_THE_TICKET,
    "calls.uncall_for_problem": WHO_LEADS,
    "calls.put_back_callback": WHO_SEES_THE_TICKET,
    "calls.snooze_callback": WHO_SEES_THE_TICKET,
    "calls.take_callback": WHO_SEES_THE_TICKET,
    "calls.try_callback": WHO_SEES_THE_TICKET,
    "calls.undo_callback": WHO_SEES_THE_TICKET,
    "calls.callers": WHO_WORKS,
    "calls.clients": WHO_WORKS,
    "calls.extend": WHO_TAKES_THE_CALL,
    "calls.identify": WHO_WORKS,
    "calls.keep_draft": WHO_WORKS,
    "calls.link": WHO_WORKS,
    "calls.index": WHO_WORKS,
    "calls.live": WHO_WORKS,
    "calls.new": WHO_WORKS,
    "calls.paper": WHO_WORKS,
    "calls.pop": WHO_WORKS,
    "calls.proposal": WHO_WORKS,
    "calls.save": WHO_WORKS,
    "calls.save_paper": WHO_WORKS,
    "calls.settle": WHO_WORKS,
    "calls.state": WHO_WORKS,
    "calls.stream_": WHO_WORKS,
    "calls.take_back": WHO_TAKES_THE_CALL,
    "calls.throw_away": WHO_TAKES_THE_CALL,
    "calls.unlink": WHO_WORKS,
    "calls.withdraw_identity": WHO_WORKS,
    "clients.add_way": WHO_SEES_THE_TICKET,
    "clients.addressee": WHO_SEES_THE_TICKET,
    "clients.confirm_split": WHO_SEES_THE_TICKET,
    "clients.confirm_way": WHO_SEES_THE_TICKET,
    "clients.describe": WHO_SEES_THE_TICKET,
    "clients.doubles": WHO_SEES_THE_TICKET,
    "clients.end_mandate": WHO_SEES_THE_TICKET,
    "clients.give": WHO_SEES_THE_TICKET,
    "clients.hidden": WHO_SEES_THE_TICKET,
    "clients.index": WHO_WORKS,
    "clients.looks": allowed(SIGN_IN, NO, NO, NO, YES, NO),
    "clients.end_news": WHO_SEES_THE_TICKET,
    "clients.move_way": WHO_SEES_THE_TICKET,
    "clients.resume_news": WHO_SEES_THE_TICKET,
    "clients.progress": WHO_SEES_THE_TICKET,
    "clients.propose": WHO_SEES_THE_TICKET,
    "clients.put_together": WHO_SEES_THE_TICKET,
    "clients.remove_way": WHO_SEES_THE_TICKET,
    "clients.represent": WHO_SEES_THE_TICKET,
    "clients.resume_mandate": WHO_SEES_THE_TICKET,
    "clients.reveal_number": WHO_SEES_THE_TICKET,
    "clients.show": WHO_WORKS,
    "clients.take_apart": WHO_SEES_THE_TICKET,
    "clients.take_back": WHO_SEES_THE_TICKET,
    "clients.undo": WHO_SEES_THE_TICKET,
    "dashboards.ahead.backtest": SIGNED_IN,
    "dashboards.ahead.index": SIGNED_IN,
    "dashboards.ahead.say_handling": WHO_LEADS,
    "dashboards.figure": SIGNED_IN,
    "dashboards.history.index": SIGNED_IN,
    "dashboards.history.on_paper": SIGNED_IN,
    "dashboards.history.table_file": SIGNED_IN,
    "dashboards.index": SIGNED_IN,
    "dashboards.listed": SIGNED_IN,
    "dashboards.refreshed": SIGNED_IN,
    "dashboards.people.bring_back": WHO_LEADS,
    "dashboards.people.index": SIGNED_IN,
    "dashboards.people.listed": SIGNED_IN,
    "dashboards.people.move": WHO_LEADS,
    "dashboards.people.undo_move": WHO_LEADS,
    "dashboards.reports.archive": WHO_LEADS,
    "dashboards.reports.bring_back": WHO_BRINGS_A_REPORT_BACK,
    "dashboards.reports.change": WHO_LEADS,
    "dashboards.reports.copy": SIGNED_IN,
    "dashboards.reports.edit": WHO_LEADS,
    "dashboards.reports.end": WHO_LEADS,
    "dashboards.reports.go_on": WHO_LEADS,
    "dashboards.reports.index": SIGNED_IN,
    "dashboards.reports.keep": SIGNED_IN,
    "dashboards.reports.on_paper": SIGNED_IN,
    "dashboards.reports.pause": WHO_LEADS,
    "dashboards.reports.plan": WHO_LEADS,
    "dashboards.reports.send_now": SIGNED_IN,
    "dashboards.reports.show": SIGNED_IN,
    "dashboards.reports.table_file": SIGNED_IN,
    "dashboards.reports.times": WHO_LEADS,
    "dashboards.roster.add": WHO_LEADS,
    "dashboards.roster.copy": WHO_LEADS,
    "dashboards.roster.faults": WHO_LEADS,
    "dashboards.roster.fill_usual": WHO_LEADS,
    "dashboards.roster.index": SIGNED_IN,
    "dashboards.roster.keep_usual": WHO_LEADS,
    "dashboards.roster.preview": WHO_LEADS,
    "dashboards.roster.remove": WHO_LEADS,
    "dashboards.roster.take_over": WHO_LEADS,
    "dashboards.roster.undo": WHO_LEADS,
    "dashboards.stream": SIGNED_IN,
    "dashboards.wall": SIGNED_IN,
    "dashboards.wall_refreshed": SIGNED_IN,
    "desk.absences": WHO_WORKS,
    "desk.be_there": WHO_WORKS,
    "desk.change_several": WHO_WROTE_THE_ANSWER,
    "desk.change_view": WHO_WROTE_THE_ANSWER,
    "desk.choose_several": WHO_WORKS,
    "desk.end_absence": WHO_MARKS_ABSENT,
    "desk.mark_absence": WHO_WORKS,
    "desk.move_view": WHO_WROTE_THE_ANSWER,
    "desk.remove_view": WHO_WROTE_THE_ANSWER,
    "desk.restore_view": WHO_WROTE_THE_ANSWER,
    "desk.save_view": WHO_WORKS,
    "desk.saved_views": WHO_WORKS,
    "desk.several": WHO_WROTE_THE_ANSWER,
    "desk.ask_document": WHO_SEES_THE_TICKET,
    "desk.document_came": WHO_SEES_THE_TICKET,
    "desk.accept_document": WHO_SEES_THE_TICKET,
    "desk.reject_document": WHO_SEES_THE_TICKET,
    "desk.waive_document": WHO_SEES_THE_TICKET,
    "desk.undo_document": WHO_SEES_THE_TICKET,
    "desk.end_links": WHO_SEES_THE_TICKET,
    "desk.restore_page_links": WHO_SEES_THE_TICKET,
    "desk.snooze": WHO_SEES_THE_TICKET,
    "desk.take_next": WHO_WORKS,
    "desk.unchange_several": WHO_WROTE_THE_ANSWER,
    "desk.unsnooze": WHO_SEES_THE_TICKET,
    "desk.withdraw_absence": WHO_MARKS_ABSENT,
    "desk.be_here": WHO_SEES_THE_TICKET,
    "desk.consider_merge": WHO_SEES_THE_TICKET,
    "desk.consider_split": WHO_SEES_THE_TICKET,
    "desk.discard_draft": WHO_SEES_THE_TICKET,
    "desk.end_together": WHO_SEES_THE_TICKET,
    "desk.keep_draft": WHO_SEES_THE_TICKET,
    "desk.leave": WHO_SEES_THE_TICKET,
    "desk.link": WHO_SEES_THE_TICKET,
    "desk.put_in": WHO_SEES_THE_TICKET,
    "desk.restore_draft": WHO_WROTE_THE_ANSWER,
    "desk.split": WHO_SEES_THE_TICKET,
    "desk.take_apart": WHO_SEES_THE_TICKET,
    "desk.undo_together": WHO_WROTE_THE_ANSWER,
    "desk.unlink": WHO_SEES_THE_TICKET,
    "desk.unsplit": WHO_SEES_THE_TICKET,
    "desk.assign": WHO_SEES_THE_TICKET,
    "desk.attend": WHO_SEES_THE_TICKET,
    "desk.attachment": WHO_SEES_THE_TICKET,
    "desk.choose": WHO_SEES_THE_TICKET,
    "desk.close": WHO_SEES_THE_TICKET,
    "desk.confirm_number": WHO_SEES_THE_TICKET,
    "desk.drawing": WHO_SEES_THE_TICKET,
    "desk.decide_urgency": WHO_SEES_THE_TICKET,
    "desk.flag": WHO_SEES_THE_TICKET,
    "desk.index": WHO_WORKS,
    "searching.index": WHO_WORKS,
    "desk.insertions": WHO_SEES_THE_TICKET,
    "desk.listed": WHO_WORKS,
    "desk.make_its_own": WHO_SEES_THE_TICKET,
    "desk.note": WHO_SEES_THE_TICKET,
    "desk.noted_file": WHO_SEES_THE_TICKET,
    "desk.look_at_health": WHO_SEES_THE_TICKET,
    "desk.mark_health": WHO_SEES_THE_TICKET,
    "desk.look": WHO_SEES_THE_TICKET,
    "desk.hidden_answer": WHO_SEES_THE_TICKET,
    "desk.mail": WHO_SEES_THE_TICKET,
    "desk.original": WHO_SEES_THE_TICKET,
    "desk.reveal_field": WHO_SEES_THE_TICKET,
    "exports.again": WHO_ASKED_FOR_THE_EXPORT,
    "exports.ask": SIGNED_IN,
    "exports.cancel": WHO_ASKED_FOR_THE_EXPORT,
    "exports.delete": WHO_ASKED_FOR_THE_EXPORT,
    "exports.file": allowed(SIGN_IN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN),
    "exports.index": SIGNED_IN,
    "exports.new": SIGNED_IN,
    "exports.show": WHO_ASKED_FOR_THE_EXPORT,
    "desk.hurry": WHO_SEES_THE_TICKET,
    "desk.outgoing": WHO_WORKS,
    "desk.withhold": WHO_SEES_THE_TICKET,
    "desk.picture": EVERYBODY,
    "desk.put_it_back": WHO_SEES_THE_TICKET,
    "desk.put_together": WHO_SEES_THE_TICKET,
    "desk.reopen": WHO_SEES_THE_TICKET,
    "desk.preview": WHO_SEES_THE_TICKET,
    "desk.reply": WHO_SEES_THE_TICKET,
    "desk.send_again": WHO_SEES_THE_TICKET,
    "desk.sent_file": WHO_SEES_THE_TICKET,
    "desk.represent": WHO_SEES_THE_TICKET,
    "desk.sheet": WHO_SEES_THE_TICKET,
    "desk.split_off": WHO_SEES_THE_TICKET,
    "desk.take_back": WHO_WROTE_THE_ANSWER,
    "desk.this_is_the_client": WHO_SEES_THE_TICKET,
    "desk.ticket": WHO_SEES_THE_TICKET,
    "desk.unchoose": WHO_SEES_THE_TICKET,
    "desk.waiting": SIGNED_IN,
    "desk.hold_again": WHO_READ_THE_ANSWER,
    "desk.let_go": WHO_READS_FOR_THE_AUTHOR,
    "desk.offered_macros": WHO_SEES_THE_TICKET,
    "desk.reading": WHO_WORKS,
    "desk.run_macro": WHO_SEES_THE_TICKET,
    "desk.send_back": WHO_READS_FOR_THE_AUTHOR,
    "desk.undo_macro": WHO_WROTE_THE_ANSWER,
    "texts.add": WHO_LEADS,
    "texts.add_macro": WHO_LEADS,
    "texts.allow": WHO_GUIDES,
    "texts.begin": WHO_LEADS,
    "texts.begin_macro": WHO_LEADS,
    "texts.carry_in": WHO_LEADS,
    "texts.carry_out": WHO_LEADS,
    "texts.graduate": WHO_GUIDES,
    "texts.index": WHO_WORKS,
    "texts.macro_list": WHO_WORKS,
    "texts.newcomers": WHO_GUIDES,
    "texts.release": WHO_GUIDES,
    "texts.restore": WHO_LEADS,
    "texts.resume": WHO_LEADS,
    "texts.resume_macro": WHO_LEADS,
    "texts.retire": WHO_LEADS,
    "texts.retire_macro": WHO_LEADS,
    "texts.show": WHO_WORKS,
    "texts.show_macro": WHO_LEADS,
    "texts.welcome": WHO_GUIDES,
    "texts.write": WHO_LEADS,
    "texts.write_macro": WHO_LEADS,
    "exchange.report": EVERYBODY,
    "exchange.sipgate_in": EVERYBODY,
    "exchange.sipgate_out": EVERYBODY,
    "exchange.placetel_event": EVERYBODY,
    "health.alive": EVERYBODY,
    "health.csp_report": EVERYBODY,
    "health.metrics": EVERYBODY,
    "health.ready": EVERYBODY,
    "outreach.feedback.do": WHO_LEADS,
    "outreach.feedback.index": WHO_WORKS,
    "outreach.uses.tell_at_once": WHO_LEADS,
    "outreach.gaps.bring_back": WHO_LEADS,
    "outreach.gaps.download": WHO_WORKS,
    "outreach.gaps.index": WHO_WORKS,
    "outreach.gaps.set_aside": WHO_LEADS,
    "outreach.dossier.compare": WHO_WORKS,
    "outreach.dossier.deeds.archive": WHO_LEADS,
    "outreach.dossier.deeds.bring_back": WHO_LEADS,
    "outreach.dossier.deeds.link": WHO_LEADS,
    "outreach.dossier.deeds.publish": WHO_LEADS,
    "outreach.dossier.deeds.restore": WHO_LEADS,
    "outreach.dossier.deeds.take_back": WHO_LEADS,
    "outreach.dossier.deeds.throw_away": WHO_LEADS,
    "outreach.dossier.deeds.unlink": WHO_LEADS,
    "outreach.dossier.deeds.unschedule": WHO_LEADS,
    "outreach.dossier.index": WHO_WORKS,
    "outreach.dossier.show": WHO_WORKS,
    "outreach.dossier.writing.begin": WHO_LEADS,
    "outreach.dossier.writing.edit": WHO_LEADS,
    "outreach.dossier.writing.new": WHO_LEADS,
    "outreach.dossier.writing.preview": WHO_LEADS,
    "outreach.dossier.writing.save": WHO_LEADS,
    "outreach.index": WHO_WORKS,
    "outreach.mailings.add": WHO_LEADS,
    "outreach.mailings.approval": WHO_WORKS,
    "outreach.mailings.approve": WHO_LEADS,
    "outreach.mailings.ask": WHO_LEADS,
    "outreach.mailings.begin": WHO_LEADS,
    "outreach.mailings.borrow": WHO_LEADS,
    "outreach.mailings.cancel": WHO_LEADS,
    "outreach.mailings.check": WHO_LEADS,
    "outreach.mailings.choose": WHO_LEADS,
    "outreach.mailings.count": WHO_LEADS,
    "outreach.mailings.counted": WHO_WORKS,
    "outreach.mailings.counting": WHO_WORKS,
    "outreach.mailings.download": WHO_WORKS,
    "outreach.mailings.index": WHO_WORKS,
    "outreach.mailings.leave_several_out": WHO_LEADS,
    "outreach.mailings.omit": WHO_LEADS,
    "outreach.mailings.pause": WHO_LEADS,
    "outreach.mailings.preview": WHO_WORKS,
    "outreach.mailings.progress": WHO_WORKS,
    "outreach.mailings.put_back": WHO_LEADS,
    "outreach.mailings.put_several_back": WHO_LEADS,
    "outreach.mailings.recipient": WHO_WORKS,
    "outreach.mailings.recipients": WHO_WORKS,
    "outreach.mailings.results": WHO_WORKS,
    "outreach.mailings.resume": WHO_LEADS,
    "outreach.mailings.retry": WHO_LEADS,
    "outreach.mailings.send_back": WHO_LEADS,
    "outreach.mailings.set_when": WHO_LEADS,
    "outreach.mailings.show": WHO_WORKS,
    "outreach.mailings.start": WHO_LEADS,
    "outreach.mailings.take_back": WHO_LEADS,
    "outreach.mailings.try_out": WHO_LEADS,
    "outreach.mailings.upload": WHO_LEADS,
    "outreach.mailings.what": WHO_WORKS,
    "outreach.mailings.when": WHO_WORKS,
    "outreach.mailings.who": WHO_WORKS,
    "outreach.mailings.write": WHO_LEADS,
    "outreach.forms.close": WHO_LEADS,
    "outreach.forms.edit": WHO_LEADS,
    "outreach.forms.index": WHO_WORKS,
    "outreach.forms.open_again": WHO_LEADS,
    "outreach.forms.preview": WHO_LEADS,
    "outreach.forms.restore": WHO_LEADS,
    "outreach.forms.revise": WHO_LEADS,
    "outreach.forms.show": WHO_WORKS,
    "api.begun.begin": WHO_HAS_A_KEY,
    "api.board.action": WHO_HAS_A_KEY,
    "api.board.actions": WHO_HAS_A_KEY,
    "api.board.cases": WHO_HAS_A_KEY,
    "api.board.problem": WHO_HAS_A_KEY,
    "api.board.problems": WHO_HAS_A_KEY,
    "api.clients.add": WHO_HAS_A_KEY,
    "api.clients.change": WHO_HAS_A_KEY,
    "api.clients.contacts": WHO_HAS_A_KEY,
    "api.clients.index": WHO_HAS_A_KEY,
    "api.clients.show": WHO_HAS_A_KEY,
    "api.description.docs": EVERYBODY,
    "api.description.document": EVERYBODY,
    "api.files.attachment": WHO_HAS_A_KEY,
    "api.files.sent": WHO_HAS_A_KEY,
    "api.house.health_check": WHO_HAS_A_KEY,
    "api.house.me": WHO_HAS_A_KEY,
    "api.house.words": WHO_HAS_A_KEY,
    "api.measures.index": WHO_HAS_A_KEY,
    "api.measures.show": WHO_HAS_A_KEY,
    "api.files.noted": WHO_HAS_A_KEY,
    "api.opinions.correct": WHO_HAS_A_KEY,
    "api.opinions.index": WHO_HAS_A_KEY,
    "api.thread.contact": WHO_HAS_A_KEY,
    "api.thread.contacts": WHO_HAS_A_KEY,
    "api.notes.write": WHO_HAS_A_KEY,
    "api.begun.hand_in": WHO_HAS_A_KEY,
    "api.begun.handed": WHO_HAS_A_KEY,
    "api.notes.index": WHO_HAS_A_KEY,
    "api.thread.replies": WHO_HAS_A_KEY,
    "api.thread.reply": WHO_HAS_A_KEY,
    "api.thread.take_back": WHO_HAS_A_KEY,
    "api.tickets.change": WHO_HAS_A_KEY,
    "api.tickets.close": WHO_HAS_A_KEY,
    "api.tickets.index": WHO_HAS_A_KEY,
    "api.merges.put_in": WHO_HAS_A_KEY,
    "api.tickets.show": WHO_HAS_A_KEY,
    "api.merges.take_apart": WHO_HAS_A_KEY,
    "api.reports.ask": WHO_HAS_A_KEY,
    "api.reports.export": WHO_HAS_A_KEY,
    "api.reports.fetch": WHO_HAS_A_KEY,
    "api.reports.figure": WHO_HAS_A_KEY,
    "api.reports.figures": WHO_HAS_A_KEY,
    "api.forms.take": WHO_HAS_A_KEY,
    "api.notices.show": WHO_HAS_A_KEY,
    "api.notices.take": WHO_HAS_A_KEY,
    "outreach.measures.index": WHO_WORKS,
    "outreach.measures.restore": WHO_LEADS,
    "outreach.measures.resume": WHO_LEADS,
    "outreach.measures.retire": WHO_LEADS,
    "outreach.measures.show": WHO_WORKS,
    "outreach.measures.unverify": WHO_LEADS,
    "outreach.measures.verify": WHO_LEADS,
    "outreach.notices.dismiss": WHO_LEADS,
    "outreach.notices.faults": WHO_LEADS,
    "outreach.notices.file": WHO_WORKS,
    "outreach.notices.index": WHO_WORKS,
    "outreach.notices.match": WHO_LEADS,
    "outreach.notices.new_file": WHO_LEADS,
    "outreach.notices.owe_a_call": WHO_SEES_THE_TICKET,
    "outreach.notices.put_back": WHO_LEADS,
    "outreach.notices.restore_text": WHO_LEADS,
    "outreach.notices.start_file": WHO_LEADS,
    "outreach.notices.take_file": WHO_LEADS,
    "outreach.notices.tell_by_phone": WHO_SEES_THE_TICKET,
    "outreach.notices.text": WHO_WORKS,
    "outreach.notices.texts": WHO_WORKS,
    "outreach.notices.unmatch": WHO_LEADS,
    "outreach.notices.untell": WHO_SEES_THE_TICKET,
    "outreach.notices.withdraw_file": WHO_LEADS,
    "outreach.notices.write_text": WHO_LEADS,
    "outreach.questions.answer": WHO_LEADS,
    "outreach.questions.ask": WHO_LEADS,
    "outreach.questions.bring_back": WHO_LEADS,
    "outreach.questions.move": WHO_LEADS,
    "outreach.questions.take_over": WHO_LEADS,
    "outreach.questions.withdraw": WHO_LEADS,
    "outreach.writing.begin": WHO_LEADS,
    "outreach.writing.edit": WHO_LEADS,
    "outreach.writing.new": WHO_LEADS,
    "outreach.writing.preview": WHO_LEADS,
    "outreach.writing.revise": WHO_LEADS,
    "public.contact": EVERYBODY,
    "public.forms.begin": EVERYBODY,
    "public.forms.go_on": EVERYBODY,
    "public.forms.show": EVERYBODY,
    "public.forms.start": EVERYBODY,
    "public.info.changes": EVERYBODY,
    "public.info.feed": EVERYBODY,
    "public.info.feedback.more": EVERYBODY,
    "public.info.feedback.say": EVERYBODY,
    "public.info.feedback.tell": EVERYBODY,
    "public.info.index": EVERYBODY,
    "public.info.search.find": EVERYBODY,
    "public.info.show": EVERYBODY,
    "public.helped.show": EVERYBODY,
    "public.helped.tell": EVERYBODY,
    "public.owner.say": EVERYBODY,
    "public.owner.show": EVERYBODY,
    "public.receipt": EVERYBODY,
    "public.send": EVERYBODY,
    "public.unsubscribe.end": EVERYBODY,
    "public.unsubscribe.resume": EVERYBODY,
    "public.unsubscribe.show": EVERYBODY,
    "public.status": EVERYBODY,
    "public.write_more": EVERYBODY,
    "public.send_document": EVERYBODY,
    "public.say_answered": EVERYBODY,
    "public.revoke": EVERYBODY,
    "public.wish_links": EVERYBODY,
    "screening.add_case": WHO_LEADS,
    "screening.add_event": WHO_LEADS,
    "screening.answer": WHO_LEADS,
    "screening.board": SIGNED_IN,
    "screening.begin": WHO_LEADS,
    "screening.choose_case": WHO_LEADS,
    "screening.join": WHO_LEADS,
    "screening.hear": WHO_LEADS,
    "screening.unhear": WHO_LEADS,
    "screening.actions.block": WHO_LEADS,
    "screening.actions.cancel": WHO_LEADS,
    "screening.actions.change": WHO_LEADS,
    "screening.choose_problem": WHO_LEADS,
    "screening.contacts": WHO_WORKS,
    "screening.decide": WHO_LEADS,
    "screening.actions.finish": WHO_LEADS,
    "screening.actions.index": SIGNED_IN,
    "screening.meeting.attendance": WHO_LEADS,
    "screening.meeting.begin": WHO_LEADS,
    "screening.meeting.close": WHO_LEADS,
    "screening.meeting.decide": WHO_LEADS,
    "screening.meeting.escalate": WHO_LEADS,
    "screening.meeting.more": WHO_LEADS,
    "screening.meeting.move": WHO_LEADS,
    "screening.meeting.notes": WHO_LEADS,
    "screening.meeting.present": SIGNED_IN,
    "screening.meeting.reopen": WHO_LEADS,
    "screening.meeting.show": SIGNED_IN,
    "screening.meeting.take_back": WHO_LEADS,
    "screening.explain": WHO_LEADS,
    "screening.meeting.take_down": WHO_LEADS,
    "screening.meetings": SIGNED_IN,
    "screening.join_ticket": WHO_LEADS,
    "screening.merge": WHO_LEADS,
    "screening.move_cases": WHO_LEADS,
    "screening.minutes": SIGNED_IN,
    "screening.minutes_as_table": SIGNED_IN,
    "screening.minutes_as_text": SIGNED_IN,
    "screening.events": SIGNED_IN,
    "screening.problem": SIGNED_IN,
    "screening.put_back_event": WHO_LEADS,
    "screening.save_tuning": WHO_READS_QUARANTINE,
    "screening.tuning": WHO_READS_QUARANTINE,
    "screening.undo_tuning": WHO_READS_QUARANTINE,
    "screening.withdraw_event": WHO_LEADS,
    "screening.reading": SIGNED_IN,
    "screening.remove_case": WHO_LEADS,
    "screening.remove_cases": WHO_LEADS,
    "screening.rename": WHO_LEADS,
    "screening.actions.resume": WHO_LEADS,
    "screening.actions.revoke_link": WHO_LEADS,
    "screening.actions.send_link": WHO_LEADS,
    "screening.actions.show": SIGNED_IN,
    "screening.actions.unblock": WHO_LEADS,
    "screening.approve_sentence": WHO_LEADS,
    "screening.leave_out": WHO_LEADS,
    "screening.prepare_replies": WHO_LEADS,
    "screening.put_back_answer": WHO_LEADS,
    "screening.doubt_unsure": WHO_LEADS,
    "screening.reopen_closed": WHO_LEADS,
    "screening.replies": WHO_LEADS,
    "screening.rewrite_answer": WHO_LEADS,
    "screening.send_all": WHO_LEADS,
    "screening.take_unsure": WHO_LEADS,
    "screening.resume_replies": WHO_LEADS,
    "screening.say": WHO_LEADS,
    "screening.withdraw_replies": WHO_LEADS,
    "screening.sentence": WHO_LEADS,
    "screening.sentences_of": SIGNED_IN,
    "screening.unapprove_sentence": WHO_LEADS,
    "screening.undo_sentence": WHO_LEADS,
    "screening.split_off": WHO_LEADS,
    "screening.take_back": WHO_LEADS,
    "screening.take_name_back": WHO_LEADS,
    "screening.undo": WHO_LEADS,
    "static": EVERYBODY,
    "teaching.doubts.confirm": WHO_LEADS,
    "teaching.doubts.correct": WHO_LEADS,
    "teaching.doubts.exclude": WHO_LEADS,
    "teaching.doubts.index": WHO_LEADS,
    "teaching.doubts.take_back": WHO_LEADS,
    "teaching.review.index": WHO_LEADS,
    "teaching.review.label": WHO_LEADS,
    "teaching.review.skip": WHO_LEADS,
    "teaching.review.take_back": WHO_LEADS,
    "teaching.tone.index": WHO_READS_QUARANTINE,
    "teaching.tone.switch": WHO_READS_QUARANTINE,
    "teaching.topics.add": WHO_LEADS,
    "teaching.topics.change": WHO_LEADS,
    "teaching.topics.index": WHO_LEADS,
    "teaching.topics.new": WHO_LEADS,
    "teaching.topics.progress": WHO_LEADS,
    "teaching.topics.put_back": WHO_LEADS,
    "teaching.topics.resume": WHO_LEADS,
    "teaching.topics.retire": WHO_LEADS,
    "teaching.topics.teach": WHO_LEADS,
    "teaching.topics.topic": WHO_LEADS,
    "teaching.topics.train": WHO_LEADS,
    "teaching.topics.trial": WHO_LEADS,
    "teaching.topics.withdraw": WHO_LEADS,
    "teaching.versions.choose_cuts": WHO_READS_QUARANTINE,
    "teaching.versions.index": WHO_READS_QUARANTINE,
    "teaching.versions.let_cuts_go": WHO_READS_QUARANTINE,
    "teaching.versions.offer": WHO_READS_QUARANTINE,
    "teaching.versions.progress": WHO_READS_QUARANTINE,
    "teaching.versions.promote": WHO_READS_QUARANTINE,
    "teaching.versions.show": WHO_READS_QUARANTINE,
    "teaching.versions.switch_nights": WHO_READS_QUARANTINE,
    "teaching.versions.train": WHO_READS_QUARANTINE,
}

WITHOUT_TOKEN = {
    "api.reports.ask",
    "api.begun.begin",
    "api.clients.add",
    "api.clients.change",
    "api.opinions.correct",
    "api.begun.hand_in",
    "api.notes.write",
    "api.thread.reply",
    "api.thread.take_back",
    "api.tickets.change",
    "api.tickets.close",
    "api.merges.put_in",
    "api.merges.take_apart",
    "api.forms.take",
    "api.notices.take",
    "public.forms.go_on",
    "public.forms.start",
    "exchange.report",
    "exchange.sipgate_in",
    "exchange.sipgate_out",
    "exchange.placetel_event",
    "health.csp_report",
    "public.helped.tell",
    "public.info.feedback.say",
    "public.info.feedback.tell",
    "public.owner.say",
    "public.revoke",
    "public.say_answered",
    "public.send",
    "public.send_document",
    "public.wish_links",
    "public.write_more",
    "public.unsubscribe.end",
    "public.unsubscribe.resume",
}
"""An exchange and a browser's own report carry none; a form of those without an account asks again
instead."""


@pytest.fixture
def names(house: House) -> dict[str, Any]:
    """For every name in an address: what really exists under it."""
    contact = house.call(
        amelie,
        f"Demande où en est son dossier {MARK}.",
        by=house.nadia,
        topic="bridging_right",
        intent="chase_status",
        email=amelie.email,
        files=[
            ["proof.pdf", "application/pdf", "JVBERi0xLjQ="],
            ["a.gif", "image/gif", "R0lGODlh"],
        ],
    )
    ticket = house.ticket(contact)
    settings = house.app.extensions["settings"]
    with transaction():
        exchange, token = Exchange.connect("Brussels")
        refused = BlockedNumber.block("+32470000000", "?", until=None, by=house.koen, at=AT)
        call = Call.take_event(exchange, CallState.ENDED, "c1", at=AT, facts={"caller": "1"})
        message = correspondence.answer(
            ticket,
            "Votre dossier est en ordre.",
            by=house.nadia,
            at=AT,
            mailbox_address="contact@fund.example",
            domain="fund.example",
            tag=letters.tag(ticket.number, settings),
            files=[Enclosure("letter.pdf", "application/pdf", 5, Blob.keep(b"%PDF-"))],
        )
        problem = Problem(thing="form", first_seen_at=AT, last_seen_at=AT, founded_on=AT.date())
        db.session.add(problem)
        db.session.flush()
        unplace(contact.id, AT)
        db.session.flush()
        place(contact.id, problem, score=1.0, reason={"why": "engine"}, at=AT)
        decided = Screening.on(AT.date()).decide(
            problem,
            ProblemState.ACTING,
            by=house.koen,
            at=AT,
            owner=house.koen,
            due_on=date(2026, 5, 8),
        )
        outside = Action(
            problem_id=problem.id,
            kind=ActionKind.FORM_FIX.value,
            owner_name="Webteam",
            owner_email="web@bureau.example",
            owner_language="nl",
            link_key="of a link",
            due_on=date(2026, 5, 8),
            decided_at=AT,
        )
        db.session.add(outside)
        saying.write(problem, {"fr": "Vendredi."}, by=house.koen, at=AT)
        changed = saying.last_change(problem)
        assert changed is not None
        tickets = affected(problem, "fr")
        reply = ReplyToAll.prepare(
            problem, {"fr": "Vendredi."}, tickets, lambda _, text: text, by=house.koen, at=AT
        )
        raised = Flag.raise_on(ticket, "Again", by=house.nadia, at=AT)
        texts = {"changed": {"fr": "Le formulaire marche."}}
        called = CallRound.begin(problem, "May", {}, texts, by=house.koen, at=AT)
        asked = Escalation.ask(problem, decided.screening_id, "Why", by=house.koen, at=AT)
        contact.intake.state, contact.fully_read = State.PARTIAL.value, False
        other = Problem(thing="letter", first_seen_at=AT, last_seen_at=AT, founded_on=AT.date())
        db.session.add(other)
        db.session.flush()
        problem.rename("The form", "en", by=house.koen)
        Likeness.propose(problem, other, 0.6, {}, AT)
        taught = different(problem, other, by=house.koen, at=AT)
        outside_event = ExternalEvent.add(
            EventKind.MAILING, "Letters", AT.date(), AT.date(), by=house.koen
        )
        assert contact.client is not None
        lesson = Lesson.teach(
            Topic.everything()["bridging_right"], "Un exemple.", "fr", by=house.koen, at=AT
        )
        said = Correction.last_of(contact.id)
        assert lesson is not None and said is not None
        doubt = Doubt(
            correction_id=said.id,
            model_version="m",
            topic_id="deferral",
            confidence=0.9,
            raised_at=AT,
        )
        db.session.add(doubt)
        Pick.keep(AT.date(), [(contact.id, False)])
        db.session.flush()
        pick = db.session.scalar(select(Pick))
        assert pick is not None
    answer = db.session.scalars(select(PreparedAnswer)).one()
    occurrence, mailbox = Occurrence.of_contact(contact.id), Mailbox.first()
    likeness = Likeness.of_pair(problem, other)
    renamed = db.session.scalar(Event.of_problem(problem.id).where(Event.kind == "problem.renamed"))
    assert likeness and renamed
    action = db.session.scalar(select(Action).order_by(Action.id))
    file, picture = db.session.scalars(select(Attachment).order_by(Attachment.id))
    assert occurrence and mailbox and action and file
    with transaction():
        version = ModelVersion.ask(TrainingReason.ASKED, by=house.koen, at=AT)
    with transaction():
        wrap_up = WrapUp.begin(house.nadia, call, AT)
        CallDraft.begin("of a note", house.nadia, call_id=None, at=AT)
        owed = Callback.ask(ticket=ticket, reason=CallbackReason.REQUESTED, at=AT)
        view = SavedView.keep("Mine", TicketFilter("mine"), by=house.nadia)
        several = BulkChange.choose({ticket.id: ticket.version}, by=house.nadia, at=now())
        day = business_day(now()) + timedelta(days=300)
        absence = releasing.mark(house.nadia, day, None, "", by=house.nadia, at=now())
        level = ServiceLevel.give(None, None, 480, 60, by=house.koen)
        form = WebForm.coded("bridging-right")
        assert form is not None
        asked = WebFormVersion.current(form)
        filled: dict[str, Any] = {
            "language": "fr",
            "answers": {"iban": "•••"},
            "missing": [],
            "at": AT,
        }
        FormSubmission.keep(asked, contact.intake_id, **filled)
        FormSubmission.belongs(contact.intake_id, contact.id)
        text = ReplyTemplate.coded("received")
        assert text is not None
        macro = Macro.write(None, {"en": "Wait"}, [(StepKind.WAIT, "")], None, None, by=house.koen)
        run = MacroRun.begin(macro, ticket, by=house.nadia, at=AT)
        run.end(ticket, None)
    until = int(now().timestamp()) + 3600
    bystander = house.person("lea", "Léa Fontaine", Role.AGENT, "care", ["fr"])
    with transaction():
        measure = Measure.coded("exemption")
        assert measure is not None
        question = MeasureQuestion.ask(measure, {"en": "From when on?"}, by=house.koen)
    [sent] = message.files
    same = {name: getattr(sent, name) for name in ("name", "content_type", "size", "sha256")}
    with transaction():
        noted = [NoteFile(id=sent.id, **same)]
        note = ticket.note("A proof.", by=house.nadia, at=AT, files=noted)
    return {
        "number": ticket.number,
        "note_id": note.id,
        "reference": "1-unknown",
        "contact_id": contact.id,
        "field": "iban",
        "channel": "email",
        "message_id": message.id,
        "reply_id": message.id,
        "merge_id": 1,
        "action_id": action.id,
        "file_id": message.files[0].id,
        "attachment_id": file.id,
        "picture_id": picture.id,
        "sheet": 1,
        "until": until,
        "signature": ring().sign("picture", picture.id, until),
        "number_id": contact.client.numbers[0].id,
        **of_client(contact, house),
        **of_ticket(ticket, house),
        **of_dossier(house),
        **of_gaps(house),
        **of_mailing(house),
        **of_staff(house),
        **of_notices(ticket, house),
        "intake_id": contact.intake_id,
        "problem": problem.number,
        "ticket": ticket.number,
        "external_event": outside_event.id,
        "likeness": likeness.id,
        "taught": taught.id,
        "event": renamed.id,
        "decision": decided.id,
        "escalation": asked.id,
        "change": changed.id,
        "flag": raised.id,
        "reply": reply.id,
        "answer": answer.id,
        "lesson_id": lesson.id,
        "doubt_id": doubt.id,
        "pick_id": pick.id,
        "action": action.id,
        "occurrence": occurrence.id,
        "call_id": call.id,
        "callback_id": owed.id,
        "round_id": called.id,
        "helped_token": token_of(called.id, contact.client_id or 0, now()),
        "problem_number": problem.number,
        "blocked_id": refused.id,
        "wrap_up_id": wrap_up.id,
        "once": "of a note",
        "code": "answered",
        "measure_code": measure.code,
        "version_number": 1,
        "question_id": question.id,
        "problem_id": problem.id,
        "exchange_id": exchange.id,
        "exchange_token": token,
        "receipt_token": f"{contact.intake_id}-{ring().sign('receipt', contact.intake_id)}",
        "form_code": "question",
        "draft_key": "a" * 22,
        "step": "who",
        "owner_token": owners.token_of(outside),
        "form": {"ticket": ticket.number, "other": other.number},
        "mailbox_id": mailbox.id,
        "user_id": bystander.id,
        "version_id": version.id,
        "view_id": view.id,
        "change_id": several.id,
        "absence_id": absence.id,
        "level_id": level.id,
        "template_id": text.id,
        "version": 1,
        "macro_id": macro.id,
        "run_id": run.id,
        "team_id": ticket.team_id,
        "topic_id": "bridging_right",
        "token": letters.status_token(ticket),
        "filename": "app.css",
        "id_hash": "of a browser",
        "intent_id": "complain",
        **of_entry(house),
    }


def of_entry(house: House) -> dict[str, Any]:
    """A link by which somebody new comes in, a day on which nobody does, a mail in our words."""
    with transaction():
        newcomer = User.add("lotte", "Lotte Maes", Role.AGENT, "en")
        secret = EntryLink.make(newcomer, Purpose.INVITE, by=house.ada, at=now())
        closed = business_day(now()) + timedelta(days=30)
        ClosingDay.keep(closed, True, {"en": "Feast of the house"}, by=house.ada, at=now())
        said = MailText.write("links", "fr", "Vos liens", "{links}", by=house.ada)
        assert said is not None
    return {
        "purpose": Purpose.INVITE.value,
        "secret": secret,
        "closing_day": closed.isoformat(),
        "mail": said.kind,
        "mail_version": said.id,
    }


def of_notices(ticket: Ticket, house: House) -> dict[str, Any]:
    """An event of the ticket's file, a file of events with a faulty line, a key of a program."""
    with transaction():
        event = FileEvent("e", NoticeKind.APPROVED, AT, {"ticket": str(ticket.number)}, {})
        notice_id, _kept = Notice.keep(event, "back office")
        notice = Notice.named(notice_id)
        assert notice is not None
        notice.client_id, notice.ticket_id = ticket.client_id, ticket.id
        notice.state = NoticeState.NO_ADDRESS.value
        fault = {"line": 2, "why": [["kind", "?"]]}
        batch = NoticeBatch.take("may.csv", b"kind;ticket\nx;1\n", 1, [fault], by=house.koen, at=AT)
        asked = Erasure.ask(
            Client.unknown("Somebody", "en"), [], Cause.REQUEST, "wishes it", by=house.koen, at=AT
        )
        hold = LegalHold.lay(None, ticket.id, "a complaint", None, by=house.koen, at=AT)
        report = SavedReport.keep("Mine", [{"kpi": "inflow"}], by=house.koen, at=AT, shared=True)
        brought = DataImport.take(
            "clients", "may.csv", io.BytesIO(b"name;email\nx;y\n"), by=house.ada, at=AT
        )
        fault = {"line": 2, "outcome": "error", "reason": "bad_address"}
        DataImportRow.keep(brought.id, [fault])
        taken = DataExport.ask("tickets", {}, "csv", 1, by=house.koen, language="en", at=AT)
        key, _shown = ApiToken.issue(house.koen, "back office", [Scope.NOTICES], None)
    return {
        "notice_id": notice_id,
        "batch_id": batch.id,
        "export_id": taken.id,
        "import_id": brought.id,
        "erasure_id": asked.id,
        "hold_id": hold.id,
        "data_class": "looks",
        "activity": "contacts",
        "report_id": report.id,
        "token_id": key.id,
        "told_kind": "paid",
    }


def of_staff(house: House) -> dict[str, Any]:
    """Nadia helps another team out, hours in the roster, an address that is told of events."""
    with transaction():
        at = now()
        team = db.session.scalars(Team.by_slug("payment")).one()
        moved = moving.move([house.nadia], team, at + timedelta(hours=1), by=house.koen, at=at)
        standing = db.session.scalars(PersonMove.of_deed(moved)).one()
        wanted = roster.wish(team, "", AT.date(), time(8), time(9))
        deed = roster.add([wanted], by=house.koen, at=at)
        told, _ = webhook_deeds.add(
            "Back office", "https://hooks.example.be/", [], with_text=False, by=house.ada, at=at
        )
        delivery = webhook_deeds.test(told, by=house.ada, at=at)
        db.session.flush()
        moving.take_back(moved, by=house.koen, at=at)
    return {
        "moved_deed": moved,
        "move_id": standing.id,
        "roster_deed": deed,
        "webhook_id": told.id,
        "delivery_id": delivery.id,
    }


def of_mailing(house: House) -> dict[str, Any]:
    """A mailing with one recipient, who was chosen for no ticket."""
    with transaction():
        made = Mailing.draft("June", MailingPurpose.SERVICE, by=house.koen, at=AT)
        one = MailingRecipient(mailing_id=made.id, address="emily@studio.example", language="en")
        db.session.add(one)
        db.session.flush()
        return {"mailing_id": made.id, "recipient_id": one.id}


def of_ticket(ticket: Ticket, house: House) -> dict[str, Any]:
    """What stands beside a ticket: one that was merged, one that is linked, a draft thrown away."""
    others = [house.ticket(house.write(amelie, f"{MARK} {word}", word)) for word in ("a", "b")]
    with transaction():
        for other in others:
            other.team_id, other.needs_choice = ticket.team_id, False
        joined = merging.merge(others[0], ticket, by=house.koen, at=AT)
        Draft.save(house.nadia, ticket.id, DraftKind.NOTE, MARK, page="one", revision=1, at=AT)
        draft = Draft.of(house.nadia, ticket.id, DraftKind.NOTE)
        assert draft is not None
        draft.discard(AT)
        document = DocumentRequest.ask(ticket, {"fr": MARK}, at=AT, cause="notice", told=True)
        ended = together.settle([], "answered", by=house.nadia, at=AT, beside=ticket)
    return {
        "joined_id": joined.id,
        "ended_id": ended.id,
        "other_number": others[1].number,
        "request_id": document.id,
        "what": "note",
    }


def of_gaps(house: House) -> dict[str, Any]:
    """Something that needs no page, and what is done with readers' words."""
    with transaction():
        gap = InfoGap.set_aside("search", "nl|x", "not ours", None, by=house.koen, at=now())
    return {"gap_id": gap.id, "deed": "read"}


def of_dossier(house: House) -> dict[str, Any]:
    """A page that everybody reads, and one reader's no."""
    said = {"titles": {"en": "Paid"}, "summaries": {}, "bodies": {"en": "On Friday."}}
    with transaction():
        version = info_page_change.begin(said, by=house.koen, at=now())
        info_page_change.publish(version, by=house.koen, at=now())
        voice = info_page_reading.voice(
            page_id=version.page_id,
            version_id=version.id,
            language="en",
            useful=False,
            once="one",
            at=now(),
        )
    return {
        "slug": version.page.slug,
        "page_id": version.page_id,
        "voice_token": info_feedback.token_of(voice),
    }


def of_client(contact: Contact, house: House) -> dict[str, Any]:
    """What exists of a client: a number, an official number, a mandate, a merge, a split."""
    client = contact.client
    assert client is not None and contact.ticket_id is not None
    with transaction():
        client.learn_identifier("kbo", "0403019261", "••••.•••.261", AT)
        double = Client.unknown("Amelie D.", "fr")
        merged = merge(double, client, by=house.koen, at=AT)
        speaks = Client.unknown("Fiduciaire Lambert", "fr")
        mandate = Mandate.give(
            speaks,
            client,
            topics=[],
            first_day=AT.date(),
            last_day=None,
            proof="",
            by=house.koen,
            at=AT,
        )
        split = ClientSplit(
            contact_id=contact.id,
            ticket_id=contact.ticket_id,
            by_id=house.koen.id,
            at=AT,
            wanted=[],
        )
        part = Represented(
            contact_id=contact.id,
            client_id=speaks.id,
            ticket_id=contact.ticket_id,
            rule="client_split",
            at=AT,
        )
        db.session.add_all([split, part])
        db.session.flush()
        return {
            "client_id": client.id,
            "kind": "number",
            "import_kind": "clients",
            "way_id": client.numbers[0].id,
            "address_id": client.addresses[0].id,
            "identifier_id": client.identifiers[0].id,
            "merge_id": merged.id,
            "mandate_id": mandate.id,
            "split_id": split.id,
            "represented_id": part.id,
        }


@contextmanager
def undone() -> Iterator[Session]:
    """A request's transaction of which nothing is kept: everybody meets the same house."""
    session: Session = db.session()
    session.info["inside"] = True
    try:
        yield session
        session.flush()
    finally:
        session.rollback()
        session.info["inside"] = False


def routes(app) -> list[tuple[str, str, Any]]:
    """(endpoint, method, rule) of everything that can be asked for, signing out last."""
    found = [
        (rule.endpoint, method, rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    return sorted(found, key=lambda route: (route[0] == "accounts.logout", route[0]))


def address(app, rule: Any, names: dict[str, Any]) -> str:
    values = {name: names.get(name) for name in rule.arguments}
    if rule.endpoint.startswith("screening.") and "number" in values:
        values["number"] = names["problem"]
    if rule.endpoint.startswith("exchange."):
        values["token"] = names["exchange_token"]
    if rule.endpoint.startswith("public.owner."):
        values["token"] = names["owner_token"]
    if rule.endpoint.startswith("public.info.feedback.") and "token" in values:
        values["token"] = names["voice_token"]
    if rule.endpoint == "public.receipt":
        values["token"] = names["receipt_token"]
    if rule.endpoint.startswith("public.unsubscribe."):
        values["token"] = unsubscribe_token(names["recipient_id"])
    if rule.endpoint.startswith("admin.mail_texts."):
        known = {"mail": names["mail"], "language": "fr", "version_id": names["mail_version"]}
        values = {name: known[name] for name in values}
    if rule.endpoint == "admin.outgoing.let_go":
        values["kind"] = aside.KINDS[0]
    if rule.endpoint.startswith("assets."):
        values["name"] = "bootstrap-icons.woff2"
    missing = [name for name, value in values.items() if value is None]
    assert not missing, f"{rule.endpoint} needs {missing}: add what really exists to `names`"
    with app.test_request_context():
        return url_for(rule.endpoint, **values)


def met(endpoint: str, status: int, location: str) -> str:
    """What an answer means to the person who asked."""
    assert status < 500, f"{endpoint} is broken: {status}"
    to_the_door = status == 302 and location.startswith("/login")
    if status == 401 or (to_the_door and endpoint not in LEADS_TO_THE_DOOR):
        return SIGN_IN
    return {403: NO, 404: HIDDEN}.get(status, YES)


def test_every_route_is_in_the_table_and_nothing_else(app):
    assert {endpoint for endpoint, _, _ in routes(app)} == set(TABLE)


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_goes_only_where_the_table_says(
    app, house, client: Browser, names, monkeypatch, person
):
    if person != "nobody":
        client.sign_in(getattr(house, person))
    events = count_of_events()
    monkeypatch.setattr(application, "transaction", undone)
    different = {}
    for endpoint, method, rule in routes(app):
        with ask(client, address(app, rule, names), method, names) as answer:
            found = met(endpoint, answer.status_code, answer.headers.get("Location", ""))
            # A stream has no end, and says nothing but that something has changed.
            page = b"" if answer.mimetype == "text/event-stream" else answer.data
        if found != TABLE[endpoint][person]:
            different[f"{method} {endpoint}"] = (found, TABLE[endpoint][person])
        if sees_the_ticket(person) or endpoint.startswith("public."):
            continue
        if endpoint not in SHOWS_WHAT_COULD_NOT_BE_READ:
            assert amelie.email.encode() not in page, endpoint
            assert endpoint in SHOWS_WORDS or MARK.encode() not in page, endpoint
    assert different == {}
    assert count_of_events() == events


def ask(client: Browser, where: str, method: str, names: dict[str, Any]) -> Any:
    return client.open(where, method=method, data=names["form"] if method == "POST" else None)


def sees_the_ticket(person: str) -> bool:
    return bool(TABLE["desk.ticket"][person] == YES)


def count_of_events() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(Event.id)).all())


def test_what_does_not_exist_looks_like_what_is_hidden(app, house, client, names):
    client.sign_in(house.stranger)
    hidden = client.get(f"/desk/tickets/{names['number']}")
    nothing = client.get("/desk/tickets/999999")
    assert hidden.status_code == nothing.status_code == 404
    assert hidden.text.replace(str(names["number"]), "999999") == nothing.text


def test_without_a_token_nothing_is_changed(app, house, client, names):
    app.config["WTF_CSRF_ENABLED"] = True
    client.sign_in(house.koen)
    events = count_of_events()
    taken = {
        f"{method} {endpoint}": status
        for endpoint, method, rule in routes(app)
        if method != "GET" and endpoint not in WITHOUT_TOKEN
        if (status := status_of(client, address(app, rule, names), method)) != 400
    }
    assert taken == {}
    assert count_of_events() == events


def test_only_these_need_no_token(app):
    views = {
        f"{view.__module__}.{view.__name__}": endpoint
        for endpoint, view in app.view_functions.items()
    }
    protection = app.extensions["csrf"]
    assert {views[name] for name in protection._exempt_views} == WITHOUT_TOKEN
    assert not protection._exempt_blueprints


def test_the_clients_form_without_a_token_asks_again_and_keeps_nothing(app, client):
    app.config["WTF_CSRF_ENABLED"] = True
    filled = {"name": amelie.name, "email": amelie.email, "text": f"Bonjour {MARK}"}
    answer = client.post("/contact", data=filled)
    assert answer.status_code in (400, 422)
    assert MARK in answer.text
    assert db.session.scalar(select(Intake)) is None


def test_asking_changes_nothing(app, house, client, names):
    """No GET is an act: whoever prefetches a page does nothing by it."""
    client.sign_in(house.koen)
    before = versions()
    for endpoint, method, rule in routes(app):
        if method == "GET" and not endpoint.startswith(("static", "assets")):
            assert status_of(client, address(app, rule, names), method) < 500
    assert versions() == before


def status_of(client: Browser, where: str, method: str) -> int:
    with client.open(where, method=method) as answer:
        return answer.status_code


def versions() -> list[tuple[int, int]]:
    db.session.rollback()
    rows = db.session.execute(select(Ticket.id, Ticket.version).order_by(Ticket.id))
    decided = select(Decided.id, Decided.problem_id).order_by(Decided.id)
    people = select(User.id, User.id).order_by(User.id)
    return [(a, b) for query in (decided, people) for a, b in db.session.execute(query)] + [
        (a, b) for a, b in rows
    ]
