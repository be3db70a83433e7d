from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import audit.signing_in  # noqa: F401  connects its receivers
        from audit.sealing import AuditRows
        from audit.services import record_told
        from audit.verifying import verify_acts, verify_erased_texts, verify_requests
        from ledger.checkpoints.sources import register_source
        from ledger.verifying import register_pass
        from people.acts import keep_acts

        keep_acts(record_told)
        register_source(AuditRows())
        register_pass("audit rows", verify_acts)
        register_pass("erased texts", verify_erased_texts)
        register_pass("logged requests", verify_requests)
