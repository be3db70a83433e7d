from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"
    verbose_name = "Analytics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from analytics.verifying import verify_roll_ups
        from ledger.verifying import register_pass

        # It adds up every entry: not where only what is new is verified.
        register_pass("analytics", verify_roll_ups, since_checkpoint=lambda account_id: ())
