from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ledger.verifying import register_pass
        from payments.falls import note_falls
        from payments.verifying import verify_topups
        from payments.verifying_take_backs import verify_take_backs
        from webhooks.dispatching import register_consumer

        register_pass("top-ups", verify_topups)
        register_pass("money taken back", verify_take_backs)
        register_consumer(note_falls)
