"""Every setting, and the only reader of the environment. Starts with nothing set.

DATA_DIR         where everything that must be kept lies        (data/ in the project)
DATABASE_URL     postgres://user:password@host/name             (SQLite in DATA_DIR)
REDIS_URL        redis://host:6379/0 or redis+socket:///path    (the embedded one in DATA_DIR)
BIND             host:port that the web server listens on       (127.0.0.1:8000)
SECRET_KEY       50 characters or more                          (made once, kept in DATA_DIR)
ALLOWED_HOSTS    names the server answers to, comma-separated   (the host of BIND, localhost)
HTTPS            1 when users reach the server over https       (0)
TRUSTED_PROXIES  how many proxies in front add to X-Forwarded-For  (1 with HTTPS, else 0)
PRIVATE_REMOTES  host:port pairs on private networks that may be called, as a remote or address  (this server)
IMPORT_THREADS   pictures of an import that are decoded at once  (cores less one, one for 2 GB of memory)
TRAINING_THREADS processor threads a local training may use     (1)
TRAINING_VENV    the environment that install_training makes    (.venv-train/ in the project)
TRAINING_COMMAND a command line that trains a job folder elsewhere  (none: docs/job-folder.md)
BASE_MODELS_DIR  folders of base models to fine-tune            (bases/ in DATA_DIR)
BASE_DOWNLOADS   1 when download_base may bring them from a hub (0)
HUB_ADDRESS      of that hub                                    (https://huggingface.co)
SWEEP_SECONDS    how often jobs that were lost are looked for   (2)
PUSH_LEASE_SECONDS, MIRROR_LEASE_SECONDS  after which a silent worker counts as lost  (40, 60)
MODEL_LINK_SECONDS  how long a link to a model's archive works  (3600)
EXPORT_JOB_SAMPLES  an export of more samples is written by a worker  (5000)
EXPORT_KEEP_HOURS   how long the file of such an export is kept  (72)
EXPORT_LINK_SECONDS how long a link to such a file works        (86400)
S3_BUCKET        bucket of S3-compatible storage for pictures and exports  (none: they lie in DATA_DIR)
S3_ENDPOINT      https://host[:port] of that storage            (Amazon's)
S3_REGION        its region                                     (us-east-1)
S3_ACCESS_KEY, S3_SECRET_KEY  for that bucket                   (as the libraries find them)
S3_PREFIX        what the names in the bucket begin with        (nothing)
S3_LINK_SECONDS  how long an address works at which the bucket itself gives a file; 0: the app sends all  (0)
STORAGE          s3 or local: where new files go; those in the other place are still read  (s3 with S3_BUCKET)
"""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent


def secret_file(name: str, make: str) -> str:
    """The text kept in DATA_DIR under `name`, readable by its owner alone; written once."""
    path = DATA_DIR / name
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(make)
    return make


# Folders ---------------------------------------------------------------------------------------
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "data"))).absolute()
try:
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(f"DATA_DIR {DATA_DIR} cannot be made: {error.strerror}") from error
MEDIA_ROOT = DATA_DIR / "media"  # private: served by images/views.py alone, never by address
MODELS_ROOT = DATA_DIR / "models"
BIND = env.str("BIND", default="127.0.0.1:8000")
BIND_HOST, _, _bind_port = BIND.rpartition(":")
if not BIND_HOST or not _bind_port.isdigit():
    raise ImproperlyConfigured(f"BIND must be host:port, for example 127.0.0.1:8000, not {BIND!r}")

# Security --------------------------------------------------------------------------------------
DEBUG = False
SECRET_KEY = env.str("SECRET_KEY", default="") or secret_file("secret_key", get_random_secret_key())
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured(
        "SECRET_KEY must have 50 characters or more; leave it out to have one made"
    )
HTTPS = env.bool("HTTPS", default=False)
# Read by accounts/limits.py alone: allauth asks it through our adapter.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=int(HTTPS))
if TRUSTED_PROXIES < 0:
    raise ImproperlyConfigured("TRUSTED_PROXIES must be 0 or more: how many proxies are in front")
_hosts = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", BIND_HOST])
ALLOWED_HOSTS = [host for host in _hosts if host not in {"*", "0.0.0.0"}]  # noqa: S104  # not bound
# Where links in mails lead.
SITE_URL = env.str("SITE_URL", default="") or (
    f"https://{ALLOWED_HOSTS[0]}" if HTTPS and ALLOWED_HOSTS else f"http://{BIND}"
)
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HTTPS else []
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_ENGINE = "annotator.accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600  # seconds
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' blob: data:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}

