from django.apps import AppConfig


class FederationConfig(AppConfig):
    name = "federation"
    verbose_name = "External wallets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from federation.verifying import verify_federation
        from ledger.verifying import register_pass

        register_pass("federation", verify_federation)
