from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from federation.logs import JsonLines, configure

SECRET = "310115195001011234"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What reaches the log through `JsonLines`, from every logger."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_record_is_one_line_of_json_with_the_known_fields(written: io.StringIO) -> None:
    logging.getLogger("tongguan.access").info("answer", extra={"code": "OK", "status": 200, "receipt": 7, "ms": 1.5})
    (line,) = lines(written)
    assert line.pop("at").startswith("20")
    assert line == {
        "level": "info",
        "logger": "tongguan.access",
        "message": "answer",
        "code": "OK",
        "status": 200,
        "receipt": 7,
        "ms": 1.5,
    }


def test_extra_fields_that_are_not_known_are_left_out(written: io.StringIO) -> None:
    logging.getLogger("tongguan").info("answer", extra={"person": SECRET, "variables": {"x": SECRET}})
    assert SECRET not in written.getvalue()
    assert set(lines(written)[0]) == {"at", "level", "logger", "message"}


@pytest.mark.parametrize("name", ["tongguan.pipeline", "uvicorn.error", "sqlalchemy.pool"])
def test_an_exception_is_its_type_and_places(written: io.StringIO, name: str) -> None:
    def fail() -> None:
        raise ValueError(f"no such person {SECRET}") from KeyError(SECRET)

    try:
        fail()
    except ValueError:
        logging.getLogger(name).exception("failure")
    (line,) = lines(written)
    assert SECRET not in written.getvalue()
    assert line["kind"] == "ValueError"
    assert line["where"][0].startswith("test_logs.py:")


def test_what_others_fill_into_their_messages_is_left_out(written: io.StringIO) -> None:
    logging.getLogger("sqlalchemy.engine").warning("statement failed for %s", SECRET)
    assert lines(written)[0]["message"] == "statement failed for %s"
    logging.getLogger("tongguan.app").warning("source not there yet: %s", "delivery")
    assert lines(written)[1]["message"] == "source not there yet: delivery"


def test_an_exception_that_nobody_fetched_does_not_bring_its_text(written: io.StringIO) -> None:
    async def forgotten() -> None:
        async def fail() -> None:
            raise ValueError(SECRET)

        task = asyncio.create_task(fail())
        await asyncio.wait([task])
        del task

    asyncio.run(forgotten())
    (line,) = lines(written)
    assert line["message"] == "Task exception was never retrieved"
    assert line["kind"] == "ValueError"
    assert SECRET not in written.getvalue()


def test_line_breaks_make_no_second_line(written: io.StringIO) -> None:
    logging.getLogger("tongguan").info('one\n{"level": "forged"}')
    assert len(lines(written)) == 1


def test_configured_everything_goes_to_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    try:
        root.handlers = []
        configure("warning")
        logging.getLogger("tongguan").warning("seen")
        logging.getLogger("tongguan").info("not seen")
        logging.getLogger("httpx").info("GET http://delivery/?q=%s", SECRET)
    finally:
        root.handlers = before
        root.setLevel(level)
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["seen"]
