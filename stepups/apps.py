from django.apps import AppConfig


class StepupsConfig(AppConfig):
    name = "stepups"
    verbose_name = "Step-ups"

    def ready(self) -> None:
        from ledger.verifying import register_pass
        from stepups.verifying import verify_step_ups

        register_pass("step-ups", verify_step_ups)
