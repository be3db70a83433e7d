from django.apps import AppConfig


class WalletsConfig(AppConfig):
    name = "wallets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ledger.verifying import register_pass
        from wallets.approvals import wallets_with_adjustments
        from wallets.pending import register_pending
        from wallets.verifying import verify_approvals, verify_wallets

        register_pass("wallets", verify_wallets)
        register_pass("approvals", verify_approvals)
        register_pending("an adjustment of it waits for a second manager", wallets_with_adjustments)
