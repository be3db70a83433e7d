"""What periodic plans refuse.

* Refusal
  - PlanRefused
    - PlanUnknown
    - PlanNameTaken
    - PlanDisabled
    - PlanTermsChanged
    - PeriodNotOpen
    - PeriodRunBefore
"""

from ledger.errors import Refusal


class PlanRefused(Refusal):
    """A plan cannot be had, changed or run so."""


class PlanUnknown(PlanRefused):
    """There is no such plan."""


class PlanNameTaken(PlanRefused):
    """Another plan is called so."""


class PlanDisabled(PlanRefused):
    """A plan that is switched off is not run."""


class PlanTermsChanged(PlanRefused):
    """Its terms are not those that whoever approves them has looked at."""


class PeriodNotOpen(PlanRefused):
    """The period lies before the plan was last changed, or behind the next one that comes."""

    def __init__(self, period: int) -> None:
        super().__init__(f"period {period} cannot be run")
        self.period = period


class PeriodRunBefore(PlanRefused):
    """The period has been run, or is being run."""

    def __init__(self, period: int) -> None:
        super().__init__(f"period {period} was run before")
        self.period = period
