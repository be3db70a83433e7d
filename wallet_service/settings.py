"""The settings, all of them, read from the environment.

Development needs no variables. ``PRODUCTION=on`` makes a process a production
process: it then takes its secrets from the environment or does not start, and
speaks https only. docs/operations.md lists every variable.
"""

import secrets
import tomllib
from pathlib import Path

import django_stubs_ext
from django.templatetags.static import static

from site_settings.declared import LOT_KINDS, constance_config, constance_fields, constance_fieldsets
from wallet_service import environment, local_postgres, local_secrets
from wallet_service.document_storage import document_storage

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
# The service's, its documents', and that of the clients made from them.
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
DATA_DIR = local_secrets.data_dir()
PRODUCTION = environment.flag("PRODUCTION")
DEBUG = environment.flag("DEBUG")
DEFAULT_EXCEPTION_REPORTER = "wallet_service.debug_pages.NoSecretsReporter"

# --- secrets -------------------------------------------------------------------------------------

if PRODUCTION:
    SECRET_KEY = environment.required("SECRET_KEY", "it signs sessions; any 50 random characters.")
    LEDGER_HMAC_KEYS = environment.required("LEDGER_HMAC_KEYS", "it chains the ledger; 1:<64 hex digits>.")
    CREDENTIAL_PEPPER = environment.text("CREDENTIAL_PEPPER")
    WALLET_FIELD_KEYS = environment.text("WALLET_FIELD_KEYS")
    # Of the process that seals, and of no other: the web starts and runs without it.
    LEDGER_SIGNING_KEYS = environment.text("LEDGER_SIGNING_KEYS")
    # What the shop's own till or bank import signs its notices with (docs/topups.md); without one they are refused.
    PAYMENT_NOTICE_SECRET = environment.text("PAYMENT_NOTICE_SECRET")
else:
    _kept = local_secrets.read(DATA_DIR)
    # Without a file (mypy, an import by hand) sessions die with the process, and the ledger refuses to write.
    SECRET_KEY = environment.text("SECRET_KEY") or _kept.get("SECRET_KEY") or secrets.token_urlsafe(48)
    LEDGER_HMAC_KEYS = environment.text("LEDGER_HMAC_KEYS") or _kept.get("LEDGER_HMAC_KEYS", "")
    CREDENTIAL_PEPPER = environment.text("CREDENTIAL_PEPPER") or _kept.get("CREDENTIAL_PEPPER", "")
    WALLET_FIELD_KEYS = environment.text("WALLET_FIELD_KEYS") or _kept.get("WALLET_FIELD_KEYS", "")
    LEDGER_SIGNING_KEYS = environment.text("LEDGER_SIGNING_KEYS") or _kept.get("LEDGER_SIGNING_KEYS", "")
    PAYMENT_NOTICE_SECRET = environment.text("PAYMENT_NOTICE_SECRET") or _kept.get("PAYMENT_NOTICE_SECRET", "")

SECRET_KEY_FALLBACKS = environment.listed("SECRET_KEY_FALLBACKS")

# --- who may reach us ----------------------------------------------------------------------------

_host = environment.text("HOST", "127.0.0.1").strip("[]")
if PRODUCTION:
    ALLOWED_HOSTS = [item.strip() for item in environment.required("ALLOWED_HOSTS", "the shop's host names.").split(",")]
else:
    ALLOWED_HOSTS = [
        *environment.listed("ALLOWED_HOSTS"),
        "localhost",
        "127.0.0.1",
        "[::1]",
        "*" if _host in {"0.0.0.0", "::"} else f"[{_host}]" if ":" in _host else _host,  # noqa: S104  compared, not bound
    ]
# Where the service is seen from outside, where a proxy hides it; else each request's own scheme and host.
PUBLIC_URL = environment.text("PUBLIC_URL").rstrip("/")
SITE_NAME = environment.text("SITE_NAME", "Wallet service")
# Addresses and CIDR ranges of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.
TRUSTED_PROXIES = environment.listed("TRUSTED_PROXIES")
# Origins whose pages may call the API from a browser; none means same origin.
CORS_ORIGINS = environment.listed("CORS_ORIGINS")
# Origins, besides this site's, that a customer may be sent back to once he has paid (`return_url`).
TOPUP_RETURN_ORIGINS = environment.listed("TOPUP_RETURN_ORIGINS")

