"""HTML becomes the text that a reader would see, in one pass, however hostile the mark-up."""

import time

import pytest

from triage.intake.plain import has_too_many_links, read_html


def text(html: str) -> str:
    return read_html(html).text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Bonjour</p><p>Où en est-on ?</p>", "Bonjour\n\nOù en est-on ?"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<b>D</b><i>r</i><span>o</span>it <font>pas</font>serelle", "Droit passerelle"),
        ("a\n   b&nbsp;&nbsp;c", "a b c"),
        ("&eacute;t&#233; &amp; &lt;b&gt;", "été & <b>"),
        ("<ul><li>un</li><li>deux</li></ul>", "- un\n- deux"),
        (
            "<table><tr><td>NISS</td><td>inconnu</td></tr><tr><td>x</td></tr></table>",
            "NISS\tinconnu\nx",
        ),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<style>p{}</style>a<script>alert('<p>x')</script>b", "ab"),
        ("<head><title>t</title><style>x</style></head><body>a</body>", "a"),
        ("<head>a", "a"),
        ("a<!-- b --><!--[if mso]>c<![endif]-->d", "ad"),
        ("<div style='display:none'>secret</div>a", "a"),
        ("<div style='DISPLAY : NONE;color:red'><b>secret</b></div>a", "a"),
        ("<p hidden>secret</p>a", "a"),
        ("<p style='display:none'>secret<p>a", "a"),
        ("<template>secret</template>a", "a"),
        ("<img src=x alt='Un plan'>", "[Un plan]"),
        ("<p>a</p><img src=x alt='Un plan'>", "a"),
        ("<img src=x>", ""),
        ("1 < 2 et 3 > 2", "1 < 2 et 3 > 2"),
        ("revenu <5000 euros", "revenu <5000 euros"),
        ("a <b", "a <b"),
        ('<a href="x" title=\'it"s\'>lien</a>', "lien"),
        ('<a href="never closed>lien</a> et la suite', "lien et la suite"),
        ("<p title=it's>a</p>b", "a\n\nb"),
        ("<title>never closed <p>a</p>", "never closed\n\na"),
        ("<!-- never closed <p>a</p>", "never closed\n\na"),
        ("dé\u00adci\u200bsion", "décision"),
        ("a\0b&#0;&#xD800;", "ab\ufffd\ufffd"),
        ("<textarea><b>a</b></textarea>", "<b>a</b>"),
        ("</p></div></x>a", "a"),
        ("<?xml version='1.0'?><!DOCTYPE html><o:p>a</o:p>", "a"),
        ("", ""),
    ],
)
def test_what_a_reader_sees(html: str, expected: str) -> None:
    assert text(html) == expected


def test_nothing_visible_is_named() -> None:
    assert read_html("<img src=x>").defects == {"no_visible_text"}
    assert read_html("a").defects == frozenset()


def test_html_above_two_megabytes_is_cut_and_says_so() -> None:
    seen = read_html("<p>a</p>" * 300_000)
    assert seen.text.startswith("a")
    assert "html_cut" in seen.defects


def test_there_is_one_sign_for_each_line() -> None:
    seen = read_html("<p>a</p><blockquote type=cite>b<br>c</blockquote>d")
    assert len(seen.signs) == seen.text.count("\n") + 1
    assert dict(zip(seen.text.split("\n"), seen.signs, strict=True))["c"] == "q"


def test_links_beyond_five_thousand_are_too_many() -> None:
    assert has_too_many_links("<a href=x>y</a>" * 5_001)
    assert not has_too_many_links("<abbr>x</abbr>" * 6_000)


@pytest.mark.parametrize(
    "worst",
    [
        *("<!--", "<a ", '<a b="', "<div><b>", "<div>", "</div></b>", "<script>", "<title", "<"),
        *("&#x41;", "<p hidden>x", "<blockquote type=cite>x", "<li>", "<td>x", "</", "<![CDATA["),
        *("<b><div><i>", "<div class=gmail_quote>x", " a=b", "<div style='border-top:solid "),
    ],
)
def test_hostile_markup_is_read_in_linear_time(worst: str) -> None:
    started = time.process_time()
    seen = read_html(worst * (200_000 // len(worst)))
    assert seen.text is not None
    assert time.process_time() - started < 1.5


def test_sixty_thousand_nested_elements_do_not_stop_the_reader() -> None:
    assert text("<div>" * 60_000 + "a" + "</div>" * 60_000) == "a"
    assert text("<div " + "a=b " * 100_000 + ">a</div>") == "a"


@pytest.mark.parametrize(
    "element",
    [
        '<div id="ymail_android_signature">',
        '<div id="x_Signature">',
        '<div class="default-style io-ox-signature">',
        '<div class="tutanota_signature">',
        '<div class="moz-signature">',
        '<div id="_rc_sig">',
    ],
)
def test_what_programs_call_a_signature_is_one(element: str) -> None:
    assert read_html(f"<p>Bonjour</p>{element}Amélie</div>").signs.endswith("g")
