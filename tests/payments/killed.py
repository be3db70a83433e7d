"""What is done in a process of its own that may be killed: `python -m tests.payments.killed reload`, `… refund <top-up>`."""

import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    django.setup()
    from django.conf import settings

    from payments import adapters
    from payments.models import Topup
    from payments.refunds import request_refund, settle_refunds
    from payments.reloads import run_reloads

    settings.PAYMENT_PROVIDER = "bank"
    adapters.ADAPTERS["bank"] = "tests.payments.bank.Bank"
    if sys.argv[1] == "reload":
        run_reloads()
    elif sys.argv[1] == "refund":
        request_refund(topup=Topup.objects.get(pk=sys.argv[2]), by=None)
    else:
        settle_refunds()
