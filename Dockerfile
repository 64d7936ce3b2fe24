# Two images from one file: `--target gateway` and `--target worker`, for linux/amd64 and linux/arm64. The apps run
# from their TypeScript sources, so nothing but the console is built; type stripping does not work under node_modules,
# which is why the images keep the workspace's own layout.
FROM node:24-bookworm-slim AS workspace
WORKDIR /lupa
ENV NODE_ENV=production
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages/core/package.json packages/core/
COPY packages/client/package.json packages/client/
COPY apps/gateway/package.json apps/gateway/
COPY apps/worker/package.json apps/worker/
COPY apps/console/package.json apps/console/
COPY deploy/docker/prune-packages.mjs ./

FROM workspace AS gateway-packages
RUN npx --yes pnpm@12.21.0 install --prod --frozen-lockfile --filter @lupa/gateway... \
  && node prune-packages.mjs && rm prune-packages.mjs

FROM workspace AS worker-packages
RUN npx --yes pnpm@12.21.0 install --prod --frozen-lockfile --filter @lupa/worker... \
  && node prune-packages.mjs && rm prune-packages.mjs

FROM workspace AS console
RUN npx --yes pnpm@12.21.0 install --prod --frozen-lockfile --filter @lupa/console...
COPY packages/core/src packages/core/src
COPY tsconfig.base.json ./
COPY apps/console apps/console
RUN node apps/console/build/main.ts

# Debian and Node, and nothing that installs: no npm, no pnpm.
FROM debian:bookworm-slim AS runtime
WORKDIR /lupa
COPY --from=workspace /usr/local/bin/node /usr/local/bin/node
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --no-create-home node \
  && mkdir /data && chown node:node /data
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data MODELS_DIR=/lupa/models
COPY deploy/docker/is-ready /usr/local/bin/is-ready
COPY models models
USER node

FROM runtime AS gateway
COPY --from=gateway-packages /lupa ./
COPY packages/core/src packages/core/src
COPY apps/gateway/src apps/gateway/src
COPY --from=console /lupa/apps/console/dist apps/console/dist
ENV PORT=5000
EXPOSE 5000
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s CMD ["is-ready", "5000"]
CMD ["node", "--single-threaded-gc", "--max-semi-space-size=32", "apps/gateway/src/main.ts"]

FROM runtime AS worker
COPY --from=worker-packages /lupa ./
COPY packages/core/src packages/core/src
COPY apps/worker/src apps/worker/src
ENV WORKER_PORT=9100
EXPOSE 9100
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s CMD ["is-ready", "9100"]
CMD ["node", "--single-threaded-gc", "apps/worker/src/main.ts"]
