import stat

import pytest
from cryptography.exceptions import InvalidTag

from models.keys import KeyRing

NUMBER = b"93.05.18-223.61"


@pytest.fixture
def ring(tmp_path) -> KeyRing:
    return KeyRing.load(tmp_path / "keys.json")


def test_what_is_sealed_can_be_opened(ring):
    assert ring.open(ring.seal(NUMBER, "client|1"), "client|1") == NUMBER


def test_what_is_sealed_does_not_show(ring):
    assert NUMBER not in ring.seal(NUMBER, "client|1")


def test_the_same_number_is_sealed_differently_each_time(ring):
    assert ring.seal(NUMBER, "client|1") != ring.seal(NUMBER, "client|1")


def test_what_was_moved_to_another_place_does_not_open(ring):
    with pytest.raises(InvalidTag):
        ring.open(ring.seal(NUMBER, "client|1"), "client|2")


def test_what_was_changed_does_not_open(ring):
    sealed = bytearray(ring.seal(NUMBER, "client|1"))
    sealed[-1] ^= 1
    with pytest.raises(InvalidTag):
        ring.open(bytes(sealed), "client|1")


def test_a_new_key_seals_and_the_old_one_still_opens(ring):
    old = ring.seal(NUMBER, "client|1")
    rotated = KeyRing({**ring.keys, "k2": bytes(range(32))}, ring.index_key, ring.sign_key)
    assert rotated.open(old, "client|1") == NUMBER
    assert rotated.seal(NUMBER, "client|1").startswith(b"k2|")


def test_equal_numbers_have_the_same_blind_index(ring):
    assert ring.blind("93051822361", "niss") == ring.blind("93051822361", "niss")


def test_the_blind_index_of_another_purpose_differs(ring):
    assert ring.blind("0123456749", "niss") != ring.blind("0123456749", "kbo")


def test_the_blind_index_of_another_house_differs(ring, tmp_path):
    elsewhere = KeyRing.load(tmp_path / "elsewhere.json")
    assert ring.blind("93051822361", "niss") != elsewhere.blind("93051822361", "niss")


def test_a_signature_vouches_for_its_parts_only(ring):
    signature = ring.sign("reply", 7)
    assert ring.vouches(signature, "reply", 7)
    assert not ring.vouches(signature, "reply", 8)
    assert not ring.vouches(signature, "message", 7)


def test_a_signature_survives_relays_that_fold_case(ring):
    assert ring.vouches(ring.sign("reply", 7).upper(), "reply", 7)


def test_a_signature_has_130_bits_in_letters_that_an_address_may_have(ring):
    signature = ring.sign("reply", 7)
    assert len(signature) == 26
    assert signature.isascii() and signature.isalnum() and signature.islower()


@pytest.mark.parametrize("forged", ["", "é", "\udcff", "a" * 10_000])
def test_a_forged_signature_is_refused_whatever_it_is_made_of(ring, forged):
    assert not ring.vouches(forged, "reply", 7)


def test_the_ring_is_made_once_and_kept(tmp_path):
    path = tmp_path / "deep" / "keys.json"
    assert KeyRing.load(path) == KeyRing.load(path)


def test_the_ring_is_readable_by_its_owner_only(tmp_path):
    path = tmp_path / "keys.json"
    KeyRing.load(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_making_the_ring_leaves_no_draft_behind(tmp_path):
    KeyRing.load(tmp_path / "keys.json")
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]
