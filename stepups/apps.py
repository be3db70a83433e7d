from django.apps import AppConfig


class StepupsConfig(AppConfig):
    name = "stepups"
    verbose_name = "Step-ups"