# Application -----------------------------------------------------------------------------------
ROOT_URLCONF = "annotator.urls"
WSGI_APPLICATION = "annotator.wsgi.application"
ROOMS = [
    "accounts",
    "notifications",
    "connections",
    "images",
    "datasets",
    "guidelines",
    "snapshots",
    "suggestions",
    "push",
    "training",
    "predictions",
    "mirror",
    "annotation",
    "assignments",
    "comments",
    "history",
    "imports",
    "review",
    "disagreements",
    "figures",
    "exports",
    "api",
    "home",
    "demo",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "annotator",
    "annotator.ui",
    *[f"annotator.{room}" for room in ROOMS],
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "annotator.ui.middleware.compress",
    "annotator.ui.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "annotator.accounts.middleware.private_pages",
    "annotator.accounts.middleware.StorableTextMiddleware",
    "annotator.accounts.middleware.session",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "annotator.accounts.middleware.current_member",
    "annotator.accounts.middleware.ErrorResponseMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.static", "annotator.ui.templatetags.ui"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "annotator.home.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en"
USE_I18N = False  # asked for its language, each text of a page takes a seventh longer
USE_THOUSAND_SEPARATOR = False

# People ----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_ADAPTER = "annotator.accounts.adapter.ClosedSignUp"
ACCOUNT_FORMS = {
    "login": "annotator.accounts.forms.SignInForm",
    "change_password": "annotator.accounts.forms.NewPasswordForm",
    "reset_password": "annotator.accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "annotator.accounts.forms.PasswordFromLinkForm",
}
CSRF_FAILURE_VIEW = "annotator.accounts.views.session.csrf_failed"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to unknown addresses
ACCOUNT_SESSION_REMEMBER = True
# "key" is a name tried from one address (adapter.py), so that nobody can lock it for its owner elsewhere;
# "ip" slows down whoever tries many names. A team behind one address mistypes far less often.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "5/5m/key,150/h/ip",
    "reset_password": "20/m/ip",  # how many mails go to one mailbox is limited in passwords.py
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 15  # seconds
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Database (docs/reliability.md#database) ---------------------------------------------------------
_version = sqlite3.sqlite_version_info
_wal_is_safe = (
    _version >= (3, 51, 3) or (3, 50, 7) <= _version < (3, 51) or (3, 44, 6) <= _version < (3, 45)
)
DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'annotator.sqlite3'}")
}
# With SQLite, opening a connection takes longer than most requests' queries.
DATABASES["default"]["CONN_MAX_AGE"] = 60  # seconds
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "annotator.sqlite"
    # REST framework imports PostgreSQL's driver where it can, 4 MB in each process: here nobody needs it.
    cast(dict[str, object], sys.modules).setdefault("psycopg", None)
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds
        "init_command": (
            f"PRAGMA journal_mode={'WAL' if _wal_is_safe else 'DELETE'};PRAGMA synchronous=FULL;"
        ),
    }
else:
    DATABASES["default"] |= {
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": DATABASES["default"].get("OPTIONS", {})
        | {
            # Planning takes longer than running: what comes a third time on a connection keeps its plan.
            "server_side_binding": True,
            "prepare_threshold": 2,
            "options": "-c lock_timeout=5s -c statement_timeout=30s"
            " -c idle_in_transaction_session_timeout=30s",
        },
    }

