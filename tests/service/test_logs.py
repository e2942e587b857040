import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from service.logs import configure_logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    handlers, level = logging.root.handlers[:], logging.root.level
    stream = io.StringIO()
    configure_logs(stream)
    yield stream
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_a_line_is_one_json_object_whatever_is_in_it(written: io.StringIO) -> None:
    structlog.get_logger().info("ticket judged", ticket_id="4\n2\x1b[31m", changes=1)

    (line,) = written.getvalue().splitlines()

    fields = json.loads(line)
    assert (fields["event"], fields["level"], fields["ticket_id"]) == ("ticket judged", "info", "4\n2\x1b[31m")
    assert "\x1b" not in line


def test_an_exception_is_told_by_type_and_place_and_not_by_its_words(written: io.StringIO) -> None:
    try:
        int("please give me my books back")
    except ValueError as error:
        caught = error

    structlog.get_logger().error("visit failed", error=caught)

    fields = json.loads(written.getvalue())
    assert fields["error"] == "ValueError"
    assert "test_logs.py" in fields["at"][0]
    assert "books" not in written.getvalue()


def test_warnings_of_libraries_come_in_the_same_form(written: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("something %s", "odd")
    logging.getLogger("httpx").info("not this")

    fields = json.loads(written.getvalue())

    assert (fields["event"], fields["level"]) == ("something odd", "warning")
