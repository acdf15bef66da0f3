"""A model remembers nobody: a thousand known secrets go in, and none is found in any of its files.

The search is itself tried on models that were made without redaction, where it must find them.
"""

import io
import json
import random
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from stdnum import iban
from stdnum.be import ogm_vcs, ssn, vat

from classifiers import store
from classifiers.engine import Engine, Example, Text
from classifiers.ordinary import ordinary, plain
from classifiers.redaction import redacted
from classifiers.starter import starter
from classifiers.text import opening
from models.base import now, transaction
from models.user import User
from tests.people import House, Person
from triage import labels, lessons

TOPICS = ("deferral", "pension", "bridging_right")
LETTERS_OF_A_NAME = 5
FREQUENT = ("Peeters", "Dubois", "Janssens", "Lambert", "Wouters", "Goossens", "Schmitz", "Dupont")
"""Names of many clients."""


@dataclass(frozen=True)
class Writer:
    """A client whose every contact gives something away."""

    name: str
    third: str
    """Somebody else whom the contact names."""
    numbers: tuple[str, ...]
    street: str
    plate: str

    @property
    def secrets(self) -> tuple[str, ...]:
        return (*self.name.split(), self.third, *self.numbers, self.street, self.plate)


SENTENCES = {
    "fr": (
        "Bonjour Madame {third},\n{said}\nJe suis {name}, {street} {house}, n° {0}.\n"
        "Payez sur {1}, communication {2}, tél. {3}, {4}. Plaque {plate}.\nCordialement,\n{name}"
    ),
    "nl": (
        "Dag mevrouw {third}, {said} Mijn nummer {0} en rekening {1}, mededeling {2}, bel {3} of "
        "mail {4}. Ik woon in de {street} {house}, nummerplaat {plate}.\n\nmvg\n{name}\n"
        "> Op 4 mei 2020 schreef {third}:\n> Beste {name}, uw aanvraag"
    ),
    "de": (
        "Sehr geehrter Herr {third}, mein Name ist {name}. {said} Nummer {0}, Konto {1}, "
        "Mitteilung {2}, Telefon {3}, {4}, Adresse {street} {house}, Kennzeichen {plate}.\n"
        "Mit freundlichen Grüßen\n{name}"
    ),
    "en": (
        "Dear Mr {third}, I am {name}. {said} My number is {0}, please pay to {1}, reference {2}. "
        "Call {3} or write to {4}. My accountant {third} agrees. I live in {street} {house}, "
        "plate {plate}.\nKind regards, {name}"
    ),
}


def writers(count: int = 100) -> list[Writer]:
    """Invented people, the same on each run."""
    chance = random.Random(20200318)
    return [_writer(chance, number) for number in range(count)]


def _writer(chance: random.Random, number: int) -> Writer:
    born = chance.randrange(1950, 1999)
    head = f"{born % 100:02d}{chance.randrange(1, 13):02d}{chance.randrange(1, 28):02d}"
    head += f"{chance.randrange(1, 998):03d}"
    niss = head + f"{97 - int(head) % 97:02d}"
    base = f"{chance.randrange(4_000_000, 9_999_999):08d}"
    kbo = base + f"{97 - int(base) % 97:02d}"
    account = f"{chance.randrange(10**9, 10**10):010d}"
    account += f"{int(account) % 97 or 97:02d}"
    account = iban.calc_check_digits("BE00" + account) + account
    statement = f"{chance.randrange(10**9, 10**10):010d}"
    statement += f"{int(statement) % 97 or 97:02d}"
    assert ssn.is_valid(niss)
    assert vat.is_valid(kbo)
    assert ogm_vcs.is_valid(statement)
    name = f"{_invented(chance)} {_invented(chance)}"
    phone = f"047{chance.randrange(10**6, 10**7):07d}"
    written = (
        f"{niss[:2]}.{niss[2:4]}.{niss[4:6]}-{niss[6:9]}.{niss[9:]}" if number % 2 else niss,
        f"BE{account}"
        if number % 3
        else f"BE{account[:2]} {account[2:6]} {account[6:10]} {account[10:]}",
        f"+++{statement[:3]}/{statement[3:7]}/{statement[7:]}+++" if number % 2 else statement,
        f"{phone[:4]} {phone[4:6]} {phone[6:8]} {phone[8:]}" if number % 2 else phone,
        f"{plain(name.split()[1])}{number}@example.be",
        f"{kbo[:4]}.{kbo[4:7]}.{kbo[7:]}",
    )
    return Writer(
        name,
        FREQUENT[number % len(FREQUENT)] if number % 2 else _invented(chance),
        written,
        _invented(chance) + chance.choice(["straat", "laan", "steenweg"]),
        f"{chance.randrange(1, 10)}-{''.join(chance.choices('ABCDEFGH', k=3))}-"
        f"{chance.randrange(100, 1000)}",
    )


