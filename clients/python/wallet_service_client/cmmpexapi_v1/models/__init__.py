"""Contains all the data models used in inputs/outputs"""

from .api_error import ApiError
from .api_error_data import ApiErrorData
from .charge_wallet_arguments import ChargeWalletArguments
from .external_wallet import ExternalWallet
from .gateway_answer import GatewayAnswer
from .get_wallet_arguments import GetWalletArguments
from .get_wallet_by_name_arguments import GetWalletByNameArguments
from .get_wallets_arguments import GetWalletsArguments
from .wallet_answer import WalletAnswer
from .wallet_has_enough_points_arguments import WalletHasEnoughPointsArguments
from .wallets_answer import WalletsAnswer
from .withdraw_wallet_points_arguments import WithdrawWalletPointsArguments
from .withdraw_wallet_points_external_arguments import (
    WithdrawWalletPointsExternalArguments,
)

__all__ = (
    "ApiError",
    "ApiErrorData",
    "ChargeWalletArguments",
    "ExternalWallet",
    "GatewayAnswer",
    "GetWalletArguments",
    "GetWalletByNameArguments",
    "GetWalletsArguments",
    "WalletAnswer",
    "WalletHasEnoughPointsArguments",
    "WalletsAnswer",
    "WithdrawWalletPointsArguments",
    "WithdrawWalletPointsExternalArguments",
)
