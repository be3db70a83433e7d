"""Top-ups and what belongs to them: methods that may be charged, auto-reloads, money taken back, notices received."""

from payments.models.methods import PaymentMethod
from payments.models.notices import ReceivedNotice
from payments.models.reloads import Reload
from payments.models.taking_back import TakeBack
from payments.models.topups import Topup

__all__ = ["PaymentMethod", "ReceivedNotice", "Reload", "TakeBack", "Topup"]