REQUIRE_HTTPS = environment.flag("REQUIRE_HTTPS", PRODUCTION)
SECURE_SSL_REDIRECT = PRODUCTION
# The API answers 403 rest_ssl_required by itself: a redirect would ask the client to send its secret again.
# Nor would a provider send its notice again to wherever it is sent.
SECURE_REDIRECT_EXEMPT = [r"^wp-json(/|$)", r"^payments/notices/"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
X_FRAME_OPTIONS = "DENY"

# --- what it is made of --------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.constance",
    "constance",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_ratelimit",
    "procrastinate.contrib.django",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "people",
    "hooks",
    "ledger",
    "audit",
    "apikeys",
    "idempotency",
    "site_settings",
    "notices",
    "passcodes",
    "bnpl",
    "kyc",
    "stepups",
    "webhooks",
    "wallets",
    "codes",
    "federation",
    "payments",
    "refunds",
    "transfers",
    "withdrawals",
    "analytics",
    "points",
    "wallet_service",
    # The operator's own, which connect to hooks (docs/hooks.md).
    *environment.listed("EXTRA_APPS"),
]

# Pages need all of these; for /wp-json/ only what it uses is run (wallet_service.api.middleware).
MIDDLEWARE = [
    "wallet_service.api.middleware.ClientAddressMiddleware",
    "wallet_service.api.middleware.RequestIdMiddleware",
    "wallet_service.api.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "wallet_service.api.middleware.PlainTextMiddleware",
    "wallet_service.api.middleware.WordPressMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "wallet_service.urls"
WSGI_APPLICATION = "wallet_service.wsgi.application"
APPEND_SLASH = True

# Where an operator has templates of his own: `notices/<kind>.txt`, `notices/layout.html`, `locale/` (docs/notifications.md).
MAIL_TEMPLATES_DIR = environment.text("MAIL_TEMPLATES_DIR")
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [MAIL_TEMPLATES_DIR] if MAIL_TEMPLATES_DIR else [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- database ------------------------------------------------------------------------------------

if PRODUCTION:
    DATABASE_URL = environment.required("DATABASE_URL", "postgres://user:password@host:5432/name")
else:
    DATABASE_URL = environment.text("DATABASE_URL") or local_postgres.for_data_dir(DATA_DIR).url()

_database = environment.database(DATABASE_URL)
DATABASES: dict[str, dict[str, object]] = {
    "default": {
        **_database,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            **_database["OPTIONS"],  # type: ignore[dict-item]
            # The pause between attempts to reconnect doubles until `reconnect_timeout`: short, so that an outage is over
            # when it is over.
            "pool": {
                "min_size": 1,
                "max_size": environment.whole("DATABASE_POOL_SIZE", 4),
                "timeout": 5,
                "reconnect_timeout": 2,
            },
            # Prepared statements: a third of a request's time is planning otherwise (docs/decisions/0004).
            "server_side_binding": True,
            "prepare_threshold": 2,
            # A lock that is not had in 2 s is answered 503, by everyone alike (ledger.md, "Writing").
            "options": "-c lock_timeout=2000",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["people.backends.NameOrEmailBackend", "site_settings.permissions.ManagersBackend"]
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- language, files, mail -----------------------------------------------------------------------

# The admin and the APIs speak English, whoever asks: no middleware looks at Accept-Language. What is translated are notices,
# into the language of whom they go to, else into this one.
LANGUAGE_CODE = "en-us"
MAIL_LANGUAGE = environment.text("MAIL_LANGUAGE", "en")
USE_I18N = True
LOCALE_PATHS = [Path(MAIL_TEMPLATES_DIR) / "locale"] if MAIL_TEMPLATES_DIR else []
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = Path(environment.text("STATIC_ROOT", str(DATA_DIR / "static")))
WHITENOISE_USE_FINDERS = not PRODUCTION
MEDIA_ROOT = Path(environment.text("MEDIA_ROOT", str(DATA_DIR / "media")))
# Where the documents of identity checks lie, sealed (docs/kyc.md): no address leads there.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "documents": document_storage(DATA_DIR / "documents"),
}
# What looks for viruses in them (kyc/scanning.py), as a dotted path; and where kyc.clamd.Clamd finds its daemon.
DOCUMENT_SCANNER = environment.text("DOCUMENT_SCANNER")
CLAMD_ADDRESS = environment.text("CLAMD_ADDRESS", "127.0.0.1:3310")

if environment.text("EMAIL_HOST"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = environment.text("EMAIL_HOST")
    EMAIL_PORT = environment.whole("EMAIL_PORT", 587)
    EMAIL_HOST_USER = environment.text("EMAIL_HOST_USER")
    EMAIL_HOST_PASSWORD = environment.text("EMAIL_HOST_PASSWORD")
    EMAIL_USE_TLS = environment.flag("EMAIL_USE_TLS", True)
    EMAIL_TIMEOUT = 10
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mail")
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "wallet@localhost")
# Who sends text messages: none, console (files in DATA_DIR/sms/), or the dotted path of a class (notices/sms/port.py).
SMS_ADAPTER = environment.text("SMS_ADAPTER", "none" if PRODUCTION else "console")

# --- limits --------------------------------------------------------------------------------------

# Off for a load test. How many calls each limit allows is a site setting.
RATE_LIMITS = environment.flag("RATE_LIMITS", True)
# The counters' cache is named apart from the default one: django-ratelimit needs an atomic `incr`.
CACHES: dict[str, dict[str, object]] = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if REDIS_URL := environment.text("REDIS_URL"):
    CACHES["ratelimit"] = {"BACKEND": "wallet_service.rate_counter.RedisCounterCache", "LOCATION": REDIS_URL}
else:
    CACHES["ratelimit"] = {
        "BACKEND": "wallet_service.rate_counter.PostgresCounterCache",
        "LOCATION": "wallet_service_ratecounter",
    }
RATELIMIT_USE_CACHE = "ratelimit"
RATELIMIT_IP_META_KEY = "wallet_service.api.middleware.client_address"
# W001: neither counter cache is on django-ratelimit's own list; both count atomically (tests/api).
SILENCED_SYSTEM_CHECKS = ["django_ratelimit.W001"]
# The most that one request's body may be, JSON included (413 rest_request_too_large).
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- money ---------------------------------------------------------------------------------------

# Units of the operator's own: "PTS:Points,MILES:Miles:0" is code, name, decimals (2 unless said).
OWN_UNITS = environment.listed("OWN_UNITS")

# Who takes the payments of top-ups (payments/adapters).
PAYMENT_PROVIDER = environment.text("PAYMENT_PROVIDER", "manual")
_takes_stripe = PAYMENT_PROVIDER == "stripe"
# Also while another provider takes new payments: those that Stripe took are still refunded and disputed there.
STRIPE_SECRET_KEY = (
    environment.required("STRIPE_SECRET_KEY", "PAYMENT_PROVIDER=stripe charges with it.")
    if _takes_stripe
    else environment.text("STRIPE_SECRET_KEY")
)
# Two of them, separated by a comma, while one is replaced.
STRIPE_WEBHOOK_SECRETS = environment.listed("STRIPE_WEBHOOK_SECRET")
if _takes_stripe:
    environment.required("STRIPE_WEBHOOK_SECRET", "PAYMENT_PROVIDER=stripe believes no notice without it.")
# A double of Stripe on this machine, for trying things out.
STRIPE_API_BASE = environment.service_address("STRIPE_API_BASE", "https://api.stripe.com")

# Who pays withdrawals out (withdrawals/adapters).
PAYOUT_PROVIDER = environment.text("PAYOUT_PROVIDER", "manual")

# --- site settings (site_settings/declared.py) -----------------------------------------------------

# What an operator changes without a deploy. The environment may give another default; what was set by hand wins.
SITE_SETTING_DEFAULTS: dict[str, object] = {
    "default_currency": environment.text("DEFAULT_CURRENCY", "USD"),
    "lot_kinds": environment.listed("LOT_KINDS") or list(LOT_KINDS),
    "approval_above": environment.amounts("APPROVAL_ABOVE"),
    "rate_walletpro_per_minute": environment.whole("RATE_WALLETPRO_PER_MINUTE", 120),
    "rate_failed_logins_per_minute": environment.whole("RATE_FAILED_LOGINS_PER_MINUTE", 20),
}
CONSTANCE_BACKEND = "site_settings.backend.AuditedBackend"
CONSTANCE_CONFIG = constance_config(SITE_SETTING_DEFAULTS)
CONSTANCE_CONFIG_FIELDSETS = constance_fieldsets()
CONSTANCE_ADDITIONAL_FIELDS = constance_fields()
CONSTANCE_SUPERUSER_ONLY = False

# --- background work (docs/decisions/0006) ---------------------------------------------------------

# How often new entries are sealed.
SEAL_EVERY_SECONDS = environment.whole("SEAL_EVERY_SECONDS", 5)
# How many processes the scheduled verification takes, where the ledger is large enough to be divided.
VERIFY_PROCESSES = environment.whole("VERIFY_PROCESSES", 2)
PROCRASTINATE_ON_APP_READY = "wallet_service.worker.register_jobs"
# The jobs are listed in one place, wallet_service/jobs.py; nothing is looked for in the apps.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
# A job whose time passed while no worker ran is made up for once, if it is not older than a day.
PROCRASTINATE_PERIODIC_DEFAULTS = {"max_delay": 86_400}

# --- webhooks (docs/webhooks.md, docs/decisions/0010) ---------------------------------------------

# How long after each failure an event is sent again; after the last of them it is parked.
WEBHOOK_RETRY_SECONDS = environment.wholes("WEBHOOK_RETRY_SECONDS", [5, 30, 120, 600, 3_600, 21_600, 86_400])
# How many calls one worker has under way at most, and how long one may take.
WEBHOOK_THREADS = environment.whole("WEBHOOK_THREADS", 16)
WEBHOOK_TIMEOUT_SECONDS = environment.whole("WEBHOOK_TIMEOUT_SECONDS", 10)

# --- checkpoints (docs/operations.md, "Checkpoints and anchors") -----------------------------------

# An append-only file, and an address that takes a POST: where checkpoints are taken to.
ANCHOR_FILE = environment.text("ANCHOR_FILE", "" if PRODUCTION else str(DATA_DIR / "anchors" / "checkpoints.jsonl"))
ANCHOR_URL = environment.text("ANCHOR_URL")
ANCHOR_TOKEN = environment.text("ANCHOR_TOKEN")
SEAL_LAG_ALARM_SECONDS = environment.whole("SEAL_LAG_ALARM_SECONDS", 60)
ANCHOR_PENDING_ALARM_SECONDS = environment.whole("ANCHOR_PENDING_ALARM_SECONDS", 300)
# Hosts in private address ranges that may be called all the same, by name.
OUTBOUND_ALLOWED_HOSTS = environment.listed("OUTBOUND_ALLOWED_HOSTS")

# Whether strangers may read checkpoints and their public keys; else any signed-in user may.
CHECKPOINTS_PUBLIC = environment.flag("CHECKPOINTS_PUBLIC")

# --- API -----------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    # Closed: a view that forgets its family is useless rather than open.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["wallet_service.api.closed.Nobody"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "wallet_service.api.schema.FamilySchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Wallet service",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    # It would mix all namespaces into one document, which nobody is served; tests hold each namespace's own to no warning.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
    "COMPONENT_SPLIT_REQUEST": False,
    "COMPONENT_SPLIT_PATCH": False,
    "SORT_OPERATIONS": False,
    "ENUM_NAME_OVERRIDES": {
        "TransactionType": "wallet_service.api.walletpro.fields.TYPES",
        "CreditType": "wallet_service.api.walletpro.fields.CREDIT_TYPE_NAMES",
        "WalletStatus": "wallet_service.api.walletpro.fields.STATUSES",
        "HoldStatus": "wallet_service.api.walletpro.fields.HOLD_STATUSES",
        "ReceiptFormat": ["wallet-receipt/1"],
        "EventTypeName": "webhooks.naming.EVENT_TYPES",
        "WebhookStatus": "wallet_service.api.walletpro.webhook_shapes.STATUSES",
        "WebhookSwitch": "wallet_service.api.walletpro.webhook_shapes.SWITCHES",
        "DeliveryReason": "wallet_service.api.walletpro.webhook_shapes.REASONS",
        "DeliveryState": "wallet_service.api.walletpro.webhook_shapes.STATES",
        "TopupStatus": "wallet_service.api.walletpro.topup_rows.SHOWN_STATUSES",
        "TopupState": "wallet_service.api.walletpro.topup_rows.STATES",
        "SubmissionStatus": "wallet_service.api.webkul.kyc_shapes.STATUSES",
        "EventState": "wallet_service.api.walletpro.webhook_shapes.FATES",
        "WebkulTransactionType": "wallet_service.api.webkul.rows.TYPES",
        "KycStatus": "wallet_service.api.webkul.rows.KYC_STATUSES",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- logs ----------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "wallet_service.log_lines.NoSecretsFormatter",
            "format": "{asctime} {levelname} {name} [{request_id}] {message}",
            "style": "{",
        }
    },
    "filters": {
        "request_id": {"()": "wallet_service.log_lines.RequestIdFilter"},
        "no_secrets": {"()": "wallet_service.log_lines.NoSecretsFilter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id", "no_secrets"]}},
    "root": {"handlers": ["console"], "level": environment.text("LOG_LEVEL", "WARNING")},
    # A 4xx is an answer, not an event; Django would log a line for each.
    "loggers": {
        "django.request": {"level": "ERROR"},
        # Nor would anybody want a traceback for each stranger who sends a thousand arguments, or another host's name.
        "django.security": {"level": "CRITICAL"},
        # A line for each call, its whole address in it, where somebody develops with `runserver`.
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # What fails is logged by job_runs and worker, once and in our words.
        "procrastinate": {"level": "CRITICAL"},
        # It would log what is said to Stripe, and Stripe's answers, at the levels below.
        "stripe": {"level": "WARNING"},
        # It would log addresses that are called, a main site's key in them, at the levels below.
        "urllib3": {"level": "ERROR"},
    },
}

UNFOLD = {
    "SITE_TITLE": SITE_NAME,
    "SITE_HEADER": SITE_NAME,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("web/icon.svg")}],
    "SITE_ICON": lambda request: static("web/icon.svg"),
    "SHOW_HISTORY": False,
    "SIDEBAR": {"show_search": True, "navigation": "wallet_service.admin_navigation.navigation"},
    "DASHBOARD_CALLBACK": "wallet_service.admin_navigation.dashboard",
}
