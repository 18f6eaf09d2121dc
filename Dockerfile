# The tool, alone in an image: docker build -t journey-events .
#   docker run --rm -e GENESYSCLOUD_REGION -e GENESYSCLOUD_ACCESS_TOKEN -v journeys:/data journey-events \
#     sync /data/journeys --create --interval yesterday
FROM rust:1.95-slim AS build
# OpenSSL isn't linked. The bundled SQLite, the cryptography and the compression are C.
RUN apt-get update && apt-get install -y --no-install-recommends \
    ca-certificates cmake g++ gcc libc6-dev make python3 && rm -rf /var/lib/apt/lists/*
WORKDIR /journey-events
COPY . .
RUN host=$(rustc -vV | sed -n 's/^host: //p') \
    && release/archive "$(release/build "$host")" "$host" /dist \
    && release/image-root /dist/*.tar.gz /image

FROM scratch
COPY --from=build --chown=65532:65532 /image /
# Neither root nor anyone else of the host.
USER 65532:65532
# The shared quota's state is there too, so that containers with this volume share it.
ENV HOME=/data
WORKDIR /data
VOLUME /data
ENTRYPOINT ["/usr/bin/journey-events"]
