from django.apps import AppConfig


class BnplConfig(AppConfig):
    name = "bnpl"
    verbose_name = "Pay later"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bnpl.interest import interest_of
        from bnpl.verifying import verify_loans
        from ledger.interest import register_terms
        from ledger.verifying import register_pass

        register_terms(interest_of)
        register_pass("loans", verify_loans)
