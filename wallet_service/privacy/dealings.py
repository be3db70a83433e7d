"""What he did with others: codes, transfers, money requests; and what he had to prove for it."""

from collections.abc import Iterator
from contextlib import suppress
from copy import copy

from django.db import transaction
from django.db.models import Q

from codes.models import Batch, Code, Redemption
from kyc.documents import forget_files
from kyc.models import Document, Submission, Verification
from ledger.sealing import unseal
from ledger.streaming import stream
from people.any_case import is_email
from refunds.models import RefundRequest
from stepups.models import Challenge
from transfers.errors import MoneyRequestNotPending
from transfers.models import MoneyRequest, QrCode, Transfer
from transfers.requests import cancel_request, decline_request
from wallet_service.privacy.person import Part, Person, Row, columns, money, told


class CodesPart(Part):
    name = "codes"
    covers = frozenset(
        {
            *("codes.Batch.restrict_to_user", "codes.Batch.made_by", "codes.Code.restrict_to_user"),
            "codes.Redemption.user",
        }
    )
    stays = "Which codes he redeemed, and which were made for him alone: by number. What was left of those nobody can redeem."

    def rows(self, person: Person) -> Iterator[Row]:
        made_for = Code.objects.filter(restrict_to_user=person.user).order_by("pk")
        with stream(made_for) as codes:
            for code in codes:
                yield {"made_for_him": code.masked, **_terms(code), "redemptions": code.redemptions}
        redeemed = Redemption.objects.filter(user=person.user).select_related("code").order_by("pk")
        with stream(redeemed) as redemptions:
            for redemption in redemptions:
                code = redemption.code
                yield {"redeemed": code.masked, **_terms(code), "at": redemption.at, "entry": redemption.entry_id}
        yield from told(Batch.objects.filter(made_by=person.user).order_by("pk"), "id", "prefix", "quantity", "created_at")


def _terms(code: Code) -> Row:
    return {"id": code.pk, "worth": money(code.amount_minor, code.currency_code), "expires_at": code.expires_at}


class TransfersPart(Part):
    name = "transfers"
    goes = "The notes of transfers that he sent, in the recipient's list too."
    stays = "The transfers; the notes of those that he received, which are the senders' words."

    def rows(self, person: Person) -> Iterator[Row]:
        both = Q(sender_id__in=person.wallet_ids) | Q(recipient_id__in=person.wallet_ids)
        with stream(Transfer.objects.filter(both).order_by("created_at", "pk")) as transfers:
            for transfer in transfers:
                # The fee is the sender's affair.
                is_sender = transfer.sender_id in person.wallet_ids
                yield {
                    **columns(transfer, "group", "sender_id", "recipient_id", "note", "created_at"),
                    "amount": money(transfer.amount_minor, transfer.currency_code),
                    **({"fee": money(transfer.fee_minor, transfer.currency_code)} if is_sender else {}),
                }

    def erase(self, person: Person, *, actor: str) -> int:
        return Transfer.objects.filter(sender_id__in=person.wallet_ids).exclude(note="").update(note="")


class MoneyRequestsPart(Part):
    name = "money_requests"
    covers = frozenset(
        {*("transfers.MoneyRequest.requester", "transfers.MoneyRequest.payer"), "transfers.MoneyRequest.payer_email"}
    )
    goes = (
        "The notes of his money requests and the addresses that he typed; his own address where others typed it. "
        "What he asked for and waits is taken back, what he was asked for is declined."
    )
    stays = "Who asked whom for how much, by number."

    def rows(self, person: Person) -> Iterator[Row]:
        with stream(MoneyRequest.objects.of(person.user).order_by("created_at", "pk")) as requests:
            for request in requests:
                names = ("id", "requester_id", "payer_id", "note", "status", "created_at", "expires_at", "decided_at")
                yield {
                    **columns(request, *names, "payer_email"),
                    "amount": money(request.amount_minor, request.currency_code),
                }

    def erase(self, person: Person, *, actor: str) -> int:
        answered = self._answer(person, actor)
        his = MoneyRequest.objects.filter(requester=person.user).exclude(note="", payer_email="")
        asked = Q(payer=person.user)
        if person.email:
            asked |= is_email(person.email, "payer_email")
        of_him = MoneyRequest.objects.filter(asked).exclude(payer_email="")
        return answered + his.update(note="", payer_email="") + of_him.update(payer_email="")

    def _answer(self, person: Person, actor: str) -> int:
        """None goes on waiting: whoever asks him for money would be in the way of his erasure for as long as he likes."""
        # As he was: some wait for his address, which is gone by now.
        he = copy(person.user)
        he.email = person.email
        waiting = list(MoneyRequest.objects.of(he).open().order_by("pk"))
        for request in waiting:
            # What was decided on meanwhile waits no more.
            with suppress(MoneyRequestNotPending):
                if request.requester_id == he.pk:
                    cancel_request(request_id=request.pk, requester=he, actor=actor)
                else:
                    decline_request(request_id=request.pk, payer=he, actor=actor)
        return len(waiting)


