"""The acts that are kept, by name. Names are added, never changed: the rows that bear them are for ever."""

from django.db import models


class ActName(models.TextChoices):
    """Noun and verb."""

    KEY_MINTED = "key.minted", "API key minted"
    KEY_REVOKED = "key.revoked", "API key revoked"
    APPLICATION_PASSWORD_MADE = "application_password.made", "Application password made"
    APPLICATION_PASSWORD_REVOKED = "application_password.revoked", "Application password revoked"
    USER_CREATED = "user.created", "User created"
    USER_CHANGED = "user.changed", "User changed"
    USER_ACTIVATED = "user.activated", "User activated"
    USER_DEACTIVATED = "user.deactivated", "User deactivated"
    USER_DELETED = "user.deleted", "User deleted"
    RIGHTS_CHANGED = "user.rights_changed", "Rights changed"
    PASSWORD_CHANGED = "user.password_changed", "Password changed"
    GROUP_CREATED = "group.created", "Group created"
    GROUP_CHANGED = "group.changed", "Group changed"
    GROUP_DELETED = "group.deleted", "Group deleted"
    CUSTOMER_CREATED = "customer.created", "Customer created"
    WALLET_OPENED = "wallet.opened", "Wallet opened"
    WALLET_TERMS_CHANGED = "wallet.terms_changed", "Terms of a wallet changed"
    WALLET_FROZEN = "wallet.frozen", "Wallet frozen"
    WALLET_UNFROZEN = "wallet.unfrozen", "Wallet unfrozen"
    TEXTS_ERASED = "texts.erased", "Texts of an entry erased"
    APPROVAL_ASKED = "approval.asked", "Approval asked for"
    APPROVAL_GIVEN = "approval.approved", "Approved"
    APPROVAL_REJECTED = "approval.rejected", "Rejected"
    APPROVAL_WITHDRAWN = "approval.withdrawn", "Request withdrawn"
    APPROVAL_REFUSED = "approval.refused", "Refused to one alone"
    KEY_MAXIMUM_EXCEEDED = "key.maximum_exceeded", "More than the key may move"
    KYC_DECIDED = "kyc.decided", "Identity check decided"
    SETTING_CHANGED = "setting.changed", "Site setting changed"
    CODES_GENERATED = "codes.generated", "Codes generated"
    CODES_EXPORTED = "codes.exported", "Codes exported"
    CODE_VOIDED = "code.voided", "Code voided"
    MONEY_REQUEST_ASKED = "money_request.asked", "Money asked for"
    MONEY_REQUEST_ACCEPTED = "money_request.accepted", "Money request accepted"
    MONEY_REQUEST_DECLINED = "money_request.declined", "Money request declined"
    MONEY_REQUEST_CANCELLED = "money_request.cancelled", "Money request taken back"
    MONEY_REQUEST_FAILED = "money_request.failed", "Money request could not be paid"
    MONEY_REQUEST_EXPIRED = "money_request.expired", "Money request expired"
    WEBHOOK_CREATED = "webhook.created", "Webhook created"
    WEBHOOK_CHANGED = "webhook.changed", "Webhook changed"
    WEBHOOK_SECRET_ROTATED = "webhook.secret_rotated", "Secret of a webhook replaced"
    WEBHOOK_RESUMED = "webhook.resumed", "Webhook resumed"
    WEBHOOK_SKIPPED = "webhook.skipped", "Waiting events of a webhook passed over"
    WEBHOOK_REDELIVERED = "webhook.redelivered", "Events sent again"
    WEBHOOK_TESTED = "webhook.tested", "Webhook tried out"
    WEBHOOK_REMOVED = "webhook.removed", "Webhook removed"
    TOPUP_CONFIRMATION_ASKED = "topup.confirmation_asked", "Top-up confirmed by one manager, a second one is asked"
    TOPUP_CONFIRMED = "topup.confirmed", "Top-up confirmed by hand"
    TOPUP_FAILED = "topup.failed", "Top-up marked as failed"
    TOTP_ENROLLED = "totp.enrolled", "Authenticator app added"
    TOTP_REMOVED = "totp.removed", "Authenticator app removed"
    PASSCODES_LOCKED = "passcodes.locked", "Too many wrong codes"
    STEP_UP_PASSED = "step_up.passed", "Step-up passed"
    PERSON_EXPORTED = "person.exported", "Personal data handed out"
    PERSON_ERASED = "person.erased", "Person erased"
    JOB_ASKED = "job.asked", "Run of a job asked for"
    SIGNED_IN = "sign_in.succeeded", "Staff signed in"
    SIGNED_OUT = "sign_in.ended", "Staff signed out"
    # Counted: one row for each, address and minute (audit.services.record_attempt).
    SIGN_IN_FAILED = "sign_in.failed", "Sign-in failed"
    CREDENTIAL_WRONG = "credential.wrong", "Wrong API credentials"
    CODE_WRONG = "code.wrong", "Wrong code"


# What fails, and is counted.
ATTEMPTS = frozenset({ActName.SIGN_IN_FAILED, ActName.CREDENTIAL_WRONG, ActName.CODE_WRONG})


def act_names() -> list[tuple[str, str]]:
    """For the column: by a function, a new name needs no migration."""
    return ActName.choices
