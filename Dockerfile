# The gateway as a container: not root, nothing writable but the site.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md ./
COPY gateway gateway
COPY policies policies
COPY agreements agreements
COPY adapters adapters
COPY audit audit
RUN python -m venv /opt/gateway \
    && /opt/gateway/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock \
    && /opt/gateway/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home gateway
COPY --from=build /opt/gateway /opt/gateway
USER gateway
WORKDIR /site
ENTRYPOINT ["/opt/gateway/bin/gateway"]
CMD ["serve", "--site", "/site"]
