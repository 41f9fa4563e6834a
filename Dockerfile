# The image of `crosswalk`: built with the Swift compiler's own image, run on a plain Debian 12.

# The tag follows the compiler's releases; the version is the one that the tests run with.
FROM swift:6.3.1-bookworm AS build
WORKDIR /build
COPY script/debian-packages.txt script/
RUN apt-get update \
  && xargs -a script/debian-packages.txt apt-get install -y --no-install-recommends \
  && rm -rf /var/lib/apt/lists/*
# Dependencies come before the sources, so that a changed source does not fetch them again.
COPY Package.* ./
RUN swift package resolve
COPY Sources Sources
# The manifest names these folders too, and is refused without them.
COPY Tests Tests
COPY Benchmarks Benchmarks
COPY script/static script/
RUN script/static \
  && strip --strip-unneeded -o /usr/local/bin/crosswalk .build/release/crosswalk

FROM debian:12-slim
# checkov:skip=CKV_DOCKER_2: a program that runs and ends has no health to ask for
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="crosswalk" \
  org.opencontainers.image.description="Maps the rows of a source onto the fields of its targets, as YAML says" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION"
RUN apt-get update \
  && apt-get install -y --no-install-recommends \
    ca-certificates libcurl4 libpq5 libre2-9 libsqlite3-0 libyaml-0-2 tzdata \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 65532 crosswalk \
  && useradd --uid 65532 --gid 65532 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin crosswalk \
  && install -d -o 65532 -g 65532 -m 0700 /var/lib/crosswalk
COPY --from=build /usr/local/bin/crosswalk /usr/local/bin/crosswalk
# A project to start from; the mappings name their schemas as ../../schemas.
COPY mappings /etc/crosswalk/mappings
COPY schemas /etc/crosswalk/schemas
# Nothing but the ledger is written, so the root file system may be read-only.
ENV CROSSWALK_LEDGER=/var/lib/crosswalk/ledger.sqlite
VOLUME /var/lib/crosswalk
WORKDIR /etc/crosswalk
USER 65532:65532
ENTRYPOINT ["crosswalk"]
CMD ["--help"]
