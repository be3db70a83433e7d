"""Contains all the data models used in inputs/outputs"""

from .accept_money_request_arguments import AcceptMoneyRequestArguments
from .accepted_request import AcceptedRequest
from .accepted_request_replay import AcceptedRequestReplay
from .api_error import ApiError
from .api_error_data import ApiErrorData
from .api_error_data_details import ApiErrorDataDetails
from .ask_for_money_arguments import AskForMoneyArguments
from .balance_at import BalanceAt
from .burnt_lot import BurntLot
from .capture import Capture
from .capture_hold_arguments import CaptureHoldArguments
from .capture_replay import CaptureReplay
from .checkpoint import Checkpoint
from .checkpoint_key import CheckpointKey
from .checkpoint_key_page import CheckpointKeyPage
from .checkpoint_page import CheckpointPage
from .code_generation import CodeGeneration
from .code_generation_replay import CodeGenerationReplay
from .code_redemption import CodeRedemption
from .code_redemption_replay import CodeRedemptionReplay
from .credit_type import CreditType
from .credit_wallet_arguments import CreditWalletArguments
from .debit_wallet_arguments import DebitWalletArguments
from .direction_enum import DirectionEnum
from .dry_run import DryRun
from .generate_codes_arguments import GenerateCodesArguments
from .generated_code import GeneratedCode
from .hold import Hold
from .hold_replay import HoldReplay
from .hold_status import HoldStatus
from .list_codes_status import ListCodesStatus
from .list_money_requests_direction import ListMoneyRequestsDirection
from .list_money_requests_status import ListMoneyRequestsStatus
from .list_transactions_type_item import ListTransactionsTypeItem
from .list_wallets_order import ListWalletsOrder
from .list_wallets_orderby import ListWalletsOrderby
from .money_request import MoneyRequest
from .money_request_page import MoneyRequestPage
from .money_request_status_enum import MoneyRequestStatusEnum
from .movement import Movement
from .movement_replay import MovementReplay
from .open_wallet_arguments import OpenWalletArguments
from .page_meta import PageMeta
from .partial_movement import PartialMovement
from .place_hold_arguments import PlaceHoldArguments
from .receipt import Receipt
from .receipt_entry import ReceiptEntry
from .receipt_format import ReceiptFormat
from .receipt_log import ReceiptLog
from .receipt_lot import ReceiptLot
from .receipt_text import ReceiptText
from .receipt_texts import ReceiptTexts
from .redeem_code_arguments import RedeemCodeArguments
from .redemption_code import RedemptionCode
from .redemption_code_page import RedemptionCodePage
from .redemption_code_status_enum import RedemptionCodeStatusEnum
from .rehearsed_entry import RehearsedEntry
from .rehearsed_wallet import RehearsedWallet
from .replay_data import ReplayData
from .reversal import Reversal
from .reversal_replay import ReversalReplay
from .reverse_transaction_arguments import ReverseTransactionArguments
from .reversed_entry import ReversedEntry
from .send_transfer_arguments import SendTransferArguments
from .signed_checkpoint import SignedCheckpoint
from .transaction import Transaction
from .transaction_page import TransactionPage
from .transaction_type import TransactionType
from .transfer import Transfer
from .transfer_in import TransferIn
from .transfer_replay import TransferReplay
from .update_wallet_arguments import UpdateWalletArguments
from .void_hold_arguments import VoidHoldArguments
from .wallet import Wallet
from .wallet_page import WalletPage
from .wallet_status import WalletStatus

__all__ = (
    "AcceptMoneyRequestArguments",
    "AcceptedRequest",
    "AcceptedRequestReplay",
    "ApiError",
    "ApiErrorData",
    "ApiErrorDataDetails",
    "AskForMoneyArguments",
    "BalanceAt",
    "BurntLot",
    "Capture",
    "CaptureHoldArguments",
    "CaptureReplay",
    "Checkpoint",
    "CheckpointKey",
    "CheckpointKeyPage",
    "CheckpointPage",
    "CodeGeneration",
    "CodeGenerationReplay",
    "CodeRedemption",
    "CodeRedemptionReplay",
    "CreditType",
    "CreditWalletArguments",
    "DebitWalletArguments",
    "DirectionEnum",
    "DryRun",
    "GenerateCodesArguments",
    "GeneratedCode",
    "Hold",
    "HoldReplay",
    "HoldStatus",
    "ListCodesStatus",
    "ListMoneyRequestsDirection",
    "ListMoneyRequestsStatus",
    "ListTransactionsTypeItem",
    "ListWalletsOrder",
    "ListWalletsOrderby",
    "MoneyRequest",
    "MoneyRequestPage",
    "MoneyRequestStatusEnum",
    "Movement",
    "MovementReplay",
    "OpenWalletArguments",
    "PageMeta",
    "PartialMovement",
    "PlaceHoldArguments",
    "Receipt",
    "ReceiptEntry",
    "ReceiptFormat",
    "ReceiptLog",
    "ReceiptLot",
    "ReceiptText",
    "ReceiptTexts",
    "RedeemCodeArguments",
    "RedemptionCode",
    "RedemptionCodePage",
    "RedemptionCodeStatusEnum",
    "RehearsedEntry",
    "RehearsedWallet",
    "ReplayData",
    "Reversal",
    "ReversalReplay",
    "ReverseTransactionArguments",
    "ReversedEntry",
    "SendTransferArguments",
    "SignedCheckpoint",
    "Transaction",
    "TransactionPage",
    "TransactionType",
    "Transfer",
    "TransferIn",
    "TransferReplay",
    "UpdateWalletArguments",
    "VoidHoldArguments",
    "Wallet",
    "WalletPage",
    "WalletStatus",
)
