"""What a trial found, and what is wrong with an account, in the reader's language."""

from dataclasses import dataclass

from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from triage.intake.fetching.connection import Fault
from triage.intake.fetching.trial import Finding, Step, Trial

FAULTS = {
    Fault.UNKNOWN_HOST: lazy("unknown host"),
    Fault.REFUSED: lazy("connection refused"),
    Fault.SILENT: lazy("no answer in time"),
    Fault.UNREACHABLE: lazy("not reachable"),
    Fault.UNTRUSTED: lazy("certificate not trusted"),
    Fault.NO_TLS: lazy("no protected connection at this port"),
    Fault.PASSWORD: lazy("wrong user name or password"),
    Fault.TOKEN: lazy("no access token"),
    Fault.BUSY: lazy("the server is busy"),
    Fault.NO_FOLDER: lazy("no such folder"),
    Fault.CUT: lazy("the connection was lost"),
    Fault.UNEXPECTED: lazy("unexpected answer"),
    Fault.NOT_KEPT: lazy("mails could not be kept"),
    Fault.LEFT_BEHIND: lazy("the server does not hand over some mails"),
}

ADVICE = {
    Fault.UNKNOWN_HOST: lazy("Check how the server’s name is written."),
    Fault.REFUSED: lazy("Check the port (TLS 993, STARTTLS 143) and any firewall between."),
    Fault.SILENT: lazy("Check the name and the port; a firewall may swallow what is sent."),
    Fault.UNREACHABLE: lazy("Check this machine’s network and any firewall between."),
    Fault.UNTRUSTED: lazy(
        "Use the name that stands in the certificate. For an authority of your own, name its file "
        "in SSL_CERT_FILE."
    ),
    Fault.NO_TLS: lazy("Choose the protection that belongs to the port: TLS 993, STARTTLS 143."),
    Fault.PASSWORD: lazy(
        "Check both. Many providers want an app password or OAuth instead of the usual password, "
        "and IMAP switched on for the mailbox."
    ),
    Fault.TOKEN: lazy(
        "Check token address, client id, secret and scope; a refresh token that was withdrawn must "
        "be made anew."
    ),
    Fault.BUSY: lazy("Try again in a few minutes; too many connections may be open."),
    Fault.NO_FOLDER: lazy("Check the folder’s name, with capitals and any path before it."),
    Fault.CUT: lazy("Try again; a server that hangs up at once may not speak IMAP at this port."),
    Fault.UNEXPECTED: lazy("Check that this server speaks the expected protocol at this port."),
}


@dataclass(frozen=True)
class Line:
    """One finding as it is shown: `state` is right, wrong or lacking."""

    state: str
    words: str
    advice: str = ""
    said: str = ""


def told(trial: Trial) -> list[Line]:
    return [line_of(finding) for finding in trial.findings]


def line_of(finding: Finding) -> Line:
    if finding.right:
        return Line("right", right_words(finding))
    if finding.fault is None:
        return Line("lacking", lacking_words(finding))
    words = _("%(step)s: %(fault)s", step=STEPS[finding.step], fault=FAULTS[finding.fault])
    return Line("wrong", words, str(ADVICE.get(finding.fault, "")), finding.said)


STEPS = {
    Step.RESOLVED: lazy("Finding the server"),
    Step.CONNECTED: lazy("Connecting"),
    Step.PROTECTED: lazy("Protecting the connection"),
    Step.TOKEN: lazy("Asking for an access token"),
    Step.SIGNED_IN: lazy("Signing in"),
    Step.FOLDER: lazy("Opening the folder"),
    Step.PROCESSED: lazy("The folder for what was fetched"),
    Step.FAILED: lazy("The folder for what is too large"),
    Step.IDLE: lazy("Announcing new mail"),
    Step.MOVE: lazy("Moving mail"),
    Step.READY: lazy("Answering"),
}


def right_words(finding: Finding) -> str:
    facts, words = finding.facts, ""
    match finding.step:
        case Step.RESOLVED:
            words = _("%(host)s is at %(address)s", host=facts["host"], address=facts["address"])
        case Step.CONNECTED:
            words = _("Port %(port)s answers", port=facts["port"])
        case Step.PROTECTED:
            words = protection_words(finding)
        case Step.TOKEN:
            words = _("%(host)s gave an access token", host=facts["host"])
        case Step.SIGNED_IN:
            words = _("Signed in as %(user)s", user=facts["user"])
        case Step.FOLDER:
            words = ngettext(
                "Folder %(folder)s holds %(num)s mail",
                "Folder %(folder)s holds %(num)s mails",
                facts["count"],
                folder=facts["folder"],
            )
        case Step.PROCESSED | Step.FAILED if facts["there"]:
            words = _("Folder %(folder)s is there", folder=facts["folder"])
        case Step.PROCESSED | Step.FAILED:
            words = _("Folder %(folder)s can be made", folder=facts["folder"])
        case Step.IDLE:
            words = _("New mail is announced at once (IDLE)")
        case Step.MOVE:
            words = _("Mail can be moved in one step (MOVE)")
        case Step.READY:
            words = _("The server would take mail; none was sent")
    return words


def protection_words(finding: Finding) -> str:
    facts = finding.facts
    words: list[str] = [_("Protected by %(version)s", version=facts["version"])]
    if facts.get("issuer"):
        words.append(_("certificate of %(issuer)s", issuer=facts["issuer"]))
    if facts.get("expires"):
        words.append(_("valid until %(date)s", date=format_date(facts["expires"], "medium")))
    return ", ".join(words)


def lacking_words(finding: Finding) -> str:
    words: str
    match finding.step:
        case Step.PROTECTED:
            words = _("The connection is not protected: for this machine or your own network only")
        case Step.PROCESSED | Step.FAILED:
            words = _("Mails stay where they are; Passerelle remembers how far it has come")
        case Step.IDLE:
            words = _("New mail is not announced: the mailbox is looked into regularly")
        case _other:
            words = _("Mail is copied and then taken away, since the server knows no MOVE")
    return words


def fault_words(error: str) -> str:
    """`last_error` of an account for its reader; what the server said stays as it is."""
    for fault, words in FAULTS.items():
        if error.startswith(fault):
            return str(words) + error[len(fault) :]
    return error
