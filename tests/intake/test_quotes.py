"""What Amélie, Joris, Frieda and Emily wrote just now, whatever program quotes the rest."""

import textwrap
import time

import pytest

from triage.intake.letter import Letter
from triage.intake.quotes import REPLY_MARKER, quotes_reply_marker, split

REPLY_HEADERS = [
    # Gmail
    "Le ven. 3 avr. 2020 à 10:12, Support <support@example.be> a écrit :",
    "Op vr 3 apr. 2020 om 10:12 schreef Support <support@example.be>:",
    "Am Fr., 3. Apr. 2020 um 10:12 Uhr schrieb Support <support@example.be>:",
    "On Fri, Apr 3, 2020 at 10:12 AM Support <support@example.be> wrote:",
    # Apple Mail and iPhone
    "Le 3 avr. 2020 à 10:12, Support <support@example.be> a écrit :",
    "Op 3 apr. 2020 om 10:12 heeft Support <support@example.be> het volgende geschreven:",
    "Am 03.04.2020 um 10:12 schrieb Support <support@example.be>:",
    "On 3 Apr 2020, at 10:12, Support <support@example.be> wrote:",
    # Thunderbird
    "Le 03/04/2020 à 10:12, Support a écrit :",
    "Op 3/04/2020 om 10:12 schreef Support:",
    "Am 03.04.2020 um 10:12 schrieb Support:",
    "On 03/04/2020 10:12, Support wrote:",
    # others that are seen
    "Le vendredi 3 avril 2020 à 10:12:34 UTC+2, Support <support@example.be> a écrit :",
    "Support <support@example.be> schrieb am Fr., 3. Apr. 2020, 10:12:",
    "Support <support@example.be> schreef op 3 april 2020 10:12:",
    "2020-04-03 10:12 GMT+02:00 Support <support@example.be>:",
]
OUTLOOK_BLOCKS = [
    "De : Support\nEnvoyé : vendredi 3 avril 2020 10:12\nÀ : Amélie\nCc : Koen\nObjet : Droit",
    "Van: Support\nVerzonden: vrijdag 3 april 2020 10:12\nAan: Joris\nCC: Koen\nOnderwerp: Recht",
    "Von: Support\nGesendet: Freitag, 3. April 2020 10:12\nAn: Frieda\nCc: Koen\nBetreff: Recht",
    "From: Support\nSent: Friday, April 3, 2020 10:12\nTo: Emily\nCc: Koen\nSubject: Right",
    "*De:* Support\n*Date:* 3 avril 2020\n*À:* Amélie\n*Objet:* Droit",
    "Gesendet: Freitag, 03. April 2020 um 10:12 Uhr\nVon: Support\nAn: Frieda\nBetreff: Recht",
]
SEPARATORS = [
    "-----Message d'origine-----",
    "-----Message d’origine-----",
    "-------- Message original --------",
    "---------- Message transféré ---------",
    "-----Oorspronkelijk bericht-----",
    "---------- Doorgestuurd bericht ---------",
    "-----Ursprüngliche Nachricht-----",
    "---------- Weitergeleitete Nachricht ---------",
    "-----Original Message-----",
    "---------- Forwarded message ---------",
    "Begin forwarded message:",
    "Début du message réexpédié :",
]
NEW = "Merci, mais je n'ai toujours rien reçu de vous."
LONG = (
    "Mon comptable prétend que la cotisation de régularisation reste due malgré ma cessation. "
    "J'ai pourtant envoyé la radiation en janvier."
)


def new_text(text: str) -> str:
    return split(text).new_text


@pytest.mark.parametrize("header", REPLY_HEADERS)
@pytest.mark.parametrize("sign", ["> ", ">", ""])
def test_a_reply_above_the_quoted_mail_leaves_only_the_reply(header: str, sign: str) -> None:
    quoted = "\n".join(f"{sign}{line}" for line in ("Bonjour,", "Votre dossier est ouvert."))
    assert new_text(f"{NEW}\n\n{header}\n{quoted}\n") == NEW


