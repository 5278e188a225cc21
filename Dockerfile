# One image for the web server, the workers, beat and the migrations: see docker-compose.yml.
FROM python:3.11-slim-bookworm

ENV DATA_DIR=/data PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app

RUN useradd --system --uid 10001 --no-create-home annotator \
    && install --directory --owner=annotator --mode=700 /data

COPY requirements/run.txt requirements/
RUN pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements/run.txt

COPY manage.py pyproject.toml ./
COPY annotator annotator
COPY static static
COPY templates templates
RUN python -m compileall -q annotator

USER 10001
EXPOSE 8000
CMD ["granian", "--interface", "asginl", "--host", "0.0.0.0", "--port", "8000", "--no-ws", "annotator.server:application"]
