# The web server, without a database: see docker-compose.yml for the whole.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PRODUCTION=on \
    DATA_DIR=/var/lib/wallet \
    STATIC_ROOT=/srv/wallet/static

RUN useradd --uid 10001 --home-dir /var/lib/wallet --create-home wallet
WORKDIR /srv/wallet

COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock

COPY . ./
# The settings of production ask for secrets, and collecting files has no use for any: these are made up and not kept.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_hex(32))')" \
    LEDGER_HMAC_KEYS="1:$(python -c 'import secrets; print(secrets.token_hex(32))')" \
    DATABASE_URL=postgres://nobody@nowhere/nothing ALLOWED_HOSTS=localhost \
    python manage.py collectstatic --noinput

USER wallet
EXPOSE 8000
# Any answer but a server's error shows that the workers are alive; without https that answer is a redirect.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", "\
import http.client, os; \
host = os.environ['ALLOWED_HOSTS'].split(',')[0].strip(' .*') or 'localhost'; \
c = http.client.HTTPConnection('127.0.0.1', 8000, timeout=4); \
c.request('GET', '/account/login/', headers={'Host': host}); \
raise SystemExit(c.getresponse().status >= 500)"]

CMD ["sh", "-c", "exec python -m granian --interface wsgi --host 0.0.0.0 --port 8000 --workers \"${WEB_WORKERS:-2}\" --blocking-threads \"${WEB_THREADS:-2}\" --workers-kill-timeout 10 --no-ws --no-access-log --respawn-failed-workers --log-level warning wallet_service.wsgi:application"]
