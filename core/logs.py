"""What Plaza says while it runs: readable lines in demo mode, JSON lines in production, always on standard error.

Every logger goes through here, ours (`structlog.get_logger`) and the libraries' (`logging.getLogger`). Passwords in
addresses, bearer tokens and keys are blotted out on the way; request bodies are never given to a logger.
"""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_NAMES = r"(?:\w*password|\w*secret\w*|token|access|refresh|key)"
_SECRETS = (
    (re.compile(r"(://[^:/@\s]*:)[^@/\s]+@"), r"\1***@"),
    (re.compile(r"(?i)\b(bearer[ .])[\w.~+/=-]+"), r"\1***"),
    (re.compile(rf"(?i)\b({_NAMES}['\"]?\s*[=:]\s*['\"]?)[^\s'\"&,;)}}]+"), r"\1***"),
)


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blots out what looks like a credential in every text of the line, tracebacks included."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = blotted(value)
    return event


def blotted(text: str) -> str:
    for pattern, shown in _SECRETS:
        text = pattern.sub(shown, text)
    return text


def logging_config(demo: bool) -> dict[str, Any]:
    """For Django's LOGGING. Also points structlog's own loggers at the same place."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if demo else "iso", utc=not demo),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,  # uvicorn's and Celery's loggers exist before and log our tracebacks
        "formatters": {
            "plaza": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": _last_steps(demo),
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plaza"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            # Django brings a handler of its own; ours shall be the only one.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"level": "ERROR"},  # a 404 is an answer, not an event
            "django.security.DisallowedHost": {"level": "CRITICAL"},  # anybody can send any Host
            "uvicorn": {"level": "WARNING"},
            "celery": {"level": "WARNING" if demo else "INFO"},
            "celery.beat": {"level": "WARNING"},  # a line for every tick of every schedule
            "celery.worker.strategy": {"level": "WARNING"},  # a second line for every job
            "kombu": {"level": "WARNING"},
        },
    }


def _last_steps(demo: bool) -> list[Processor]:
    """From an event to the printed line. Tracebacks are plain: local variables would show secrets."""
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback)
        if demo
        else structlog.processors.JSONRenderer()
    )
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        hide_secrets,
        renderer,
    ]
