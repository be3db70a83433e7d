from django.apps import AppConfig


class WithdrawalsConfig(AppConfig):
    name = "withdrawals"
    verbose_name = "Withdrawals"

    def ready(self) -> None:
        from ledger.verifying import register_pass
        from withdrawals.adapters import require_known_provider
        from withdrawals.verifying import verify_withdrawals

        require_known_provider()
        register_pass("withdrawals", verify_withdrawals)
