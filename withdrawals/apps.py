from django.apps import AppConfig


class WithdrawalsConfig(AppConfig):
    name = "withdrawals"
    verbose_name = "Withdrawals"

    def ready(self) -> None:
        from ledger.verifying import register_pass
        from wallets.pending import register_pending
        from withdrawals.adapters import require_known_provider
        from withdrawals.services import wallets_with_withdrawals
        from withdrawals.verifying import verify_withdrawals

        require_known_provider()
        register_pass("withdrawals", verify_withdrawals)
        register_pending("a withdrawal of it is neither paid out nor given back", wallets_with_withdrawals)
