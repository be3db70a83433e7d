from django.apps import AppConfig


class KycConfig(AppConfig):
    name = "kyc"
    verbose_name = "Identity checks"

    def ready(self) -> None:
        from kyc.verifying import verify_identity_checks
        from ledger.verifying import register_pass

        register_pass("identity checks", verify_identity_checks)
