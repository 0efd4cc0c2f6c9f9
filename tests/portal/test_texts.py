from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from federation.errors import Code
from federation.schema.declare import parse
from masking import MASKS
from portal.language import Say
from portal.masks import mask_words
from portal.pages import PAGES
from portal.texts import TEXTS
from portal.texts.codes import TEXTS as CODES
from tests.support.planning import CITY
from vocabulary.catalogue import MaskDeclaration

PORTAL = Path(__file__).parents[2] / "portal"
OF_THE_PAGES = {
    "SESSION_ENDED",
    "SESSIONS_UNAVAILABLE",
    "SIGN_IN_FAILED",
    "FORM_FOREIGN",
    "FORM_MALFORMED",
    "PAGE_MISSING",
    "HOST_UNKNOWN",
}


def named(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", list(TEXTS))
def test_every_text_stands_in_both_languages_with_the_same_blanks(key: str) -> None:
    words = TEXTS[key]
    assert words.zh.strip()
    assert words.en.strip()
    if "{" in words.en and '{"' not in words.en:
        assert named(words.zh) == named(words.en)
    if key != "language.en" and re.search(r"[a-z]", re.sub(r"\{\w+\}", "", words.en)):
        assert re.search(r"[\u4e00-\u9fff]", words.zh), words.zh
    if key != "language.zh":
        assert not re.search(r"[\u4e00-\u9fff]", words.en), words.en


def test_every_code_of_the_exchange_and_of_the_pages_is_a_plain_sentence() -> None:
    assert {key.removeprefix("code.") for key in CODES} == {code.name for code in Code} | OF_THE_PAGES
    for key, words in CODES.items():
        assert words.zh.endswith(("。", "：")), key
        assert words.en.endswith("."), key
        assert not re.search(r"\b[45]\d\d\b|[A-Z]{3,}_", words.en.replace("TONGGUAN_PUBLIC_URL", "")), key


def test_every_text_that_a_template_or_page_names_is_there() -> None:
    sources = [*PORTAL.glob("templates/*.html"), *PORTAL.rglob("*.py"), *PORTAL.glob("static/**/*.js")]
    for path in sources:
        for key in re.findall(r"""\bsay\(["']([\w.-]+[\w])["'][,)\s]""", path.read_text("utf-8")):
            assert key in TEXTS, f"{path.name}: {key}"
    for path in PORTAL.rglob("*.js"):
        for key in re.findall(r'"(check\.\w+|editor\.\w+)"', path.read_text("utf-8")):
            assert key in TEXTS, f"{path.name}: {key}"


def test_every_page_of_the_menu_has_a_title_and_says_what_it_is_for() -> None:
    for page in PAGES:
        assert f"{page.name}.title" in TEXTS
        if page.is_for is not None and page.path != "/":
            assert f"{page.name}.about" in TEXTS


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_mask_of_the_demo_city_and_every_kind_is_named_in_plain_words(language: str) -> None:
    say = Say(language, TEXTS)
    declared = parse((CITY / "exchange.yaml").read_text("utf-8"), file="exchange.yaml").masks
    for name in declared:
        assert name not in mask_words(say, name, declared)
    for kind in MASKS:
        assert any(key == f"mask.{kind.kind}" or key.startswith(f"mask.{kind.kind}.") for key in TEXTS), kind.kind


def test_a_mask_of_a_plug_in_is_named() -> None:
    say = Say("en", TEXTS)
    assert mask_words(say, "odd", {"odd": MaskDeclaration("odd", "rot13", {})}) == "masked (odd)"
    assert mask_words(say, "gone", {}) == "masked (gone)"


def test_every_text_is_shown_somewhere() -> None:
    """By its key, or by the beginning of it where the rest is told by what is shown (`code.` and the like)."""
    sources = [*PORTAL.glob("templates/*.html"), *PORTAL.rglob("*.py"), *PORTAL.glob("static/**/*.js")]
    whole = "\n".join(path.read_text("utf-8") for path in sources if path.parent.name != "texts")
    begun = tuple(re.findall(r"""["'](\w+(?:\.\w+)*\.)(?:["']|\{)""", whole))
    begun += tuple(f"{word}." for word in re.findall(r'_word\("(\w+)"', whole))
    titles = {f"{page.name}.{word}" for page in PAGES for word in ("title", "about")}
    unused = [
        key
        for key in TEXTS
        if f'"{key}"' not in whole and f"'{key}'" not in whole and not key.startswith(begun) and key not in titles
    ]
    assert unused == []