@pytest.mark.parametrize("header", REPLY_HEADERS)
def test_an_answer_below_the_quoted_mail_is_kept(header: str) -> None:
    assert new_text(f"{header}\n> Bonjour,\n> Votre dossier est ouvert.\n\n{NEW}\n") == NEW


@pytest.mark.parametrize("header", REPLY_HEADERS)
def test_a_header_that_is_quoted_itself_goes_with_its_quote(header: str) -> None:
    assert new_text(f"{NEW}\n\n> {header}\n>\n> Votre dossier est ouvert.\n") == NEW


@pytest.mark.parametrize("header", [one for one in REPLY_HEADERS if " <" in one])
def test_a_header_may_wrap_before_the_address(header: str) -> None:
    wrapped = header.replace(" <", "\n<", 1)
    assert new_text(f"{NEW}\n\n{wrapped}\n> Votre dossier est ouvert.\n") == NEW


@pytest.mark.parametrize(
    "header",
    [
        "Le ven. 3 avr. 2020 à 10:12, Support <support@example.be>\na écrit :",
        "Le ven. 3 avr. 2020 à 10:12, Support\n<support@example.be>\na écrit :",
        "On Fri, Apr 3, 2020 at 10:12 AM Support <support@example.be>\nwrote:",
        "Op 3 apr. 2020 om 10:12 heeft Support <support@example.be> het volgende\ngeschreven:",
    ],
)
def test_a_header_may_wrap_before_its_verb(header: str) -> None:
    assert new_text(f"{NEW}\n\n{header}\nVotre dossier est ouvert.\n") == NEW


@pytest.mark.parametrize("ending", ["a écrit :", "a écrit\u00a0:", "a écrit\u202f:", "a écrit:"])
@pytest.mark.parametrize("verb", ["écrit", "ecrit"])
def test_french_spaces_and_lost_accents_do_not_hide_a_header(ending: str, verb: str) -> None:
    header = f"Le ven. 3 avr. 2020 à 10:12, Support {ending.replace('écrit', verb)}"
    assert new_text(f"{NEW}\n\n{header}\nVotre dossier est ouvert.\n") == NEW


@pytest.mark.parametrize("block", OUTLOOK_BLOCKS)
@pytest.mark.parametrize("rule", ["", "_" * 32 + "\n"])
def test_the_header_block_of_outlook_ends_the_new_text(block: str, rule: str) -> None:
    assert new_text(f"{NEW}\n\n{rule}{block}\n\nBonjour,\nVotre dossier est ouvert.\n") == NEW


@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_separator_between_mails_ends_the_new_text(separator: str) -> None:
    assert new_text(f"{NEW}\n\n{separator}\nDe : Support\n\nVotre dossier est ouvert.") == NEW


@pytest.mark.parametrize("separator", ["Message original", "Message transféré"])
def test_a_bare_separator_counts_only_above_a_header(separator: str) -> None:
    assert new_text(f"{NEW}\n\n{separator}\nDe : Support\nDate : hier\n\nAncien.") == NEW
    sentence = f"{NEW}\n\n{separator}\nOui, c'était mon titre.\n"
    assert "mon titre" in new_text(sentence)


def test_interleaved_answers_are_all_kept() -> None:
    text = (
        "Op vr 3 apr. 2020 om 10:12 schreef Support <support@example.be>:\n"
        "> Bent u zelfstandige in hoofdberoep?\n\nJa, sinds 2015.\n\n"
        "> Bent u gesloten?\n\nSinds 14 maart.\n"
    )
    assert new_text(text) == "Ja, sinds 2015.\nSinds 14 maart."


def test_the_broken_tail_of_a_quoted_line_is_no_answer() -> None:
    text = (
        "Oui, depuis mars.\n\nLe 03/04/2020 à 10:12, Support a écrit :\n"
        "> Pouvez-vous nous dire depuis quand votre commerce est fermé, et si vous avez\n"
        "reçu une décision\n> de votre commune ?\n"
    )
    assert new_text(text) == "Oui, depuis mars."


