from django.apps import AppConfig


class WalletServiceConfig(AppConfig):
    name = "wallet_service"
    verbose_name = "Wallet service"
    default_auto_field = "django.db.models.BigAutoField"
