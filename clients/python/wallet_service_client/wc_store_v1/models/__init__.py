"""Contains all the data models used in inputs/outputs"""

from .api_error import ApiError
from .api_error_data import ApiErrorData
from .api_error_data_details import ApiErrorDataDetails
from .apply_to_order_arguments import ApplyToOrderArguments
from .extensions import Extensions
from .freed_totals import FreedTotals
from .redeem_at_checkout_arguments import RedeemAtCheckoutArguments
from .redemption_extensions import RedemptionExtensions
from .redemption_totals import RedemptionTotals
from .remove_from_order_arguments import RemoveFromOrderArguments
from .replay_data import ReplayData
from .store_balance import StoreBalance
from .store_redemption import StoreRedemption
from .store_redemption_replay import StoreRedemptionReplay
from .totals import Totals
from .totals_extension import TotalsExtension
from .totals_replay import TotalsReplay
from .transaction_type import TransactionType

__all__ = (
    "ApiError",
    "ApiErrorData",
    "ApiErrorDataDetails",
    "ApplyToOrderArguments",
    "Extensions",
    "FreedTotals",
    "RedeemAtCheckoutArguments",
    "RedemptionExtensions",
    "RedemptionTotals",
    "RemoveFromOrderArguments",
    "ReplayData",
    "StoreBalance",
    "StoreRedemption",
    "StoreRedemptionReplay",
    "Totals",
    "TotalsExtension",
    "TotalsReplay",
    "TransactionType",
)