@pytest.mark.parametrize(
    "sentence",
    [
        "Le 18 mars j'ai demandé le droit passerelle.",
        "Le 18 mars à 10h30 votre collègue m'a écrit :\nvotre demande est complète.",
        "Am Montag habe ich angerufen, am 3. April um 10:12 noch einmal.",
        "Op 3 april om 10:12 heb ik gebeld: niemand nam op.",
        "On 3 April at 10:12 I called you and nobody answered:\nwhy?",
        "De : votre site j'ai compris que je dois payer.",
    ],
)
def test_a_sentence_that_begins_like_a_header_is_text(sentence: str) -> None:
    assert new_text(f"Bonjour,\n\n{sentence}\n\nQue faire ?") == (
        f"Bonjour,\n\n{sentence}\n\nQue faire ?"
    )


def test_a_sentence_above_a_header_is_not_taken_for_its_first_line() -> None:
    text = (
        "Le 18 mars j'ai introduit ma demande\n"
        "Le ven. 3 avr. 2020 à 10:12, Support <support@example.be> a écrit :\n> Bonjour\n"
    )
    assert new_text(text) == "Le 18 mars j'ai introduit ma demande"


@pytest.mark.parametrize(
    "header",
    [
        "Pe luni, 1 februarie 2021, 14:20:12 EET, Support <support@example.be> a scris:",
        "Support <support@example.be>, 19 Kas 2020 Per, 15:03 tarihinde\nşunu yazdı:",
        "W dniu 5.05.2020 o 11:42, Support <support@example.be> pisze:",
        "El lun, 6 abr 2020 a las 16:02, Support (<support@example.be>) escribió:",
        "Montag, 8. November 2021 14:02, Support <support@example.be> schrieb:",
        "Support <support@example.be> hat am 21.02.2022 11:40 geschrieben:",
        "Support <\nsupport@example.be> schreef op 2021-05-10 14:20:",
        "---- On Tue, 14 Jun 2022 09:12:33 +0200 Support <support@example.be> wrote ----",
        "Tuesday, September 7, 2021, 10:15:20 AM, you wrote:",
    ],
)
def test_a_reply_header_is_known_in_any_language(header: str) -> None:
    assert new_text(f"{NEW}\n\n{header}\n\nAncien texte.") == NEW
    assert new_text(f"{NEW}\n\n{header}\n> Ancien texte.") == NEW
    assert new_text(f"{header}\n> Ancien texte.\n\n{NEW}") == NEW


@pytest.mark.parametrize(
    "sentence",
    [
        "Vous pouvez me joindre le 12/03 à 10:00 chez jean@example.be :",
        "Mon mail du 12/03/2020 à 10:12 disait ceci :",
        "> 40 % de baisse, est-ce assez ?",
        "Date : 12/03/2020\nLieu : Namur",
        "From: 14 March 2020\nTo: 7 June 2020\nSubject: closure",
        "Objet : le voici.\nDate : aujourd'hui.\nDe : une cliente patiente.\nÀ : vous.",
    ],
)
def test_what_only_looks_like_a_quote_is_text(sentence: str) -> None:
    text = f"Bonjour,\n{sentence}\nJe suis fermée depuis mars.\nQue dois-je faire ?"
    assert new_text(text) == text


@pytest.mark.parametrize(
    "told",
    [
        "Le 3 avril 2026 à 10:12 Nadia a écrit :\n« tout est complet »",
        'Op 3 april 2026 om 10:12 schreef Liesbeth:\n"alles is in orde"',
        "Am 3. April 2026 um 10:12 schrieb Frau Pauels:\n„alles in Ordnung“",
        "On 3 April 2026 at 10:12 Tom wrote:\n\n'all is fine'",
    ],
)
def test_what_a_client_tells_that_somebody_wrote_is_text(told: str) -> None:
    text = f"Bonjour,\n\n{told}\n\nEt maintenant, que faire ?"
    assert new_text(text) == text


