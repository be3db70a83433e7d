"""What erasing somebody can be refused for.

Not a Refusal: no API asks for it, so no family needs words for it. A command or an admin page shows the reasons.
"""

from collections.abc import Sequence


class PersonNotErasable(Exception):
    """Money or an office is in the way. `reasons` are sentences, for who asked."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = tuple(reasons)
