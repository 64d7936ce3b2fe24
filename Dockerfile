# Two images from one file: `--target gateway` and `--target worker`. The apps run from their TypeScript
# sources, so nothing but the console is built here; type stripping does not work under node_modules, which
# is why the images keep the workspace's own layout.
FROM node:24-bookworm-slim AS workspace
WORKDIR /lupa
ENV NODE_ENV=production
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages/core/package.json packages/core/
COPY packages/client/package.json packages/client/
COPY apps/gateway/package.json apps/gateway/
COPY apps/worker/package.json apps/worker/
COPY apps/console/package.json apps/console/

FROM workspace AS gateway-packages
RUN npx --yes pnpm@12.21.0 install --prod --frozen-lockfile --filter @lupa/gateway...

FROM workspace AS worker-packages
RUN npx --yes pnpm@12.21.0 install --prod --frozen-lockfile --filter @lupa/worker...

FROM workspace AS console
RUN npx --yes pnpm@12.21.0 install --prod --frozen-lockfile --filter @lupa/console...
COPY packages/core/src packages/core/src
COPY apps/console apps/console
RUN node apps/console/build/main.ts

FROM node:24-bookworm-slim AS runtime
WORKDIR /lupa
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data MODELS_DIR=/lupa/models
RUN mkdir /data && chown node:node /data
USER node

FROM runtime AS gateway
COPY --from=gateway-packages /lupa ./
COPY packages/core/src packages/core/src
COPY apps/gateway/src apps/gateway/src
COPY --from=console /lupa/apps/console/dist apps/console/dist
ENV PORT=5000
EXPOSE 5000
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+process.env.PORT+'/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "--single-threaded-gc", "--max-semi-space-size=32", "apps/gateway/src/main.ts"]

FROM runtime AS worker
COPY --from=worker-packages /lupa ./
COPY packages/core/src packages/core/src
COPY apps/worker/src apps/worker/src
ENV WORKER_PORT=9100
EXPOSE 9100
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+process.env.WORKER_PORT+'/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "--single-threaded-gc", "apps/worker/src/main.ts"]
