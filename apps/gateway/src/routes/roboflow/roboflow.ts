import type { Readable } from 'node:stream'
import { LupaError } from '@lupa/core/domain/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import { fromAnything, idFor, logFailure, Problem, sendProblem, toProblem } from '../../plugins/errors.ts'
import { problemsAs } from '../../plugins/openapi.ts'
import { base64Length, FIELDS_BYTES, readBody } from '../../plugins/uploads.ts'
import type { ServedModels } from '../../served-models.ts'
import type { SubmitRouteDeps } from '../jobs/submit-job.ts'
import { waitForPrediction } from '../wait-for-prediction.ts'
import { ROBOFLOW_TASK, RoboflowAnswer, toRoboflowAnswer } from './roboflow-answer.ts'
import {
  type RoboflowImage,
  readBase64Body,
  readImageObject,
  toParameters,
  toUpload,
} from './roboflow-request.ts'

export interface RoboflowDeps extends SubmitRouteDeps {
  models: ServedModels
}

/** A problem that also says `message`, which is what such clients read. */
const RoboflowProblem = Problem.extend({ message: z.string() }).meta({ id: 'RoboflowProblem' })

const Registry = z
  .object({
    models: z.array(
      z.object({
        model_id: z.string(),
        task_type: z.string(),
        batch_size: z.int(),
        input_height: z.int(),
        input_width: z.int(),
      }),
    ),
  })
  .meta({ id: 'RoboflowRegistry' })

const TASKS = ['object_detection', 'instance_segmentation', 'classification', 'keypoints_detection'] as const

const KEY = { api_key: z.string().optional().describe('An API key, where it cannot be sent in a header.') }

const BASE64_BODY = {
  required: true,
  content: {
    'application/json': {
      schema: { type: 'string', description: 'The image in base64, and nothing else; no JSON.' },
    },
    'application/x-www-form-urlencoded': { schema: { type: 'string' } },
  },
}

const JSON_BODY = {
  required: true,
  content: {
    'application/json': {
      schema: { type: 'object', required: ['model_id', 'image'] },
      example: {
        model_id: 'bottles/1',
        image: { type: 'base64', value: '/9j/4AAQSkZJRgABAQ…' },
        confidence: 0.4,
      },
    },
  },
}

/**
 * What clients of Roboflow ask their server, under a prefix of its own: `model/version` is one of our models.
 * https://github.com/roboflow/inference/tree/main/inference_sdk
 */
