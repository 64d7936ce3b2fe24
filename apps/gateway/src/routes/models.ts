import { LupaError } from '@lupa/core/domain/errors'
import { Task } from '@lupa/core/domain/prediction'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import { problems } from '../plugins/openapi.ts'
import type { ServedModel, ServedModels } from '../served-models.ts'

const Model = z
  .object({
    object: z.literal('model'),
    name: z.string(),
    version: z.string(),
    default: z.boolean().describe('Runs when a request names no model.'),
    available: z.boolean(),
    failure: z.string().nullable().describe('Why it cannot be served, and what to do.'),
    task: Task.nullable(),
    classes: z.array(z.string()).nullable().describe('Class names by class number.'),
    imgsz: z
      .object({ width: z.int(), height: z.int() })
      .nullable()
      .describe('What the model takes, in pixels.'),
    digest: z.string().nullable(),
    bytes: z.int().nullable(),
    licence: z.string().nullable(),
    description: z.string().nullable(),
    warm_workers: z.int().describe('Live workers that have it loaded.'),
  })
  .meta({ id: 'Model' })
type Model = z.output<typeof Model>

const ModelList = z.object({ object: z.literal('list'), data: z.array(Model) }).meta({ id: 'ModelList' })

export function listModels(app: App, { models }: { models: ServedModels }): void {
  app.get(
    '/v1/models',
    {
      config: { scope: 'any' },
      schema: {
        operationId: 'listModels',
        tags: ['models'],
        summary: 'List models',
        description: 'Every version of every model, by name, highest version first.',
        response: { 200: ModelList, ...problems(401) },
      },
    },
    async () => ({ object: 'list' as const, data: (await models.list()).map(toModel) }),
  )

  app.get(
    '/v1/models/:name',
    {
      config: { scope: 'any' },
      schema: {
        operationId: 'getModel',
        tags: ['models'],
        summary: 'Get a model',
        params: z.object({ name: z.string().describe('`name`, or `name@version`.') }),
        response: { 200: Model, ...problems(401, 404) },
      },
    },
    async (request) => {
      const [name, version] = request.params.name.split('@')
      const all = await models.list()
      const model = all.find(
        ({ found }) => found.name === name && (version === undefined || found.version === version),
      )
      if (model) return toModel(model)
      const known = [...new Set(all.map(({ found }) => found.name))].join(', ') || 'none'
      throw new LupaError(
        'model_not_found',
        `There is no model ${JSON.stringify(request.params.name.slice(0, 200))}. There is ${known}.`,
      )
    },
  )
}

function toModel({ found, isDefault, failure, warmWorkers }: ServedModel): Model {
  const { package: model } = found
  return {
    object: 'model',
    name: found.name,
    version: found.version,
    default: isDefault,
    available: failure === null,
    failure,
    task: model?.task ?? null,
    classes: model?.names ?? null,
    imgsz: model?.imgsz ?? null,
    digest: model?.digest ?? null,
    bytes: model?.bytes ?? null,
    licence: model?.licence ?? null,
    description: model?.description ?? null,
    warm_workers: warmWorkers,
  }
}
