"""Names, companies and notices below a letter leave the new text and are kept apart."""

import pytest

from triage.intake.quotes import split
from triage.intake.signatures import take_signature

NEW = "Bonjour,\n\nJe n'ai pas encore reçu le paiement d'avril.\nPouvez-vous vérifier ?"
HOUSE = "Jean Dupont\nGérant\nDupont Frères SRL\nRue Haute 12, 5000 Namur\nTél. 081 00 00 11"
AFAR = (
    "Petra\n\nMüller & Sohn GmbH\nHauptstraße 1\n4700 Eupen\nTel.: 087 00 00 13\n"
    "Geschäftsführer: Hans Müller\nUSt-ID: BE0403019261\n\nDiese E-Mail ist vertraulich."
)
CLOSINGS = [
    *("Cordialement,", "Bien cordialement", "Cdlt", "Bàv", "Salutations distinguées", "A bientôt,"),
    *(
        "Excellente journée à vous,",
        "Bon week-end,",
        "Prenez soin de vous",
        "Au plaisir de vous lire,",
    ),
    *(
        "Mit freundlichen Grüßen",
        "Mit sonnigen Grüßen aus der Werkstatt,",
        "LG",
        "Hochachtungsvoll",
    ),
    *("Bleiben Sie gesund!", "Ich verbleibe mit freundlichen Grüßen", "Schönes Wochenende"),
    *("Met vriendelijke groeten", "Mvg", "Gr.", "Met de meeste hoogachting", "Fijn weekend,"),
    *("Kind regards", "Yours faithfully,", "Best,", "Stay safe,", "Have a nice day,"),
    *("Merci d'avance", "Alvast bedankt", "Vielen Dank im Voraus,", "Thanks", "thx"),
    *("Dans l'attente de votre réponse,", "In afwachting van uw antwoord,", "Courage à tous"),
]


@pytest.mark.parametrize("closing", CLOSINGS)
@pytest.mark.parametrize("names", [HOUSE, AFAR])
def test_names_leave_below_whatever_closes_a_letter(closing: str, names: str) -> None:
    read = split(f"{NEW}\n\n{closing}\n{names}")
    assert read.new_text in (NEW, f"{NEW}\n\n{closing}", f"{NEW}\n\n{closing}\nPetra")
    assert "00 1" in read.signature


@pytest.mark.parametrize(
    "names",
    [
        HOUSE,
        "Thierry Gobert\nTaxi 24/24 - 0470 99 00 11",
        "An-Sofie\nBrasserie De Kade | Kaai 12 | 8400 Oostende\nBTW BE 0403.019.261",
        "K. Janssens - 0475/00.00.15",
    ],
)
def test_a_signature_needs_no_closing_formula(names: str) -> None:
    assert split(f"{NEW}\n\n{names}").new_text == NEW


@pytest.mark.parametrize(
    "content",
    [
        "Voici ma nouvelle adresse :\n\nJean Dupont\nRue Haute 12\n5000 Namur\nTél. 081 00 00 11",
        "Please change my details, thanks:\n\nPark Ceramics BV\n8500 Kortrijk\n056 00 00 49",
        "Mein Konto:\n\nElke Lennertz\nBE71 0961 2345 6769",
        "Mon numéro est le 0470 00 00 11.",
        "Jean Dupont\n081 00 00 11",
        "Cordialement, je vous demande une réponse avant le 5 mai.",
        "Bedankt\n\nIk vergat nog te zeggen dat mijn zaak sinds 18 maart gesloten is.",
        "P.S. merci de corriger mon nom avant d'imprimer la carte.",
    ],
)
def test_what_a_letter_is_about_stays(content: str) -> None:
    assert split(f"Bonjour,\n\n{content}").new_text.endswith(content.rpartition("\n")[2])


def test_a_sentence_that_runs_into_its_closing_stays() -> None:
    text = "J'attends votre appel demain à 10 h, bien à vous,"
    assert split(f"{text}\n\n{HOUSE}").new_text == text


@pytest.mark.parametrize(
    "footer",
    [
        *("Envoyé de mon iPhone", "Verzonden vanaf mijn Galaxy", "Von meinem iPhone gesendet"),
        *("Sent from my Samsung Galaxy smartphone.", "Télécharger Outlook pour Android"),
        *("Gesendet von Mail für Windows", "Sent with Proton Mail secure email."),
        "-- \nSent from my Android device with K-9 Mail. Please excuse my brevity.",
        "--\nSent from my Android device with K-9 Mail. Please excuse my brevity.",
        "---\nDit e-mailbericht is gecontroleerd op virussen met Avast.\nhttps://www.avast.example",
        "Denk aan het milieu voor u deze e-mail afdrukt.",
        "<https://www.example.com/sig-email>\nVirusvrij. www.example.com\n<#DAB4FAD8-2DD7-40BB>",
        "This e-mail and any attachment are confidential and intended for the addressee only.\n"
        "Ce courriel et ses annexes sont confidentiels et réservés au seul destinataire.",
    ],
)
@pytest.mark.parametrize("above", ["", "Bien à vous,\nJean\n\n"])
@pytest.mark.parametrize("quote", ["", "\n\nLe 3 avril 2020 à 10:12, A <a@b.c> a écrit :\n> Alt\n"])
def test_footers_leave_wherever_they_stand(footer: str, above: str, quote: str) -> None:
    assert split(f"{NEW}\n\n{above}{footer}{quote}").new_text == NEW
    if quote:
        assert split(f"{NEW}\n\n{above}{quote}\n{footer}").new_text == NEW