@pytest.mark.parametrize("end", ["", "\n\nJe suis fermée depuis mars."])
def test_a_lone_line_that_says_more_than_is_text(end: str) -> None:
    text = f"Ma baisse est claire,\n> 40 % en avril{end}"
    assert new_text(text) == text


def test_a_lone_line_that_says_more_than_is_text_where_mark_up_shows_the_quotes() -> None:
    text = "Ma baisse :\n\n> 40 % en avril\n\nDe : Support\nAncien texte."
    assert split(text, "tetess").new_text == "Ma baisse :\n\n> 40 % en avril"


def test_the_head_of_a_letter_is_part_of_it() -> None:
    head = "De : Rosine Delhez\nÀ : service recours\nDate : 3 mars 2021\nObjet : recours"
    letter = f"{head}\n\nMadame,\n\nJe joins le procès-verbal."
    assert new_text(f"{letter}\n\n{OUTLOOK_BLOCKS[0]}\n\nAncien texte.") == letter


@pytest.mark.parametrize("separator", ["", "-----Oorspronkelijk bericht-----\n"])
@pytest.mark.parametrize("block", OUTLOOK_BLOCKS)
def test_an_answer_below_a_block_and_its_quotes_is_kept(separator: str, block: str) -> None:
    text = f"{separator}{block}\n\n> Wanneer bent u gestopt?\n\n{NEW}"
    assert new_text(text) == NEW


@pytest.mark.parametrize(
    "announcement",
    [
        "Mes réponses en rouge dans votre mail ci-dessous.",
        "Zie mijn antwoorden hieronder in het rood.",
        "Meine Antworten stehen in Rot.",
        "See my answers in blue.",
    ],
)
def test_answers_inside_the_old_mail_keep_it(announcement: str) -> None:
    text = f"{announcement}\n\n{OUTLOOK_BLOCKS[0]}\n\nFermé ?\nOui, depuis mars."
    assert "Oui, depuis mars." in new_text(text)


def test_the_quoted_block_of_a_mail_that_lost_its_signs_begins_the_history() -> None:
    block = "> Message du 16/05/22 10:30\n> De : Support\n> A : Amélie\n> Objet : Droit\n>"
    assert new_text(f"{NEW}\n\n{block}\nAncien texte.") == NEW


class TestOurOwnMarker:
    def test_it_ends_the_new_text_where_nothing_else_would(self) -> None:
        assert new_text(f"{NEW}\n\n{REPLY_MARKER}\n\nVotre numéro est 12345.") == NEW

    def test_the_header_that_the_program_puts_above_it_goes_too(self) -> None:
        header = REPLY_HEADERS[0]
        assert new_text(f"{NEW}\n\n{header}\n\n{REPLY_MARKER}\n\nVotre numéro est 1.") == NEW
        assert new_text(f"{NEW}\n\n{header}\n> {REPLY_MARKER}\n>\n> Votre numéro.") == NEW

    def test_it_is_found_when_quoting_wrapped_it(self) -> None:
        first, second = REPLY_MARKER[:70], REPLY_MARKER[70:]
        assert new_text(f"{NEW}\n\n{first}\n{second}\nVotre numéro est 12345.") == NEW

    def test_an_answer_below_it_is_not_lost(self) -> None:
        text = f"{REPLY_MARKER}\n> Votre numéro est 12345.\n\n{NEW}"
        assert new_text(text) == NEW

    @pytest.mark.parametrize("width", range(20, 120, 7))
    def test_it_is_found_however_narrow_it_was_wrapped(self, width: int) -> None:
        wrapped = textwrap.fill(REPLY_MARKER, width)
        quoted = "\n".join(f"> {line}" for line in wrapped.split("\n"))
        assert quotes_reply_marker(f"{NEW}\n\n{quoted}\n>\n> Votre numéro est 12345.")
        assert new_text(f"{NEW}\n\n{quoted}\n>\n> Votre numéro est 12345.") == NEW
        if width > 60:
            assert new_text(f"{NEW}\n\n{wrapped}\n\nVotre numéro est 12345.") == NEW

    @pytest.mark.parametrize("prefix", ["", "m_1234567890", "x_", "yiv55", "x_m_-12_"])
    def test_its_element_is_known_under_the_name_a_program_gave_it(self, prefix: str) -> None:
        letter = html_letter(
            f'<p>{NEW}</p><div id="{prefix}passerelle-reply-above">- - -</div><p>Votre numéro</p>'
        )
        assert (letter.new_text, letter.quotes_marker) == (NEW, True)

    def test_a_mail_that_quotes_it_is_known(self) -> None:
        assert quotes_reply_marker(f"ok\n> {REPLY_MARKER}\n")
        assert not quotes_reply_marker("Faut-il répondre au-dessus ? Reply above this line")


