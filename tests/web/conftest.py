"""The step-ups' cast opens pages too."""

from tests.stepups.conftest import asked, challenge, enrolled

__all__ = ["asked", "challenge", "enrolled"]
