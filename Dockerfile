# One image for api, worker and dashboard. The sandbox and the embedded database stay out of it.
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS packages
RUN python -m venv /opt/fanfare
COPY requirements-production.lock .
RUN /opt/fanfare/bin/pip install --no-cache-dir --require-hashes -r requirements-production.lock

FROM ${PYTHON}
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin fanfare
COPY --from=packages /opt/fanfare /opt/fanfare
WORKDIR /srv/fanfare
COPY api api
COPY push push
COPY dashboard dashboard
COPY sdk_contracts sdk_contracts
RUN python -m compileall -q api push dashboard sdk_contracts
ENV PATH=/opt/fanfare/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FANFARE_API_HOST=0.0.0.0 \
    FANFARE_API_PORT=8080 \
    FANFARE_DASHBOARD_HOST=0.0.0.0 \
    FANFARE_DASHBOARD_PORT=8501
USER fanfare
EXPOSE 8080 8501
# The API's; docker-compose.yml gives worker and dashboard their own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health/ready', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "push"]
CMD ["api"]
