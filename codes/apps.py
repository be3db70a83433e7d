from django.apps import AppConfig


class CodesConfig(AppConfig):
    name = "codes"
    verbose_name = "Redemption codes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from codes.services import is_batch
        from codes.verifying import verify_codes
        from idempotency.effects import register_effect
        from ledger.verifying import register_pass

        register_pass("codes", verify_codes)
        register_effect("codes", is_batch)