# Redis, Celery (docs/reliability.md#queue) -------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default=f"redis+socket://{DATA_DIR / 'redis.sock'}")
_cache_url = REDIS_URL.replace("redis+socket://", "unix://").split("?")[0]
CACHES = {
    "default": {
        "BACKEND": "annotator.ui.cache.ForgivingRedisCache",
        "LOCATION": _cache_url,
        "KEY_PREFIX": "annotator",
    }
}
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 50  # seconds; long work is many short jobs with a checkpoint
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "annotator.push.jobs.*": {"queue": "push"},
    "annotator.mirror.jobs.*": {"queue": "mirror"},
    "annotator.training.jobs.train": {"queue": "training"},
    "annotator.predictions.jobs.predict": {"queue": "training"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # kB
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,  # seconds; above the time limit, always
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "health_check_interval": 10,
}
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
# A sweep does the work whose job was lost; a room adds its own to _PERIODS.
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=2)
PUSH_LEASE_SECONDS = env.float("PUSH_LEASE_SECONDS", default=40)  # above one call's deadline of 30
MIRROR_LEASE_SECONDS = env.float("MIRROR_LEASE_SECONDS", default=60)
_PERIODS = {  # seconds between two runs of a job; a run that has not started by the next one is dropped
    "annotator.accounts.jobs.send_password_mails": 15,
    "annotator.accounts.jobs.clear_expired_sessions": 3600,
    "annotator.notifications.jobs.send_digests": 300,
    "annotator.notifications.jobs.forget_old": 3600,
    "annotator.api.jobs.forget_old_calls": 3600,
    "annotator.training.jobs.sweep": 3,
    "annotator.training.jobs.tell_of_ended": 10,
    "annotator.predictions.jobs.sweep": 5,
    "annotator.assignments.jobs.sweep": 5,
    "annotator.review.jobs.sweep": 5,
    "annotator.disagreements.jobs.sweep": 15,
    "annotator.push.jobs.sweep": SWEEP_SECONDS,
    "annotator.push.jobs.sweep_all": 300,
    "annotator.push.jobs.tell_of_stuck": 60,
    "annotator.imports.jobs.sweep_imports": 15,
    "annotator.exports.jobs.sweep": 10,
    "annotator.mirror.jobs.sweep": 2 * SWEEP_SECONDS,
    "annotator.demo.jobs.sweep": 5,
    "annotator.images.jobs.sweep_files": 300,
    "annotator.annotation.jobs.tell_of_done": 30,
    "annotator.annotation.jobs.fold_counts": 15,
    "annotator.annotation.jobs.reconcile_counts": 3600,
}
CELERY_BEAT_SCHEDULE = {
    job: {"task": job, "schedule": seconds, "options": {"expires": seconds}}
    for job, seconds in _PERIODS.items()
}

# Static files ----------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "annotator.ui.storage.BundledStaticFilesStorage"},
}

# Object storage --------------------------------------------------------------------------------
S3_BUCKET = env.str("S3_BUCKET", default="")
S3_ENDPOINT = env.str("S3_ENDPOINT", default="").rstrip("/")
S3_REGION = env.str("S3_REGION", default="us-east-1")
S3_PREFIX = env.str("S3_PREFIX", default="").strip("/")
S3_LINK_SECONDS = env.int("S3_LINK_SECONDS", default=0)
STORAGE = env.str("STORAGE", default="") or ("s3" if S3_BUCKET else "local")
_s3_keys = env.str("S3_ACCESS_KEY", default=""), env.str("S3_SECRET_KEY", default="")
if STORAGE not in {"s3", "local"} or (STORAGE == "s3" and not S3_BUCKET):
    raise ImproperlyConfigured(
        "STORAGE must be local, or s3 with the name of a bucket in S3_BUCKET"
    )
if S3_BUCKET and any(find_spec(name) is None for name in ("boto3", "storages")):
    raise ImproperlyConfigured(
        "S3_BUCKET is set, but what it needs is not installed:"
        " pip install --require-hashes -r requirements/s3.txt, or build the image with REQUIREMENTS=s3."
    )
if S3_ENDPOINT and not re.fullmatch(r"https?://[^/?#@\s]+", S3_ENDPOINT):
    raise ImproperlyConfigured("S3_ENDPOINT must be https://host or https://host:port")
if any(_s3_keys) and not all(_s3_keys):
    raise ImproperlyConfigured("S3_ACCESS_KEY and S3_SECRET_KEY belong together: set both or none")
if not 0 <= S3_LINK_SECONDS <= 604_800:  # a week, the most that storages accept
    raise ImproperlyConfigured("S3_LINK_SECONDS must be between 0 and 604800")
if S3_BUCKET:
    STORAGES["bucket"] = {
        "BACKEND": "annotator.storage.bucket.Bucket",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": S3_ENDPOINT or None,
            "region_name": S3_REGION,
            "access_key": _s3_keys[0] or None,
            "secret_key": _s3_keys[1] or None,
            "location": S3_PREFIX,
            # Only Amazon has a host name for each bucket everywhere.
            "addressing_style": "path" if S3_ENDPOINT else "virtual",
        },
    }
