import { isNext } from '@lupa/core/models/model-alias-store'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import type { Audit } from '../audit.ts'
import type { GatewayConfig } from '../config.ts'
import type { ModelAliases } from '../model-aliases.ts'
import { clientOf } from '../plugins/auth.ts'
import { problems } from '../plugins/openapi.ts'
import type { ServedModels } from '../served-models.ts'
import { ModelDetails, modelDetails } from './models.ts'

/** As versions may be called, so that both can stand in `name@…` and in an address. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

const AliasParams = z.object({
  name: z.string().regex(NAME, 'the name of a model, without a version').describe('The name of the model.'),
  alias: z
    .string()
    .max(64)
    .regex(NAME, 'made of letters, digits, dots, dashes and underscores, the first a letter or digit')
    .describe('`stable` is what requests mean that name no version; any other name is your own.'),
})

const PointParams = AliasParams.extend({
  alias: AliasParams.shape.alias.refine((alias) => !isNext({ alias }), {
    error: 'no name that ends in .next, which stands for what an alias is being switched to',
  }),
})

const pointRequest = (maxWaitMs: number) =>
  z
    .strictObject({
      version: z
        .string()
        .describe('The version that the alias is to mean. It must be one that can be served.'),
      if_version: z
        .string()
        .nullable()
        .optional()
        .describe('Only if the alias means this version by then; `null`: only if there is no such alias.'),
      wait_warm_seconds: z
        .int()
        .min(0)
        .max(maxWaitMs / 1000)
        .optional()
        .describe(
          'Have workers load the version first, which takes some seconds, and switch only then; refused if none has after as many seconds, or if they fail to.',
        ),
    })
    .meta({ examples: [{ version: '2', if_version: '1', wait_warm_seconds: 30 }] })

export function modelAliasRoutes(
  app: App,
  {
    models,
    modelAliases,
    audit,
    config,
  }: {
    models: ServedModels
    modelAliases: ModelAliases
    audit: Audit
    config: Pick<GatewayConfig, 'wait'>
  },
): void {
  app.put(
    '/v1/models/:name/aliases/:alias',
    {
      config: { scope: 'models:write' },
      schema: {
        operationId: 'pointAlias',
        tags: ['models'],
        summary: 'Point an alias to a version',
        description:
          'From the answer on, requests through this gateway mean the new version; through others within two seconds. Jobs accepted before keep the version they have.',
        params: PointParams,
        body: pointRequest(config.wait.maxMs),
        response: { 200: ModelDetails, ...problems(400, 401, 403, 404, 409, 422, 503) },
      },
    },
    async (request) => {
      const { name: model, alias } = request.params
      const { version, if_version: expected, wait_warm_seconds: waitSeconds = 0 } = request.body
      const wish = { model, alias, version, expected, waitMs: waitSeconds * 1000, client: clientOf(request) }
      await audit(request, { action: 'alias.pointed', target: `${model}@${alias}`, details: { version } })
      await modelAliases.point(wish, request.log)
      return modelDetails(`${model}@${version}`, models)
    },
  )

  app.delete(
    '/v1/models/:name/aliases/:alias',
    {
      config: { scope: 'models:write' },
      schema: {
        operationId: 'removeAlias',
        tags: ['models'],
        summary: 'Remove an alias',
        description: 'A model without `stable` runs its highest version that can be served.',
        params: AliasParams,
        response: { 204: z.null(), ...problems(400, 401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const { name: model, alias } = request.params
      await audit(request, { action: 'alias.removed', target: `${model}@${alias}` })
      await modelAliases.remove({ model, alias, client: clientOf(request) }, request.log)
      return reply.code(204).send(null)
    },
  )
}
