from django.apps import AppConfig


class SiteSettingsConfig(AppConfig):
    name = "site_settings"
    verbose_name = "Site settings"

    def ready(self) -> None:
        from site_settings.values import require_valid_defaults

        require_valid_defaults()