if S3_BUCKET and S3_LINK_SECONDS:
    _hosts_of_bucket = S3_ENDPOINT or " ".join(
        f"https://{S3_BUCKET}.{host}.amazonaws.com" for host in ("s3", f"s3.{S3_REGION}")
    )
    CONTENT_SECURITY_POLICY["img-src"] += f" {_hosts_of_bucket}"

# Uploads ---------------------------------------------------------------------------------------
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # bytes
DATA_UPLOAD_MAX_MEMORY_SIZE = 30_000_000  # bytes without files: a base64 image of 20 MB
DATA_UPLOAD_MAX_NUMBER_FILES = 200
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

# Images (docs/reliability.md#image-files) --------------------------------------------------------
IMAGE_MAX_BYTES = 20_000_000
IMAGE_MAX_PIXELS = 51_000_000  # decoded at once
IMAGE_MAX_JPEG_PIXELS = 205_000_000  # a larger JPEG is decoded at half its size or less
IMAGE_MAX_SIDE_PX = 16_384
# Of the child process that opens zips and decodes large pictures. macOS bounds the time alone.
CHILD_MEMORY_BYTES = 1_000_000_000
CHILD_SECONDS = 40.0  # for one picture; an import's lease lasts longer
_memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
IMPORT_THREADS = env.int(
    "IMPORT_THREADS", default=max(1, min((os.cpu_count() or 1) - 1, _memory_bytes // 2_000_000_000))
)

# Remotes ---------------------------------------------------------------------------------------
PRIVATE_REMOTES = frozenset(
    [*env.list("PRIVATE_REMOTES", default=[]), BIND, f"localhost:{_bind_port}"]
)
# Encrypts the remotes' tokens; more than one key while rotating, the newest first.
TOKEN_KEYS_FILE = DATA_DIR / "token_keys"

# Training --------------------------------------------------------------------------------------
TRAINING_THREADS = env.int("TRAINING_THREADS", default=1)
TRAINING_COMMAND = env.str("TRAINING_COMMAND", default="")
TRAINING_VENV = Path(env.str("TRAINING_VENV", default=str(BASE_DIR / ".venv-train"))).absolute()
BASE_MODELS_DIR = Path(env.str("BASE_MODELS_DIR", default=str(DATA_DIR / "bases"))).absolute()
BASE_DOWNLOADS = env.bool("BASE_DOWNLOADS", default=False)
HUB_ADDRESS = env.str("HUB_ADDRESS", default="https://huggingface.co").rstrip("/")
MODEL_LINK_SECONDS = env.int("MODEL_LINK_SECONDS", default=3600)

# Exports ---------------------------------------------------------------------------------------
EXPORTS_ROOT = DATA_DIR / "exports"
SNAPSHOTS_ROOT = DATA_DIR / "snapshots"
EXPORT_JOB_SAMPLES = env.int("EXPORT_JOB_SAMPLES", default=5_000)
EXPORT_KEEP_HOURS = env.float("EXPORT_KEEP_HOURS", default=72)
EXPORT_LINK_SECONDS = env.int("EXPORT_LINK_SECONDS", default=86_400)

# The REST API ----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "annotator.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["annotator.api.permissions.Denied"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["annotator.api.parsers.GuardedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "annotator.api.documentation.schema.Schema",
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
    "EXCEPTION_HANDLER": "annotator.api.errors.handler",
}
# Above what 16 clients of a loader reach; stops endless loops, and guessing of tokens.
API_CALLS_PER_MINUTE = {"token": 30_000, "person": 6_000, "address": 120}
SPECTACULAR_SETTINGS = {
    "TITLE": "Annotator API",
    "VERSION": "2",
    "DESCRIPTION": "The platform's API for vision-language models, served here: any of its clients works.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX_INSERT": "",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "annotator.api.documentation.schema.format_paths",
        "annotator.api.documentation.schema.add_examples",
        "annotator.api.documentation.schema.add_links",
    ],
    "ENUM_NAME_OVERRIDES": {
        "PromptType": "annotator.datasets.models.prompt.Prompt.Type",
        "VariableType": "annotator.variables.types.type_choices",
        "PromptFormat": "annotator.datasets.models.prompt.Prompt.Format",
        "SampleType": "annotator.datasets.models.sample.Sample.Type",
    },
}

# Logs ------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "httpx2": {"level": "WARNING"},
        "httpcore2": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "PIL": {"level": "WARNING"},
    },
}
