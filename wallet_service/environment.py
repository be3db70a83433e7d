"""Reading settings from the environment: each value has one spelling rule, and a wrong one stops the process."""

import os
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"true", "on", "1"}
FALSE = {"false", "off", "0"}


def text(name: str, default: str = "") -> str:
    """The variable's text; empty counts as not set."""
    return os.environ.get(name) or default


def flag(name: str, default: bool = False) -> bool:
    """`true/false`, `on/off`, `1/0` in any case and nothing else."""
    value = text(name).lower()
    if not value:
        return default
    if value in TRUE | FALSE:
        return value in TRUE
    raise ImproperlyConfigured(f"{name} is {os.environ[name]!r}: say on or off.")


def whole(name: str, default: int) -> int:
    """A number without a sign."""
    value = text(name)
    if not value:
        return default
    if value.isascii() and value.isdigit():
        return int(value)
    raise ImproperlyConfigured(f"{name} is {value!r}: it must be a whole number.")


def wholes(name: str, default: list[int]) -> list[int]:
    """Numbers without a sign, separated by commas."""
    values = listed(name)
    if not all(value.isascii() and value.isdigit() for value in values):
        raise ImproperlyConfigured(f"{name} is {text(name)!r}: it must be whole numbers, with commas between.")
    return [int(value) for value in values] or default


def listed(name: str) -> list[str]:
    """Items separated by commas."""
    return [item.strip() for item in text(name).split(",") if item.strip()]


def amounts(name: str) -> dict[str, int]:
    """`100000,EUR:90000` as `{"*": 100000, "EUR": 90000}`: minor units for every currency, or for one of its own."""
    found: dict[str, int] = {}
    for item in listed(name):
        code, _, figure = item.rpartition(":")
        code = code.strip().upper() or "*"
        if not (figure.isascii() and figure.isdigit()) or item.startswith(":") or code in found:
            raise ImproperlyConfigured(f"{name} is {text(name)!r}: say a figure, or CODE:FIGURE, each once, with commas between.")
        found[code] = int(figure)
    return found


def required(name: str, why: str) -> str:
    """A variable without which the process must not start."""
    if value := text(name):
        return value
    raise ImproperlyConfigured(f"{name} is not set: {why}")


def service_address(name: str, default: str) -> str:
    """Where a service is called, without a slash at the end: by https, or on this machine."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    is_local = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or not (is_local or parts.scheme == "https"):
        raise ImproperlyConfigured(f"{name} must begin with https://, or with http:// where it is on this machine")
    return value


def database(url: str) -> dict[str, object]:
    """Django's connection settings for `postgres://user:password@host:port/name?host=…&sslmode=…`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or postgresql://")
    try:
        port = parts.port
    except ValueError as wrong:
        raise ImproperlyConfigured("DATABASE_URL has a port that is not a number") from wrong
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(options.pop("port", None) or port or ""),
        "OPTIONS": options,
    }