class TestForwards:
    @pytest.mark.parametrize(
        "pointer",
        [
            "",
            "Voir ci-dessous.",
            "Bonjour,\n\nvoir mail ci-dessous.\n\nBien à vous,\nAmélie",
            "Zie hieronder aub",
            "Siehe unten, danke.",
            "See below",
            "FYI",
        ],
    )
    @pytest.mark.parametrize("separator", SEPARATORS)
    def test_a_forward_that_only_points_below_is_kept_whole(
        self, pointer: str, separator: str
    ) -> None:
        text = f"{pointer}\n\n{separator}\nDe : Fiscus\nObjet : Attestation\n\nIl manque la page 2."
        assert "Il manque la page 2." in new_text(text)

    def test_a_forward_with_a_question_of_its_own_is_cut(self) -> None:
        text = (
            "Mon comptable me dit que je dois payer quand même, est-ce vrai ? Voir ci-dessous.\n\n"
            "---------- Forwarded message ---------\nFrom: Comptable\nSubject: x\n\nPayez."
        )
        assert "Payez." not in new_text(text)

    @pytest.mark.parametrize(
        "comment",
        [
            "Moet ik dit betalen?",
            "Que dois-je faire ?",
            "Can you explain this to me?",
            "Stimmt das?",
        ],
    )
    @pytest.mark.parametrize("head", ["---------- Forwarded message ---------\n", ""])
    def test_a_few_words_keep_the_mail_that_they_pass_on(self, comment: str, head: str) -> None:
        text = f"{comment}\n\n{head}{OUTLOOK_BLOCKS[0]}\n\nIl manque la page 2."
        passed_on = split(text, subject="TR: Votre attestation").new_text
        assert passed_on.startswith(comment)
        assert passed_on.endswith("Il manque la page 2.")
        assert split(text, subject="RE: TR: Votre attestation").new_text == comment

    def test_many_words_stand_by_themselves_above_a_forward(self) -> None:
        text = f"{LONG}\n\n{OUTLOOK_BLOCKS[0]}\n\nIl manque la page 2."
        assert split(text, subject="TR: Votre attestation").new_text == LONG

    def test_nothing_but_quotes_gives_the_whole_text(self) -> None:
        assert new_text("> Votre dossier\n> est ouvert.") == "> Votre dossier\n> est ouvert."


