import { LupaError } from '@lupa/core/domain/errors'
import { Task } from '@lupa/core/domain/prediction'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import { problems } from '../plugins/openapi.ts'
import { chooseModel, type ServedModel, type ServedModels } from '../served-models.ts'

const Model = z
  .object({
    object: z.literal('model'),
    name: z.string(),
    version: z.string(),
    aliases: z.array(z.string()).describe('Those that mean this version, as `name@alias`.'),
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

/** One model, with what is too much for a list. */
export const ModelDetails = Model.extend({
  versions: z.array(z.string()).describe('All versions of this model, highest first.'),
  metrics: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('What was measured, and on what, as the manifest says.'),
  trained_on: z
    .unknown()
    .nullable()
    .describe('What it has learnt from, as the manifest says; null if it does not.'),
  limits: z.unknown().nullable().describe('What it cannot do, as the manifest says; null if it does not.'),
}).meta({ id: 'ModelDetails' })
export type ModelDetails = z.output<typeof ModelDetails>

export function modelRoutes(app: App, { models }: { models: ServedModels }): void {
  app.get(
    '/v1/models',
    {
      config: { scope: 'any' },
      schema: {
        operationId: 'listModels',
        tags: ['models'],
        summary: 'List models',
        description: 'Every version of every model, by name, highest version first.',
        response: { 200: ModelList, ...problems(401, 503) },
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
        description:
          'The version that a job would run which is submitted now with this `model`, and what it was measured at.',
        params: z.object({ name: z.string().describe('`name`, `name@version` or `name@alias`.') }),
        response: { 200: ModelDetails, ...problems(401, 404, 503) },
      },
    },
    async (request) => modelDetails(request.params.name, models),
  )
}

/** Rejects with `model_not_found`. */
export async function modelDetails(wanted: string, models: ServedModels): Promise<ModelDetails> {
  const all = await models.list()
  const model = chooseModel(all, wanted)
  if (model) return toDetails(model, all)
  const known = [...new Set(all.map(({ found }) => found.name))].join(', ') || 'none'
  throw new LupaError(
    'model_not_found',
    `There is no model ${JSON.stringify(wanted.slice(0, 200))}. There is ${known}.`,
  )
}

function toDetails(model: ServedModel, all: readonly ServedModel[]): ModelDetails {
  const { name, card } = model.found
  return {
    ...toModel(model),
    versions: all.filter(({ found }) => found.name === name).map(({ found }) => found.version),
    metrics: card?.metrics ?? null,
    trained_on: card?.trainedOn ?? null,
    limits: card?.limits ?? null,
  }
}

function toModel({ found, aliases, isDefault, failure, warmWorkers }: ServedModel): Model {
  const { package: model } = found
  return {
    object: 'model',
    name: found.name,
    version: found.version,
    aliases,
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
