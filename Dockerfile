# syntax=docker/dockerfile:1
# Two images of one site. `web` serves pages, API and light tasks, and has no TensorFlow;
# `trainer` adds it. Both run as an unprivileged user and keep what they write in /data.

FROM python:3.11-slim-trixie AS base
ENV PYTHONUNBUFFERED=1 \
    PATH=/opt/venv/bin:$PATH \
    VAR_DIR=/data \
    STATIC_ROOT=/app/static \
    BIND=0.0.0.0 \
    PORT=8000
# pg_dump and pg_restore, for backups: trixie's are as new as the server in compose.yaml.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data --create-home site
WORKDIR /app

FROM base AS packages
COPY requirements-web.txt requirements-observe.txt requirements-oauth.txt requirements.txt constraints.txt ./
RUN python -m venv /opt/venv \
    && pip install --no-cache-dir uv==0.13.9 \
    && uv pip install --no-cache --compile-bytecode -r requirements-web.txt -c constraints.txt
# For traces and error reports: --build-arg OBSERVE=1
ARG OBSERVE=0
RUN if [ "$OBSERVE" = 1 ]; then \
    uv pip install --no-cache --compile-bytecode -r requirements-observe.txt -c constraints.txt; fi
# For OAuth 2: --build-arg OAUTH_PROVIDER=1
ARG OAUTH_PROVIDER=0
RUN if [ "$OAUTH_PROVIDER" = 1 ]; then \
    uv pip install --no-cache --compile-bytecode -r requirements-oauth.txt -c constraints.txt; fi

FROM packages AS trainer-packages
RUN uv pip install --no-cache --compile-bytecode -r requirements.txt -c constraints.txt

FROM base AS code
COPY manage.py ./
COPY config config
COPY catalog catalog
COPY recommendations recommendations
COPY ml ml
COPY templates templates

FROM code AS trainer
COPY --from=trainer-packages /opt/venv /opt/venv
USER site
VOLUME /data
CMD ["celery", "-A", "config", "worker", "-Q", "train", "-c", "1", "-n", "train@%h", "--loglevel", "INFO"]
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-m", "config.healthcheck", "train"]

FROM code AS web
COPY --from=packages /opt/venv /opt/venv
# Static files are part of the image. The key signs nothing here and is not kept.
RUN DJANGO_SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    python manage.py collectstatic --noinput --verbosity 0
USER site
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "-c", "config/gunicorn_conf.py", "config.wsgi"]
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-m", "config.healthcheck"]
