from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ledger.checkpoints.verifying import verify_checkpoints, verify_last_checkpoint
        from ledger.verifying import register_pass

        register_pass("checkpoints", verify_checkpoints, since_checkpoint=verify_last_checkpoint)