class TestSignatures:
    @pytest.mark.parametrize(
        "closing",
        [
            "Cordialement,",
            "Bien à vous",
            "Bien cordialement",
            "Salutations distinguées",
            "Veuillez agréer, Madame, Monsieur, mes salutations distinguées.",
            "Met vriendelijke groet",
            "Met vriendelijke groeten,",
            "Vriendelijke groeten",
            "Mvg",
            "Mvg, Joris",
            "Mit freundlichen Grüßen",
            "Mit freundlichen Gruessen",
            "MfG",
            "Kind regards,",
            "Best regards",
            "Yours sincerely,",
        ],
    )
    def test_a_closing_formula_and_the_names_after_it_leave_the_new_text(
        self, closing: str
    ) -> None:
        parted = split(f"{NEW}\n\n{closing}\n\nAmélie Dupont\nBoulangerie\nBE0123.456.749")
        assert parted.new_text == NEW
        assert "BE0123.456.749" in parted.signature

    @pytest.mark.parametrize(
        "footer",
        [
            "Envoyé de mon iPhone",
            "Envoyé depuis mon appareil Galaxy",
            "Verzonden vanaf mijn iPhone",
            "Verstuurd vanaf mijn iPad",
            "Von meinem iPhone gesendet",
            "Sent from my iPhone",
            "Obtenir Outlook pour Android",
            "Outlook voor iOS downloaden",
            "Holen Sie sich Outlook für iOS",
            "Get Outlook for iOS<https://example.com/o>",
        ],
    )
    def test_the_footers_of_telephones_leave_the_new_text(self, footer: str) -> None:
        assert new_text(f"{NEW}\n\n{footer}\n\n{REPLY_HEADERS[0]}\n> Bonjour") == NEW

    @pytest.mark.parametrize(
        "notice",
        [
            "Ce message est confidentiel et réservé à son destinataire ; s'il vous parvient par "
            "erreur, veuillez le détruire.",
            "Dit bericht is vertrouwelijk en alleen bestemd voor de geadresseerde; verwijder het "
            "als u het per vergissing kreeg.",
            "Diese E-Mail ist vertraulich und nur für den Empfänger bestimmt; bitte löschen Sie "
            "sie, wenn Sie sie irrtümlich erhalten haben.",
            "This e-mail is confidential and meant for the intended recipient only; please delete "
            "it when it reached you by mistake.",
        ],
    )
    def test_a_confidentiality_notice_leaves_the_new_text(self, notice: str) -> None:
        text = f"{NEW}\n\nCordialement,\nAmélie\n\n{notice}"
        assert new_text(text) == NEW

    def test_a_question_about_confidentiality_stays(self) -> None:
        question = (
            "Ce message contient mes revenus : est-ce que tout cela reste confidentiel chez vous ?"
        )
        assert question in new_text(f"Bonjour,\n\n{question}\n\nAmélie")

    def test_everything_after_the_delimiter_is_signature(self) -> None:
        parted = split(f"{NEW}\n\n-- \nAmélie Dupont\nTél. 02 555 01 23")
        assert (parted.new_text, parted.signature) == (
            NEW,
            "-- \nAmélie Dupont\nTél. 02 555 01 23",
        )

    def test_a_postscript_is_no_signature(self) -> None:
        text = f"{NEW}\n\nCordialement,\nAmélie\n\nPS : mon numéro de compte a changé."
        assert new_text(text) == f"{NEW}\n\nPS : mon numéro de compte a changé."

    def test_sentences_after_a_closing_are_no_signature(self) -> None:
        more = "J'oubliais de vous dire que mon magasin a rouvert hier."
        assert more in new_text(f"{NEW}\n\nCordialement,\nAmélie\n\n{more}")
        assert "Que faire ?" in new_text(f"{NEW}\n--\nQue faire ?")

    def test_a_closing_word_inside_a_sentence_stays(self) -> None:
        text = "Bonjour,\nSincèrement je suis perdu.\nMerci"
        assert new_text(text) == text

    def test_a_mail_that_is_only_a_signature_keeps_it(self) -> None:
        assert new_text("Cordialement,\nAmélie") == "Cordialement,\nAmélie"


