"""One run of the auto-reload job in a process of its own, that may be killed: `python -m tests.payments.reload_worker`."""

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    django.setup()
    from django.conf import settings

    from payments import adapters
    from payments.reloads import run_reloads

    settings.PAYMENT_PROVIDER = "bank"
    adapters.ADAPTERS["bank"] = "tests.payments.bank.Bank"
    run_reloads()