def _invented(chance: random.Random) -> str:
    """A name that nobody bears and that is no word."""
    parts = [
        chance.choice("bdfgklmnprstvwz") + chance.choice("aeiou") + chance.choice("lnrsxz")
        for _ in range(3)
    ]
    name = "".join(parts).capitalize()
    return name if plain(name) not in ordinary() else _invented(chance)


def told(writer: Writer, row: Example) -> str:
    """What the writer says of the row's matter, giving all of it away."""
    text = SENTENCES[row.language or "fr"].format(
        *writer.numbers,
        name=writer.name,
        third=writer.third,
        said=row.text,
        street=writer.street,
        house=17,
        plate=writer.plate,
    )
    return f"{text} BE {writer.numbers[5]}"


def matters() -> list[Example]:
    rows = [row for row in starter() if row.topic in TOPICS and row.source == "starter_a"]
    return rows[:100]


def contacts(redact: bool = True) -> list[Example]:
    rows = []
    for number, (writer, row) in enumerate(zip(writers(), matters(), strict=False)):
        text = told(writer, row)
        rows.append(
            Example(
                redacted(text, [writer.name]) if redact else text,
                row.topic,
                row.subtopic,
                row.intent,
                language=row.language,
                client=f"hash {number}",
            )
        )
    return rows


def invented() -> list[Example]:
    return [row for row in starter() if row.topic in TOPICS and row.source != "starter_a"][:150]


def saved(rows: Sequence[Example], directory: Path, *, use_encoder: bool = True) -> Path:
    Engine.train(rows, use_encoder).save(directory)
    return directory


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved([*contacts(), *invented()], tmp_path_factory.mktemp("forgetful") / "model")


# --- the search -----------------------------------------------------------------------------


def found(directory: Path, secrets: Sequence[str]) -> set[str]:
    """Which secrets stand in any file of a model, in plain or folded letters, packed or not."""
    forms = {secret: _forms(secret) for secret in secrets}
    whole = b"\0".join(_everything(directory))
    terms = _letter_sequences(directory)
    return {
        secret
        for secret, written in forms.items()
        if any(form.encode() in whole for form in written) or not terms.isdisjoint(written)
    }


def _forms(secret: str) -> set[str]:
    """As it was written, without separators, and as the vocabulary folds it."""
    forms = {secret, plain(secret), secret.lower(), re.sub(r"[^\w@]", "", secret)}
    return {form for form in forms if len(form) >= LETTERS_OF_A_NAME}


def _everything(directory: Path) -> Iterator[bytes]:
    """Each file as it lies there, its members unpacked, its arrays and texts decoded."""
    for path in directory.rglob("*"):
        if not path.is_file():
            continue
        raw = path.read_bytes()
        yield raw
        if zipfile.is_zipfile(io.BytesIO(raw)):
            yield from _unpacked(raw)
        elif path.suffix == ".json":
            described = json.loads(raw)
            yield json.dumps(described, ensure_ascii=False).encode()
            yield plain(json.dumps(described, ensure_ascii=False)).encode()


