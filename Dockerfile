FROM python:3.11-slim

ENV DEPLOYMENT=production \
    DATA_DIR=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

RUN useradd --system --uid 10001 --create-home --home-dir /home/closedorders closedorders \
    && install -d -o closedorders -g closedorders -m 0700 /data

WORKDIR /app
COPY requirements.txt constraints.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt --requirement requirements.txt

COPY manage.py ./
COPY closedorders ./closedorders
COPY templates ./templates
COPY static ./static
# No secret is needed to compile and collect, so none is baked in. The folder goes again: it holds a key made up on the way.
RUN export DEPLOYMENT=embedded DATA_DIR=/tmp/build STATIC_ROOT=/app/staticfiles \
    && python manage.py messages --compile && python manage.py collect_static_files && rm -rf /tmp/build

USER closedorders
VOLUME /data
EXPOSE 8000

HEALTHCHECK --interval=30s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/live', timeout=2)"]

CMD ["gunicorn", "closedorders.wsgi", "--worker-class", "closedorders.core.http.web_worker.Worker", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--no-control-socket", "--limit-request-line", "8190", "--log-level", "warning"]
