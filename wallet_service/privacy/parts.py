"""All parts, in the order in which an export tells them and an erasure takes them: business rows before accounts."""

from wallet_service.privacy.account import (
    AdminLogPart,
    ApplicationPasswordsPart,
    AuthenticatorPart,
    KeysPart,
    PasscodesPart,
    SessionsPart,
    UserPart,
)
from wallet_service.privacy.dealings import (
    CodesPart,
    IdentityPart,
    MoneyRequestsPart,
    QrCodesPart,
    RefundRequestsPart,
    StepUpsPart,
    SubmissionsPart,
    TransfersPart,
)
from wallet_service.privacy.events import WebhooksPart
from wallet_service.privacy.external import ExternalWalletsPart
from wallet_service.privacy.imports import ImportsPart
from wallet_service.privacy.loans import EligiblePart, LoansPart
from wallet_service.privacy.money import ApprovalsPart, DebtsPart, EntriesPart, HoldsPart, LotsPart, WalletsPart
from wallet_service.privacy.payments import PaymentMethodsPart, ReloadsPart, TopupsPart
from wallet_service.privacy.person import Part
from wallet_service.privacy.plans import PlansPart
from wallet_service.privacy.traces import AuditRowsPart, LoggedRequestsPart, NoticesPart, RepliesPart
from wallet_service.privacy.withdrawals import WithdrawalsPart

PARTS: tuple[Part, ...] = (
    *(UserPart(), SessionsPart(), KeysPart(), ApplicationPasswordsPart(), PasscodesPart(), AuthenticatorPart()),
    *(IdentityPart(), SubmissionsPart(), StepUpsPart()),
    *(MoneyRequestsPart(), TransfersPart(), QrCodesPart(), CodesPart(), ApprovalsPart()),
    *(LoansPart(), EligiblePart()),
    RefundRequestsPart(),
    *(ImportsPart(), PlansPart()),
    *(PaymentMethodsPart(), TopupsPart(), ReloadsPart(), WithdrawalsPart()),
    ExternalWalletsPart(),
    *(NoticesPart(), RepliesPart(), LoggedRequestsPart(), WebhooksPart(), AdminLogPart(), AuditRowsPart()),
    *(WalletsPart(), HoldsPart(), LotsPart(), DebtsPart(), EntriesPart()),
)
