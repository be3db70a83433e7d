from django.apps import AppConfig


class TransfersConfig(AppConfig):
    name = "transfers"
    verbose_name = "Transfers"

    def ready(self) -> None:
        from ledger.verifying import register_pass
        from transfers.verifying import verify_transfers
        from transfers.verifying_qr import verify_qr_codes
        from transfers.verifying_requests import verify_money_requests

        register_pass("transfers", verify_transfers)
        register_pass("money requests", verify_money_requests)
        register_pass("QR codes", verify_qr_codes)
