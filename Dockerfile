# The commands of this project in a container; how to run it: docs/operating.md, "A container".
ARG BASE=docker.io/library/python:3.13-slim-bookworm

FROM ${BASE} AS build
# What is installed beside the tap, the target and bill: extras of pyproject.toml, `all` for everything.
ARG EXTRAS=csv,duckdb,xlsx
WORKDIR /source
COPY . .
# Wheels only: where one is missing the build ends, rather than wanting a compiler. The environment has no pip in it.
RUN python3 -m venv --without-pip /opt/bill \
    && python3 -m pip --python /opt/bill/bin/python install --no-cache-dir --only-binary ':all:' \
        --no-binary bill-connector ".[${EXTRAS}]"

FROM ${BASE}
LABEL org.opencontainers.image.title="bill-connector" \
      org.opencontainers.image.description="BILL in and out through Singer" \
      org.opencontainers.image.licenses="MIT"

# Process 1 of a container gets no signal that it has no handler for, and a shell passes none on to a pipe. tini does
# both: with -g each command of a pipe gets the SIGTERM, and target-bill settles the call in flight.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends --yes tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /data --shell /usr/sbin/nologin bill \
    && install --directory --owner bill --group bill --mode 0700 /data

COPY --from=build /opt/bill /opt/bill

# All that must outlive a container lies in /data: ledger and reports (.bill), STATE, the lock of an organization.
# No VOLUME: a forgotten mount would get one without a name, which is gone with the container.
ENV PATH=/opt/bill/bin:$PATH \
    XDG_STATE_HOME=/data/.local/state
WORKDIR /data
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/tini", "-g", "--"]
CMD ["bill", "--help"]
