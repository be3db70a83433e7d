"""What was looked at, and what was found."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.findings import Finding, Unreadable

# A ledger that is verified with the wrong key would have a finding for each entry. So many are kept, the others counted.
KEPT_MAX = 1000


@dataclass(slots=True)
class Sums:
    """One currency: what accounts' rows hold, what entries come to, and those of them whose other side is an account."""

    balances: int = 0
    entries: int = 0
    mirrored: int = 0

    def add(self, other: "Sums") -> None:
        self.balances += other.balances
        self.entries += other.entries
        self.mirrored += other.mirrored


@dataclass(slots=True)
class Report:
    """What was looked at, and what was found. Parts of it are added up (`add`); times are microseconds since 1970."""

    accounts: int = 0
    entries: int = 0
    erased_texts: int = 0
    unsealed: int = 0
    unsealed_since: int | None = None
    findings: list[Finding] = field(default_factory=list)
    # Places of which nothing can be said, because nobody could look.
    unreadable: list[Finding] = field(default_factory=list)
    # How many more there were than are kept here.
    left_out: int = 0
    sums: dict[str, Sums] = field(default_factory=dict)
    since_checkpoint: bool = False
    processes: int = 1
    seconds: float = 0.0

    @property
    def is_intact(self) -> bool:
        return not self.findings and not self.unreadable

    @property
    def entries_per_second(self) -> int:
        return round(self.entries / self.seconds) if self.seconds else 0

    def find(self, found: Iterable[Finding]) -> None:
        """Keep these, or count them where there are too many already."""
        for finding in found:
            kept = self.unreadable if isinstance(finding, Unreadable) else self.findings
            if len(kept) < KEPT_MAX:
                kept.append(finding)
            else:
                self.left_out += 1

    def count_unsealed(self, moment: int) -> None:
        """One entry that no checkpoint has sealed."""
        self.unsealed += 1
        self.unsealed_since = moment if self.unsealed_since is None else min(self.unsealed_since, moment)

    def add(self, part: "Report") -> None:
        """What another process looked at, and found."""
        self.accounts += part.accounts
        self.entries += part.entries
        self.erased_texts += part.erased_texts
        self.unsealed += part.unsealed
        ages = [age for age in (self.unsealed_since, part.unsealed_since) if age is not None]
        self.unsealed_since = min(ages, default=None)
        self.find([*part.findings, *part.unreadable])
        self.left_out += part.left_out
        for currency, sums in part.sums.items():
            self.sums.setdefault(currency, Sums()).add(sums)
