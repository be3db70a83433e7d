from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from idempotency.effects import register_effect
        from ledger.verifying import register_pass
        from payments.adapters import require_known_provider
        from payments.falls import note_falls
        from payments.repeats import has_started_one
        from payments.unsettled import wallets_with_topups
        from payments.verifying import verify_topups
        from payments.verifying_take_backs import verify_take_backs
        from wallets.pending import register_pending
        from webhooks.dispatching import register_consumer

        require_known_provider()
        register_pass("top-ups", verify_topups)
        register_pass("money taken back", verify_take_backs)
        register_effect("top-ups", has_started_one)
        register_consumer(note_falls)
        register_pending("a top-up of it is not settled", wallets_with_topups)
