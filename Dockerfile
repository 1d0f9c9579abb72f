# squall's service: its API, its worker and its command line in one image.
#   docker build --tag squall .                              (docs/install.md)
#   docker run squall dist/src/worker.js                     the API without arguments
# Only what the service runs is in it: no npm, no compiler, no sources. It runs as a user without rights, and writes to /tmp alone.
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim

# The packages it runs with, in a layer that changes with package-lock.json alone. No script of a package runs: none is needed, and none is
# trusted. The secret, if given, is an .npmrc that names a registry of one's own (docs/install.md).
FROM ${NODE_IMAGE} AS packages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --omit=dev \
 && npm pkg delete devDependencies \
 && npm sbom --sbom-format spdx --sbom-type application > sbom.spdx.json
# Then what only a build needs goes: other platforms, types and source maps.
COPY docker/prune-modules.mjs docker/
RUN node docker/prune-modules.mjs node_modules

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY types types
COPY scripts/build-package.ts scripts/
COPY src src
RUN node --disable-warning=ExperimentalWarning scripts/build-package.ts

FROM ${NODE_IMAGE}
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="squall" \
      org.opencontainers.image.description="Chaos engineering as durable Temporal workflows" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# What installs packages is of no use here, but to whoever breaks in.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn*
WORKDIR /opt/squall
COPY --from=packages /build/sbom.spdx.json ./
COPY --from=packages /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json LICENSE docker/healthcheck.mjs ./
COPY schema schema
# HOME and the cache are where a read-only root file system has a place for them.
ENV NODE_ENV=production HOME=/tmp XDG_CACHE_HOME=/tmp
USER 10001:10001
EXPOSE 7400 7401
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "healthcheck.mjs"]
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning"]
CMD ["dist/src/api.js"]
