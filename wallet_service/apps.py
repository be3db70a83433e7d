from django.apps import AppConfig


class WalletServiceConfig(AppConfig):
    name = "wallet_service"
    verbose_name = "Wallet service"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from wallet_service.api.walletpro.event_rows import event_rows
        from webhooks.dispatching import register_describer

        register_describer(event_rows)
