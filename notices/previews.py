"""What every kind says, filled with its sample, for who would rather look than read templates."""

from dataclasses import dataclass

from notices.kinds import KINDS, Kind
from notices.rendering import Words, mail_of, sms_of
from notices.samples import SAMPLES
from notices.services import is_off
from site_settings.reading import current_settings


@dataclass(frozen=True, slots=True)
class Preview:
    kind: Kind
    state: str
    mail: Words
    sms: str


def previews(language: str) -> list[Preview]:
    """One of each kind, in the order of the table."""
    return [
        Preview(kind, _state(kind), mail_of(name, SAMPLES[name], language=language), _sms(kind, language))
        for name, kind in KINDS.items()
    ]


def _state(kind: Kind) -> str:
    """Whether it is sent."""
    mail = "off" if is_off(kind.name) else "on" if kind.is_switchable else "always"
    sms = ("on" if kind.name in current_settings().sms_on else "off") if kind.has_sms else ""
    return f"mail: {mail}" + (f", text message: {sms}" if sms else "")


def _sms(kind: Kind, language: str) -> str:
    return sms_of(kind.name, SAMPLES[kind.name], language=language) if kind.has_sms else ""
