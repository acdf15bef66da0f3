"""A long JSON file is read member by member, wherever its pieces end."""

import io
import json

import pytest

from triage.importing import json_stream
from triage.importing.json_stream import NoJson, members

TEXT = {"tickets": [{"body": 'é "x" \\'}, 12, None], "users": [], "count": 3, "more": [[1], {}]}


@pytest.fixture(params=[1, 3, 1 << 18], ids=["1", "3", "whole"])
def chunk(request, monkeypatch):
    monkeypatch.setattr(json_stream, "CHUNK", request.param)


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize("ascii_only", [True, False], ids=["ascii", "utf-8"])
def test_every_member_comes_with_the_name_of_its_list(ascii_only):
    file = io.BytesIO(json.dumps(TEXT, ensure_ascii=ascii_only, indent=1).encode())
    assert list(members(file)) == [
        ("tickets", {"body": 'é "x" \\'}),
        ("tickets", 12),
        ("tickets", None),
        ("more", [1]),
        ("more", {}),
    ]


@pytest.mark.usefixtures("chunk")
def test_a_list_alone_has_no_name():
    assert list(members(io.BytesIO(b"\xef\xbb\xbf [1, 22 , 333]\n"))) == [
        ("", 1),
        ("", 22),
        ("", 333),
    ]


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize(
    "text",
    ["", "no", "[1", "[1,]", "[1 2]", "[tru]", '["a', '{"a"', '{"a":[1]', "{1:[]}", "[1]x"],
)
def test_what_breaks_off_or_goes_astray_is_told(text):
    with pytest.raises(NoJson):
        list(members(io.BytesIO(text.encode())))


def test_what_is_too_deep_is_told():
    with pytest.raises(NoJson):
        list(members(io.BytesIO(b"[" * 200_000)))