class QrCodesPart(Part):
    name = "qr_codes"
    goes = "His QR codes: nobody pays him by one any more."

    def rows(self, person: Person) -> Iterator[Row]:
        yield from told(QrCode.objects.filter(pk__in=person.wallet_ids).order_by("pk"), "wallet_id", "created_at")

    def erase(self, person: Person, *, actor: str) -> int:
        return QrCode.objects.filter(pk__in=person.wallet_ids).delete()[0]


class RefundRequestsPart(Part):
    """Those that he decided as a manager are others', and name him by number."""

    name = "refund_requests"
    covers = frozenset({"refunds.RefundRequest.user", "refunds.RefundRequest.decided_by"})
    goes = "The words (reason, note, decision) of his refund requests."
    stays = (
        "Which orders he wanted refunded, how much of them, and what was decided: audit rows and entries are compared with it."
    )

    def rows(self, person: Person) -> Iterator[Row]:
        names = ("id", "wallet_id", "order_id", "reason", "note", "status", "created_at", "decided_at", "decision_note")
        with stream(RefundRequest.objects.asked_by(person.user).order_by("pk")) as requests:
            for request in requests:
                minor = {"amount": request.amount_minor, "approved_amount": request.approved_minor}
                amounts = {name: money(value, request.currency_code) for name, value in minor.items()}
                yield {**columns(request, *names), **amounts}

    def obstacles(self, person: Person) -> Iterator[str]:
        for request in RefundRequest.objects.asked_by(person.user).open().order_by("pk"):
            yield f"{request} waits for a decision: approve or reject it first."

    def erase(self, person: Person, *, actor: str) -> int:
        worded = RefundRequest.objects.asked_by(person.user).exclude(reason="", note="", decision_note="")
        return worded.update(reason="", note="", decision_note="")


class IdentityPart(Part):
    name = "identity_check"
    covers = frozenset({"kyc.Verification.user", "kyc.Verification.decided_by"})
    goes = "His identity check, whatever came of it."
    stays = "The audit row that says how it was decided."

    def rows(self, person: Person) -> Iterator[Row]:
        checks = Verification.objects.filter(user=person.user)
        yield from told(checks, "status", "note", "created_at", "decided_at")

    def erase(self, person: Person, *, actor: str) -> int:
        return Verification.objects.filter(user=person.user).delete()[0]


class SubmissionsPart(Part):
    name = "identity_submissions"
    covers = frozenset({"kyc.Submission.user", "kyc.Submission.full_name", "kyc.Submission.decided_by"})
    goes = "What he handed in for it: the name in his documents, their numbers, and the files themselves."
    stays = "Audit rows that say that he handed something in, and who read it; copies of sealed files in backups."

    def rows(self, person: Person) -> Iterator[Row]:
        submissions = Submission.objects.filter(user=person.user).prefetch_related("documents").order_by("pk")
        with stream(submissions) as found:
            for submission in found:
                names = ("id", "full_name", "document_type", "status", "note", "created_at", "decided_at")
                files = [columns(one, "content_type", "size_bytes") for one in submission.documents.all()]
                number = unseal(bytes(submission.document_number), submission.sealed_for).decode()
                yield {**columns(submission, *names), "document_number": number, "documents": files}

    def erase(self, person: Person, *, actor: str) -> int:
        names = list(Document.objects.filter(submission__user=person.user).values_list("name", flat=True))
        erased = Submission.objects.filter(user=person.user).delete()[0]
        # The files last: what is rolled back keeps them, and what is missed here is swept.
        transaction.on_commit(lambda: forget_files(names))
        return erased


class StepUpsPart(Part):
    name = "step_ups"
    covers = frozenset({"stepups.Challenge.user", "stepups.Challenge.recipient"})
    goes = "Second proofs that were asked of him and paid for nothing."
    stays = "Those that paid for a transfer, by number, for the 90 days that all are kept."

    def rows(self, person: Person) -> Iterator[Row]:
        with stream(Challenge.objects.filter(user=person.user).order_by("created_at", "pk")) as challenges:
            for challenge in challenges:
                names = ("credential", "recipient_id", "created_at", "expires_at", "passed_at", "how", "spent_at")
                yield {**columns(challenge, *names), "amount": money(challenge.amount_minor, challenge.currency_code)}

    def erase(self, person: Person, *, actor: str) -> int:
        both = Q(user=person.user) | Q(recipient=person.user)
        return Challenge.objects.filter(both, spent_at=None).delete()[0]
