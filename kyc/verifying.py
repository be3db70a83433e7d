"""Identity checks against the audit rows: nobody is approved, and nothing was handed in, without a row that says so."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from audit.acts import ActName
from audit.encoding import is_intact
from audit.models import Act
from kyc.acts import asked_mac, subject_of
from kyc.models import Status, Submission, Verification
from ledger.findings import Finding
from ledger.streaming import stream

BATCH = 500
TOLD = (ActName.KYC_SUBMITTED, ActName.KYC_DECIDED)


@dataclass(frozen=True, slots=True)
class Said:
    """One audit row that has its MAC."""

    is_decision: bool
    actor: str
    facts: Mapping[str, Any]

    @property
    def status(self) -> str:
        """The state that it says; who has handed something in waits."""
        return str(self.facts.get("status")) if self.is_decision else Status.PENDING.value

    def names(self, row: Verification | Submission) -> bool:
        """Whether it was done by whom the row names. What waits names nobody."""
        named = {part for part in self.actor.split() if part.startswith("user:")}
        expected = {f"user:{row.decided_by_id}"} if row.decided_by_id else set()
        return row.status == Status.PENDING or named == expected


def verify_identity_checks(account_id: int | None) -> Iterator[Finding]:
    """One finding for each customer or submission that is not in the state that its audit rows say.

    Raises:
        KeyMissing: an audit row was written under a key that is not in the ring.
    """
    if account_id is not None:
        return
    with stream(Verification.objects.order_by("pk")) as verifications:
        while batch := list(islice(verifications, BATCH)):
            said = _said_of([one.user_id for one in batch])
            for verification in batch:
                if problem := _verification_problem(verification, said[verification.user_id]):
                    yield Finding(f"identity check of user {verification.user_id} {problem}")
    with stream(Submission.objects.prefetch_related("documents").order_by("pk")) as submissions:
        while waiting := list(islice(submissions, BATCH)):
            said = _said_of([one.user_id for one in waiting])
            for submission in waiting:
                for problem in _submission_problems(submission, said[submission.user_id]):
                    yield Finding(f"submission {submission.pk} {problem}")


def _verification_problem(verification: Verification, said: Sequence[Said]) -> str:
    """The last row that tells of him says what he is."""
    if not said:
        return f"is {verification.status}, and no audit row tells of it"
    if verification.status != said[-1].status:
        return f"is {verification.status}, its audit rows say {said[-1].status}"
    return "" if said[-1].names(verification) else "was not decided by whom its audit row names"


def _submission_problems(submission: Submission, said: Sequence[Said]) -> Iterator[str]:
    own = [one for one in said if one.facts.get("submission") == submission.pk]
    asked = [one.facts for one in own if not one.is_decision]
    if len(asked) != 1:
        yield "has no audit row of its own that says what was handed in"
    elif asked_mac(submission, submission.documents.all(), asked[0]["key"]) != asked[0]["handed_in"]:
        yield "is not what was handed in"
    decisions = [one for one in own if one.is_decision]
    expected = [] if submission.status == Status.PENDING else [submission.status]
    if [one.status for one in decisions] != expected or not all(one.names(submission) for one in decisions):
        yield "was not decided as its audit rows say"


def _said_of(user_ids: Iterable[int]) -> defaultdict[int, list[Said]]:
    """What is told of these customers, in the order in which it was done: behind the lock of each."""
    subjects = {subject_of(user_id): user_id for user_id in user_ids}
    found: defaultdict[int, list[Said]] = defaultdict(list)
    for act in Act.objects.filter(subject__in=subjects, act__in=[name.value for name in TOLD]).order_by("pk"):
        if is_intact(act):
            told = Said(act.act == ActName.KYC_DECIDED, act.actor, json.loads(act.facts))
            found[subjects[act.subject]].append(told)
    return found
