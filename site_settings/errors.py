"""What settings refuse.

* Refusal
  - SettingUnknown
  - SettingInvalid
  - SettingGuarded
"""

from ledger.errors import Refusal


class SettingUnknown(Refusal):
    """There is no setting of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no setting {name!r}")
        self.name = name


class SettingInvalid(Refusal):
    """The setting does not take this value; `problem` says why, in one line."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.problem = problem


class SettingGuarded(Refusal):
    """Only a superuser changes this setting: it holds the managers themselves."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is changed by a superuser only")
        self.name = name
