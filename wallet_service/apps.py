from django.apps import AppConfig


class WalletServiceConfig(AppConfig):
    name = "wallet_service"
    verbose_name = "Wallet service"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ledger.listeners import register_listener
        from wallet_service import balance_hooks
        from wallet_service.api.walletpro.event_rows import event_rows
        from webhooks.dispatching import register_describer

        register_describer(event_rows)
        register_listener(balance_hooks.heard)