class TestQuotesInHtml:
    @pytest.mark.parametrize(
        "old",
        [
            '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">El vie, 3 abr 2020 a las '
            "10:12, Support escribió:<br></div><blockquote class='gmail_quote'>Alt</blockquote>"
            "</div>",
            '<div class="gmail_quote gmail_quote_container"><div class="gmail_attr">Le ven. 3 avr. '
            "2020 à 10:12, Support a écrit :</div><blockquote>Alt</blockquote></div>",
            '<hr><div id="divRplyFwdMsg"><b>De :</b> Support<br><b>Objet :</b> x</div>'
            "<div>Alt</div>",
            '<div id="appendonsend"></div><hr><div>Alt</div>',
            "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'>"
            "<p><b>Von:</b> Support</p></div><p>Alt</p>",
            "<div style='border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
            "<p><b>Van:</b> Support</p></div><p>Alt</p>",
            '<div id="yahoo_quoted_1234" class="yahoo_quoted"><div>Il y a longtemps</div><div>Alt'
            "</div></div>",
            '<div class="protonmail_quote">Le vendredi, Support a écrit :<br><blockquote '
            'class="protonmail_quote" type="cite">Alt</blockquote></div>',
            '<div>Le 3 avr. 2020 à 10:12, Support a écrit :</div><blockquote type="cite">Alt'
            "</blockquote>",
            '<div class="moz-cite-prefix">Le 03/04/2020 à 10:12, Support a écrit :</div>'
            '<blockquote type="cite" cite="mid:x">Alt</blockquote>',
            '<div id="mail-editor-reference-message-container"><div>Support</div><div>Alt</div>'
            "</div>",
            '<div name="quote" style="margin:10px"><div><b>Gesendet:</b> Freitag</div>Alt</div>',
            "<!-- originalMessage --><div>Alt</div>",
            '<div id="passerelle-reply-above">--</div><div>Alt</div>',
            '<div data-marker="__HEADERS__">Support</div><div>Alt</div>',
            '<div name="messageReplySection">Support<div>Alt</div></div>',
        ],
    )
    def test_the_mark_of_each_program_ends_the_new_text(self, old: str) -> None:
        letter = html_letter(f"<div>{NEW}</div><div><br></div>{old}")
        assert letter.new_text == NEW
        assert "Alt" in letter.text

    def test_answers_between_the_quotes_of_gmail_are_kept(self) -> None:
        letter = html_letter(
            '<div class="gmail_quote"><div class="gmail_attr">On Fri, Apr 3, 2020 at 10:12 AM '
            "Support wrote:</div><blockquote class='gmail_quote'>Alt eins</blockquote>"
            "<div>Ja, seit März.</div><blockquote class='gmail_quote'>Alt zwei</blockquote></div>"
        )
        assert letter.new_text == "Ja, seit März."

    def test_a_blockquote_alone_may_be_the_clients_own(self) -> None:
        letter = html_letter(
            "<p>Votre lettre dit :</p><blockquote class='gmail_quote'>payez</blockquote><p>Pourquoi"
            " ?</p>"
        )
        assert "payez" in letter.new_text

    def test_a_forward_by_gmail_without_a_word_is_kept(self) -> None:
        letter = html_letter(
            '<div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message '
            "---------<br>From: Fiscus<br>Subject: x</div><div>Il manque la page 2.</div></div>"
        )
        assert "Il manque la page 2." in letter.new_text

    def test_the_signature_block_of_a_program_is_a_signature(self) -> None:
        letter = html_letter(
            f'<div>{NEW}</div><span class="gmail_signature_prefix">-- </span><br>'
            '<div class="gmail_signature">Amélie Dupont<br>02 555 01 23</div>'
            '<div class="gmail_quote"><blockquote>Alt</blockquote></div>'
        )
        assert letter.new_text == NEW
        assert "02 555 01 23" in letter.signature


@pytest.mark.parametrize(
    "worst", ["Le 3 avr. 2020 à 10:12,\n", "> x\n", "De : x\n", "-" * 400 + "\n", "a écrit 1 "]
)
def test_the_worst_hundred_kilobytes_take_no_noticeable_time(worst: str) -> None:
    text = worst * (100_000 // len(worst))
    started = time.process_time()
    assert split(text).new_text is not None
    assert time.process_time() - started < 0.5


def html_letter(body: str) -> Letter:
    head = "From: amelie@example.be\nSubject: Re: x\nContent-Type: text/html; charset=utf-8\n\n"
    return Letter.parse((head + f"<html><body>{body}</body></html>").encode())
