# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
# SQLite, zstd and the TLS library are compiled from C.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc g++ libc6-dev make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package labtower-cli \
    && cp target/release/labtower /usr/local/bin/labtower

FROM debian:bookworm-slim
# The certificates of public authorities; a private one is mounted and named in gitlab.ca_file.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 labtower \
    && useradd --system --uid 10001 --gid labtower --home-dir /data --no-create-home --shell /usr/sbin/nologin labtower \
    && install --directory --owner labtower --group labtower --mode 0750 /data
COPY --from=build /usr/local/bin/labtower /usr/local/bin/labtower
ENV LABTOWER__STORE__PATH=/data/pipelines.db
# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
# A new volume takes over the owner of this directory; `config.toml` is read from here too.
WORKDIR /data
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s --retries=3 CMD ["labtower", "healthcheck"]
ENTRYPOINT ["labtower"]
CMD ["run"]
