from django.apps import AppConfig


class WalletsConfig(AppConfig):
    name = "wallets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ledger.verifying import register_pass
        from wallets.verifying import verify_approvals, verify_wallets

        register_pass("wallets", verify_wallets)
        register_pass("approvals", verify_approvals)
