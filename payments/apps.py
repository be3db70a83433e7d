from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from payments.falls import note_falls
        from webhooks.dispatching import register_consumer

        register_consumer(note_falls)
