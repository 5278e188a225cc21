# One image for the web server, the workers, beat and the migrations: see docker-compose.yml.
FROM python:3.13-slim-trixie

ENV DATA_DIR=/data PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app

# pg_dump and pg_restore for `manage.py backup`, of the version of the server in docker-compose.yml.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home annotator \
    && install --directory --owner=annotator --mode=700 /data /backups

# run, or s3 for pictures and exports in a bucket.
ARG REQUIREMENTS=run
COPY requirements/run.txt requirements/s3.txt requirements/
RUN pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements/${REQUIREMENTS}.txt

# 1: also what trains vision-language models, some GB, in an environment of its own.
ARG TRAINING=0
COPY requirements/train.txt requirements/
RUN if [ "$TRAINING" = 1 ]; then \
      python -m venv .venv-train \
      && .venv-train/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements/train.txt; \
    fi

COPY manage.py pyproject.toml ./
COPY annotator annotator
COPY static static
COPY templates templates
RUN python -m compileall -q annotator
# Notes what is there, and installs nothing: the layer above stays as it is when the code changes.
RUN if [ "$TRAINING" = 1 ]; then \
      DATA_DIR=/tmp/build python manage.py install_training && rm -r /tmp/build; \
    fi

USER 10001
EXPOSE 8000
CMD ["python", "-m", "annotator.launch.web_server", "--host", "0.0.0.0"]
