FROM python:3.13-slim AS build
COPY requirements.txt /tmp/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt
WORKDIR /app
COPY bot.py ./
COPY klapper klapper
COPY cogs cogs
COPY sandbox sandbox
RUN python -m compileall -q .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --user-group --no-create-home klapper \
    && install -d -o klapper -g klapper /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# These win over a mounted /app/config.toml: what must outlive the container is on the volume, and the health check
# knows the port.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    KLAPPER_DATABASE__URL=sqlite:////data/klapper.db \
    KLAPPER_MEDIA__DIRECTORY=/data/media \
    KLAPPER_OPS__PORT=8080
WORKDIR /app
USER 10001:10001
VOLUME ["/data"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, sys; from http.client import HTTPConnection as H; c = H('127.0.0.1', int(os.environ['KLAPPER_OPS__PORT']), timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["python", "bot.py"]
CMD ["run"]
