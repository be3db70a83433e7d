from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "idempotency"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from idempotency.verifying import verify_stored_replies
        from ledger.verifying import register_pass

        register_pass("stored replies", verify_stored_replies)