def _unpacked(raw: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for member in archive.namelist():
            content = archive.read(member)
            yield content
            values = np.load(io.BytesIO(content), allow_pickle=False)
            if values.dtype.kind in "US":
                yield "\0".join(map(str, values.ravel())).encode()
            elif values.dtype.kind in "iu":  # texts kept as the numbers of their letters
                yield bytes(int(value) % 256 for value in values.ravel()[:1_000_000])


def _letter_sequences(directory: Path) -> set[str]:
    """Whole terms of the vocabulary: five letters may spell a name in one piece."""
    described = json.loads((directory / store.DESCRIPTION).read_text("utf-8"))
    return {term.strip() for term in described["letters"]} | {
        word for term in described["words"] for word in term.split()
    }


# --- the proof ------------------------------------------------------------------------------


def seeded() -> list[str]:
    return sorted({secret for writer in writers() for secret in writer.secrets})


def test_a_thousand_secrets_are_known_and_of_every_kind() -> None:
    assert len(seeded()) >= 1_000
    texts = [told(writer, row) for writer, row in zip(writers(), matters(), strict=False)]
    assert len(texts) == len(writers())
    for writer, text in zip(writers(), texts, strict=True):
        assert all(secret in text for secret in writer.secrets)


def test_no_secret_is_in_the_redacted_texts() -> None:
    left = "\n".join(row.text for row in contacts())
    folded = plain(left)
    assert [secret for secret in seeded() if secret in left or plain(secret) in folded] == []


def test_no_file_of_a_model_holds_any_of_them(model: Path) -> None:
    assert found(model, seeded()) == set()


def test_no_sequence_of_letters_spells_a_name(model: Path) -> None:
    names = {plain(part) for writer in writers() for part in (*writer.name.split(), writer.third)}
    spelled = _letter_sequences(model) & {name for name in names if len(name) >= LETTERS_OF_A_NAME}
    assert spelled == set()


def test_it_learned_from_them_all_the_same(model: Path) -> None:
    engine = Engine.load(model)
    opinion = engine.classify([Text("Mag ik uitstel van betaling voor mijn bijdragen?")])[0]
    assert opinion.topic == "deferral"


def test_the_nearest_texts_and_the_reasons_are_nobody_elses_words(model: Path) -> None:
    engine = Engine.load(model)
    open_to_all = [opening(row.text, row.subject) for row in invented()]
    asked = [Text(row.text, language=row.language) for row in matters()]
    for text, opinion in zip(asked, engine.classify(asked), strict=True):
        for near in opinion.neighbours:
            assert any(known.startswith(near.text[:60]) for known in open_to_all)
        assert all(reason.term in text.text for reason in opinion.reasons)


# --- the search finds what is there ---------------------------------------------------------


def test_a_word_that_five_clients_wrote_is_found_when_nothing_was_redacted(tmp_path: Path) -> None:
    rows = [replace(row, text=f"{row.text} zwaluwkoning") for row in contacts(redact=False)]
    directory = saved([*rows, *invented()], tmp_path / "model", use_encoder=False)
    assert found(directory, ["Zwaluwkoning", "nergenswoord"]) == {"Zwaluwkoning"}


def test_a_name_in_a_text_that_may_be_shown_is_found(tmp_path: Path) -> None:
    shown = [replace(row, client=None) for row in contacts(redact=False)]
    directory = saved([*shown, *invented()], tmp_path / "model")
    names = {writer.name.split()[1] for writer in writers()}
    assert len(found(directory, sorted(names))) > len(names) / 2


def test_a_number_that_hides_in_an_array_is_found(model: Path, tmp_path: Path) -> None:
    version, description, arrays = store.read(model, _schema(model))
    arrays["notes"] = np.array(["Quintardinne", "85.07.30-033.28"])
    arrays["letters_by_number"] = np.frombuffer(b"Zwaluwkoning", dtype=np.uint8).astype(np.int32)
    store.write(tmp_path / "model", version, _schema(model), description, arrays)
    planted = {"Quintardinne", "85.07.30-033.28", "Zwaluwkoning"}
    assert found(tmp_path / "model", sorted(planted)) == planted


def _schema(directory: Path) -> int:
    return int(json.loads((directory / store.MANIFEST).read_text("utf-8"))["schema"])


# --- in the product -------------------------------------------------------------------------


def test_what_the_product_gives_to_training_holds_nobody(house: House, nadia: User) -> None:
    several = list(zip(writers(), matters(), strict=False))[:12]
    healthy = 0
    for number, (writer, row) in enumerate(several):
        person = Person(writer.name, writer.numbers[4], f"+3247512{number:04d}", "fr")
        contact = house.write(person, told(writer, row))
        healthy += not contact.health
        with transaction():
            labels.correct(contact, row.topic, None, by=nadia, at=now())
    taught = [row.example for row in lessons.gather() if row.correction_id is not None]
    assert len(taught) == healthy > len(several) / 2  # what tells of health is never learned
    left = plain("\n".join(f"{row.subject}\n{row.text}" for row in taught))
    secrets = {secret for writer, _ in several for secret in writer.secrets}
    assert [secret for secret in sorted(secrets) if plain(secret) in left] == []
