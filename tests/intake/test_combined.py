"""Every letter of the corpus above every history: neither a signature nor an old mail may take a
word of it away, nor leave a word of its own."""

import json
from itertools import product
from pathlib import Path

import pytest

from triage.intake.quotes import split

LETTERS = {
    f"{path.parent.name}/{path.stem}": expected["new_text"].strip()
    for path in sorted((Path(__file__).parent / "corpus").glob("*/*.json"))
    if (expected := json.loads(path.read_text("utf-8"))).get("new_text")
    and not expected.get("automatic")
}
ENDS = [
    "Cordialement,\nPaul Jadot",
    "Met vriendelijke groeten,\n\nJan Smet\nSmet Bouw BV\nKerkstraat 5\n9000 Gent\nT 09 555 00 00",
    "MFG\nHANS WEBER\nINHABER",
    "Bien à vous / Kind regards\n\nTom Price\nPrice Ltd\n+32 470 00 00 00",
    "Paul Jadot\nMenuiserie Jadot\n0475 00 11 22",
    "-- \nPaul Jadot\nMenuiserie",
    "Verstuurd vanaf mijn iPhone",
    "Bien à vous,\nPaul\n\nCe message est confidentiel. Si vous n'en êtes pas le destinataire, "
    "merci de le supprimer.",
    "Paul\n\nSent with Spark",
]
OLD = "Bonjour,\nvieux texte\n\nCordialement,\nNadia"
SIGNED = "> Bonjour,\n> vieux texte\n>\n> Nadia"
HISTORIES = [
    f"Le ven. 3 avr. 2026 à 10:12, Caisse <info@example.be> a écrit :\n\n{SIGNED}",
    f"Op 3/04/2026 om 10:12 schreef Fonds:\n{SIGNED}",
    f"Am Fr., 3. Apr. 2026 um 10:12 Uhr schrieb Kasse Horizont <\ninfo@example.be>:\n\n{SIGNED}",
    f"> On 3 Apr 2026, at 10:12, Fund <info@example.be> wrote:\n> \n{SIGNED}",
    f"De : Caisse <info@example.be>\nEnvoyé : vendredi 3 avril 2026 10:12\nÀ : Client\n"
    f"Objet : dossier\n\n{OLD}",
    f"-----Oorspronkelijk bericht-----\nVan: Fonds <info@example.be>\n"
    f"Verzonden: vrijdag 3 april 2026 10:12\nAan: Klant\nOnderwerp: dossier\n\n{OLD}",
    f"________________________________\nVon: Kasse <info@example.be>\n"
    f"Gesendet: Freitag, 3. April 2026 10:12\nAn: Kunde\nBetreff: Akte\n\n{OLD}",
    f"    On Friday, 3 April 2026 at 10:12:33 CEST, Fund <info@example.be> wrote:  \n \n {OLD}",
    f'> Message du 03/04/26 10:12\n> De : "Caisse" <info@example.be>\n> A : client\n{SIGNED}',
]
ENDINGS = list(product(ENDS, HISTORIES))


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_is_found_whole_whatever_stands_below_it(name: str) -> None:
    letter = lines_of(LETTERS[name])
    first = list(LETTERS).index(name)
    for turn in range(3):
        end, history = ENDINGS[(first * 3 + turn) % len(ENDINGS)]
        found = lines_of(split(f"{LETTERS[name]}\n\n{end}\n\n{history}").new_text)
        # A name that stands alone below a letter may stay.
        assert found in (letter, [*letter, end.split("\n")[0]]), (end, history)


def lines_of(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]