def test_the_armour_of_a_signed_text_is_no_text() -> None:
    read = split(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello,\n\n- From May on I am closed.\n"
        "- - since the 4th\n-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAd\n=0aBc\n"
        "-----END PGP SIGNATURE-----"
    )
    assert read.new_text == "Hello,\n\nFrom May on I am closed.\n- since the 4th"


def test_nothing_is_lost_between_text_and_signature() -> None:
    lines = f"{NEW}\n\nBien à vous,\n{HOUSE}\n\nEnvoyé de mon iPhone".split("\n")
    kept, taken = take_signature(lines)
    assert sorted(filter(None, [*kept, *taken])) == sorted(filter(None, lines))


@pytest.mark.parametrize("name", ["Élodie Warnier", "WARNIER Elodie", "Elodie Warnier"])
def test_below_the_name_of_the_writer_stands_only_a_signature(name: str) -> None:
    letter = f"{NEW}\n\n{name}\nSalon L'Hair du Temps"
    assert split(letter, writer=name).new_text == NEW
    assert split(letter, writer="Paul Jadot").new_text == letter


def test_the_name_of_the_writer_tells_a_signature_that_no_empty_line_sets_apart() -> None:
    house = "Paul Jadot\nMenuiserie\nTél. 0475 00 11 22"
    assert split(f"{NEW}\n{house}", writer="Paul Jadot").new_text == NEW


def test_a_name_and_an_address_that_were_announced_are_text() -> None:
    letter = f"{NEW}\nMa nouvelle adresse :\n\nPaul Jadot\nRue Haute 5\n5000 Namur"
    assert split(letter, writer="Paul Jadot").new_text == letter


@pytest.mark.parametrize(
    "footer", ["Sent with Spark", "Sent via Superhuman", "Yahoo Mail: Search, Organize, Conquer"]
)
def test_the_footer_of_a_program_leaves(footer: str) -> None:
    assert split(f"{NEW}\n\n{footer}").new_text == NEW


@pytest.mark.parametrize(
    "more",
    [
        "Autre chose : mon numéro a changé, c'est le 0470 00 00 20",
        "J'oubliais de dire que je suis aussi salariée",
        "Nog dit: ik heb geen toegang tot het portaal",
        "Ich bin erst ab 15 Uhr zu erreichen.",
        "One more thing, I moved to Namur in March",
        "Nachtrag: das Konto bleibt gleich",
    ],
)
@pytest.mark.parametrize("names", ["Luc", "Luc Maréchal\nMenuiserie\n0475 00 11 22"])
def test_what_the_writer_adds_below_a_signature_is_kept(names: str, more: str) -> None:
    read = split(f"{NEW}\n\nCordialement,\n{names}\n\n{more}").new_text
    assert more in read
    assert "Cordialement" not in read


@pytest.mark.parametrize(
    "line",
    [
        "I work Monday to Thursday, in the office in Leuven.",
        "Je ne travaille pas le mercredi après-midi, merci de patienter.",
        "Ik werk niet op woensdag, dank voor uw begrip.",
        "Ich arbeite von Montag bis Donnerstag im Büro.",
    ],
)
def test_working_hours_below_a_signature_leave(line: str) -> None:
    assert split(f"{NEW}\n\nKind regards\nTom Price\n\n{line}").new_text == NEW


@pytest.mark.parametrize("marks", ["«»", "“”", "„“", '""'])
def test_a_letter_that_is_cited_ends_only_itself(marks: str) -> None:
    letter = (
        f"Votre collègue m'écrit :\n{marks[0]}Le dossier est complet.\n"
        f"Cordialement,\nNadia{marks[1]}\n\nEt maintenant vous dites le contraire."
    )
    assert split(letter).new_text == letter


@pytest.mark.parametrize(
    "closing",
    [
        "Kind regards / Bien à vous",
        "Mit freundlichen Grüßen / Cordialement / Met vriendelijke groeten",
        "Greetings,",
    ],
)
def test_a_formula_in_all_languages_closes_a_letter(closing: str) -> None:
    assert split(f"{NEW}\n\n{closing}\n\nHans Weber").new_text == NEW


@pytest.mark.parametrize(
    "footer",
    [
        "Provenance : Courrier<https://link.example.com/?LinkId=550986> pour Windows 10",
        "Sent from Mail<https://link.example.com/?LinkId=550986> for Windows",
        "Von meinem Handy gesendet – bitte entschuldigen Sie Tippfehler",
    ],
)
def test_a_footer_is_known_by_what_it_shows(footer: str) -> None:
    assert split(f"{NEW}\n\n{footer}").new_text == NEW


@pytest.mark.parametrize(
    "notice",
    [
        "Ce courriel est destiné à la personne citée ci-dessus. Toute diffusion en est interdite.",
        "Dit bericht is uitsluitend bestemd voor wie hierboven staat. Verspreiding is verboden.",
        "This message is meant solely for the person named above. Unauthorised use is prohibited.",
    ],
)
def test_a_notice_that_forbids_leaves(notice: str) -> None:
    assert split(f"{NEW}\n\n{notice}").new_text == NEW


def test_a_greeting_from_afar_is_no_end() -> None:
    letter = "Grüße aus dem Urlaub!\n\nIch brauche trotzdem eine Antwort auf meinen Antrag."
    assert split(letter).new_text == letter


def test_a_sentence_that_begins_like_a_footer_is_text() -> None:
    sentence = (
        "Envoyé de mon iPhone le 29 septembre, le certificat était effectivement flou, désolé."
    )
    letter = f"Bonsoir,\n\n{sentence}\n\nJe le renvoie demain."
    assert split(letter).new_text == letter
