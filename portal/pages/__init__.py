"""Every page, in the order of the menu. A page is a file here and a line in `PAGES`."""

from __future__ import annotations

from typing import Final

from portal.pages import (
    catalogue,
    committee,
    department,
    home,
    language,
    officer,
    officer_asker,
    officer_entry,
    officer_refusals,
    officer_subject,
    resident,
    sign_in,
    sign_out,
)
from portal.pages.sign_in import ENTRANCE, RETURN
from portal.visit import Page

__all__ = ["ENTRANCE", "PAGES", "RETURN", "START"]

START: Final = home.PAGE.path

PAGES: Final[tuple[Page, ...]] = (
    home.PAGE,
    committee.PAGE,
    resident.PAGE,
    officer.PAGE,
    officer_subject.PAGE,
    officer_asker.PAGE,
    officer_refusals.PAGE,
    officer_entry.PAGE,
    department.PAGE,
    department.SCHEMA,
    catalogue.PAGE,
    sign_in.PAGE,
    sign_in.START,
    sign_in.BACK,
    sign_in.DEVELOPMENT,
    sign_out.PAGE,
    language.PAGE,
)
