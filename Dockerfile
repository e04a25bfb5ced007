# Hotline with all it needs, installed by its own launcher while the image is built.
FROM debian:bookworm-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 ca-certificates tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --home-dir /var/lib/hotline hotline

COPY . /opt/hotline
ENV HOTLINE_CACHE=/opt/hotline-cache HOTLINE_DATA_DIR=/var/lib/hotline/data
RUN mkdir -p "$HOTLINE_CACHE" && chown hotline "$HOTLINE_CACHE"

USER hotline
# Fetches Python packages, Asterisk, nginx and the pages, so that a container starts without a network.
RUN mkdir -p "$HOTLINE_DATA_DIR" && /opt/hotline/hotline set-up

VOLUME /var/lib/hotline/data
ENTRYPOINT ["tini", "--", "/opt/hotline/hotline"]
CMD ["run"]
