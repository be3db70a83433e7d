from django.apps import AppConfig


class RefundsConfig(AppConfig):
    name = "refunds"
    verbose_name = "Refunds"

    def ready(self) -> None:
        from idempotency.effects import register_effect
        from ledger.verifying import register_pass
        from refunds.services import has_asked_or_decided, wallets_with_requests
        from refunds.verifying import verify_refund_requests
        from wallets.pending import register_pending

        register_pass("refund requests", verify_refund_requests)
        register_effect("refund requests", has_asked_or_decided)
        register_pending("a refund to it is asked for", wallets_with_requests)