export function roboflow(app: App, deps: RoboflowDeps): void {
  const { models, config, fetcher } = deps
  const tags = ['roboflow']
  const refusals = problemsAs(RoboflowProblem, 400, 401, 404, 413, 415, 422, 429, 503, 504)

  app.setErrorHandler((thrown, request, reply) => {
    const problem = toProblem(logFailure(fromAnything(thrown, request), request), idFor(request, reply))
    return sendProblem(reply, { ...problem, message: `${problem.title}: ${problem.detail}` })
  })
  // Its clients call base64 JSON.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request: FastifyRequest, payload: Readable) => {
    const { imageBytes } = config.limits
    return readBody(request, payload, base64Length(imageBytes) + FIELDS_BYTES, imageBytes)
  })

  app.post(
    '/roboflow/:model/:version',
    {
      config: {
        scope: 'jobs:write',
        takesImage: true,
        takesKey: true,
        keyInQuery: 'api_key',
        takesBody: BASE64_BODY,
      },
      schema: {
        operationId: 'roboflowInfer',
        tags,
        summary: 'Run a model on an image, as API v0 of inference-sdk does',
        description:
          '`confidence` (0.4 if not given), `overlap` (0.3), `max_detections` (300) and `classes` are heeded, other ' +
          "parameters of Roboflow's are not. Waits as `/predict` does; when the wait ends first: 504.",
        params: z.object({ model: z.string(), version: z.string().describe('A version, or an alias.') }),
        querystring: z.looseObject({
          ...KEY,
          image: z.string().optional().describe('Where the image is, instead of a body.'),
          confidence: z.string().optional(),
          overlap: z.string().optional(),
          max_detections: z.string().optional(),
          classes: z.string().optional(),
        }),
        response: { 200: RoboflowAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      const { model, version } = request.params
      const query = request.query as Record<string, unknown>
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const { image } = query
      const source = () => (typeof image === 'string' ? { url: image } : { image: readBase64Body(body) })
      return infer(request, reply, { model: `${model}@${version}`, source, given: query })
    },
  )

  app.post(
    '/roboflow/infer/:task',
    {
      config: {
        scope: 'jobs:write',
        takesImage: true,
        takesKey: true,
        keyInQuery: 'api_key',
        takesBody: JSON_BODY,
      },
      schema: {
        operationId: 'roboflowInferTask',
        tags,
        summary: 'Run a model on an image, as API v1 of inference-sdk does',
        description: 'The key goes in a header: `InferenceConfiguration(api_key_transport="header")`.',
        params: z.object({ task: z.enum(TASKS) }),
        querystring: z.looseObject(KEY),
        response: { 200: RoboflowAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      const given = readJson(request)
      const model = toModelName(given.model_id)
      return infer(request, reply, { model, source: () => readImageObject(given.image), given })
    },
  )

  app.get(
    '/roboflow/model/registry',
    {
      config: { scope: 'any', keyInQuery: 'api_key' },
      schema: {
        operationId: 'roboflowModels',
        tags,
        summary: 'List models, as API v1 of inference-sdk wants them',
        querystring: z.looseObject(KEY),
        response: { 200: Registry, ...problemsAs(RoboflowProblem, 401, 503) },
      },
    },
    async () => registry(),
  )

  app.post(
    '/roboflow/model/add',
    {
      config: { scope: 'any', keyInQuery: 'api_key', takesBody: { content: { 'application/json': {} } } },
      schema: {
        operationId: 'roboflowAddModel',
        tags,
        summary: 'List models, and the one that is asked for',
        description: 'Nothing has to be loaded here: it says whether there is such a model.',
        querystring: z.looseObject(KEY),
        response: { 200: Registry, ...problemsAs(RoboflowProblem, 400, 401, 404, 503) },
      },
    },
    async (request) => {
      const { model_id: id } = readJson(request)
      const { task, imgsz } = await models.resolve(toModelName(id))
      const all = await registry()
      return { models: [...all.models, describe(String(id), task, imgsz)] }
    },
  )

  async function infer(
    request: FastifyRequest,
    reply: FastifyReply,
    { model, source, given }: { model: string; source: () => RoboflowImage; given: Record<string, unknown> },
  ): Promise<RoboflowAnswer> {
    const parameters = { ...toParameters(given), model }
    const read = async () => {
      const image = source()
      return 'url' in image ? { ...(await fetcher.fetch(image.url)), fields: {} } : toUpload(image.image)
    }
    return toRoboflowAnswer(await waitForPrediction(request, reply, { read, parameters }, deps))
  }

  async function registry(): Promise<z.output<typeof Registry>> {
    const served = (await models.list()).flatMap(({ found, failure }) =>
      found.package && failure === null ? [found.package] : [],
    )
    return {
      models: served.map(({ name, version, task, imgsz }) => describe(`${name}/${version}`, task, imgsz)),
    }
  }
}

function describe(
  id: string,
  task: keyof typeof ROBOFLOW_TASK,
  { width, height }: { width: number; height: number },
): z.output<typeof Registry>['models'][number] {
  return {
    model_id: id,
    task_type: ROBOFLOW_TASK[task],
    batch_size: 1,
    input_height: height,
    input_width: width,
  }
}

/** `model/version`, or a name alone. */
function toModelName(id: unknown): string {
  if (typeof id === 'string' && /^[^/]+(\/[^/]+)?$/.test(id)) return id.replace('/', '@')
  throw new LupaError(
    'invalid_parameter',
    `model_id=${JSON.stringify(id)} is not valid: it must be model/version.`,
  )
}

function readJson({ body }: FastifyRequest): Record<string, unknown> {
  try {
    const given: unknown = JSON.parse(Buffer.isBuffer(body) ? body.toString('utf8') : '')
    if (typeof given === 'object' && given !== null && !Array.isArray(given))
      return given as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw new LupaError('body_malformed', 'The body must be a JSON object: {"model_id": "…", "image": {…}}.')
}
