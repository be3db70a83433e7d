"""Contains all the data models used in inputs/outputs"""

from .analytics_chart import AnalyticsChart
from .analytics_point import AnalyticsPoint
from .analytics_summary import AnalyticsSummary
from .api_error import ApiError
from .api_error_data import ApiErrorData
from .api_error_data_details import ApiErrorDataDetails
from .approve_refund_request_arguments import ApproveRefundRequestArguments
from .approve_submission_arguments import ApproveSubmissionArguments
from .approve_withdrawal_arguments import ApproveWithdrawalArguments
from .content_type_enum import ContentTypeEnum
from .credit_wallet_arguments import CreditWalletArguments
from .debit_wallet_arguments import DebitWalletArguments
from .fail_withdrawal_arguments import FailWithdrawalArguments
from .get_analytics_chart_metric import GetAnalyticsChartMetric
from .kyc_status import KycStatus
from .list_refund_requests_status import ListRefundRequestsStatus
from .list_submissions_status import ListSubmissionsStatus
from .list_transactions_type_item import ListTransactionsTypeItem
from .list_wallets_sort import ListWalletsSort
from .list_withdrawals_status import ListWithdrawalsStatus
from .method_enum import MethodEnum
from .metric_enum import MetricEnum
from .pay_withdrawal_arguments import PayWithdrawalArguments
from .reject_refund_request_arguments import RejectRefundRequestArguments
from .reject_submission_arguments import RejectSubmissionArguments
from .reject_withdrawal_arguments import RejectWithdrawalArguments
from .submission_status import SubmissionStatus
from .webkul_document import WebkulDocument
from .webkul_movement import WebkulMovement
from .webkul_refund_request import WebkulRefundRequest
from .webkul_refund_request_page import WebkulRefundRequestPage
from .webkul_submission import WebkulSubmission
from .webkul_submission_page import WebkulSubmissionPage
from .webkul_transaction import WebkulTransaction
from .webkul_transaction_page import WebkulTransactionPage
from .webkul_transaction_type import WebkulTransactionType
from .webkul_wallet import WebkulWallet
from .webkul_wallet_page import WebkulWalletPage
from .webkul_withdrawal import WebkulWithdrawal
from .webkul_withdrawal_page import WebkulWithdrawalPage
from .webkul_withdrawal_status_enum import WebkulWithdrawalStatusEnum

__all__ = (
    "AnalyticsChart",
    "AnalyticsPoint",
    "AnalyticsSummary",
    "ApiError",
    "ApiErrorData",
    "ApiErrorDataDetails",
    "ApproveRefundRequestArguments",
    "ApproveSubmissionArguments",
    "ApproveWithdrawalArguments",
    "ContentTypeEnum",
    "CreditWalletArguments",
    "DebitWalletArguments",
    "FailWithdrawalArguments",
    "GetAnalyticsChartMetric",
    "KycStatus",
    "ListRefundRequestsStatus",
    "ListSubmissionsStatus",
    "ListTransactionsTypeItem",
    "ListWalletsSort",
    "ListWithdrawalsStatus",
    "MethodEnum",
    "MetricEnum",
    "PayWithdrawalArguments",
    "RejectRefundRequestArguments",
    "RejectSubmissionArguments",
    "RejectWithdrawalArguments",
    "SubmissionStatus",
    "WebkulDocument",
    "WebkulMovement",
    "WebkulRefundRequest",
    "WebkulRefundRequestPage",
    "WebkulSubmission",
    "WebkulSubmissionPage",
    "WebkulTransaction",
    "WebkulTransactionPage",
    "WebkulTransactionType",
    "WebkulWallet",
    "WebkulWalletPage",
    "WebkulWithdrawal",
    "WebkulWithdrawalPage",
    "WebkulWithdrawalStatusEnum",
)
