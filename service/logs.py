"""Log lines: one JSON object each, on standard output. A sentence that never changes, and fields of ids and numbers.

Customers' words and secrets are never given to a logger.
"""

import contextlib
import logging
import sys
from typing import Any, TextIO, cast

import structlog


class _Forgiving:
    """A stream that loses what it cannot write: a full disk under the log must not cost a webhook."""

    def __init__(self, target: TextIO) -> None:
        self._target = target

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._target.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._target.flush()


def configure_logs(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Sends our lines, and those of the libraries from warnings on, to `stream` (standard output)."""
    target = cast("TextIO", _Forgiving(stream or sys.stdout))
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, _name_exception, structlog.processors.JSONRenderer(ensure_ascii=True)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=True),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _name_exception(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Where an exception came from, without its message: that may hold what a customer wrote."""
    error = event.pop("error", None)
    if not isinstance(error, BaseException):
        return event if error is None else {**event, "error": error}
    steps = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        steps.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}:{code.co_name}")
        trace = trace.tb_next
    return {**event, "error": type(error).__name__, "at": steps[-8:]}
