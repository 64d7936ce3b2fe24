import type { Readable } from 'node:stream'
import { LupaError } from '@lupa/core/domain/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import type { Health } from '../../health.ts'
import { fromAnything, idFor, logFailure, Problem, sendProblem, toProblem } from '../../plugins/errors.ts'
import { problemsAs } from '../../plugins/openapi.ts'
import { base64Length, FIELDS_BYTES, readBody } from '../../plugins/uploads.ts'
import { chooseModel, type ServedModel, type ServedModels } from '../../served-models.ts'
import type { SubmitRouteDeps } from '../jobs/submit-job.ts'
import { waitForPrediction } from '../wait-for-prediction.ts'
import { OUTPUTS, toInferAnswer } from './infer-answer.ts'
import { readInferRequest } from './infer-request.ts'

export interface InferenceProtocolDeps extends SubmitRouteDeps {
  models: ServedModels
  health: Health
  version: string
}

const HEADER_LENGTH = 'inference-header-content-length'

/** A problem that also says `error`, which is what such clients read. */
const InferProblem = Problem.extend({ error: z.string() }).meta({ id: 'InferProblem' })

const TensorDescription = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) })

const ModelMetadata = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(TensorDescription),
    outputs: z.array(TensorDescription),
  })
  .meta({ id: 'InferenceModel' })

const InferAnswer = z
  .object({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string(),
    parameters: z.object({ job: z.string(), image_width: z.int(), image_height: z.int() }),
    outputs: z.array(TensorDescription.extend({ data: z.array(z.unknown()).optional() })),
  })
  .meta({ id: 'InferAnswer' })

const INFER_BODY = {
  required: true,
  content: {
    'application/json': {
      schema: { type: 'object', required: ['inputs'] },
      example: { inputs: [{ name: 'image', shape: [1], datatype: 'BYTES', data: ['/9j/4AAQSkZJRgABAQ…'] }] },
    },
    'application/octet-stream': {
      schema: {
        type: 'string',
        format: 'binary',
        description: 'The JSON, of `Inference-Header-Content-Length` bytes, then the binary data.',
      },
    },
  },
}

/**
 * The Open Inference Protocol, version 2, over REST, with Triton's binary data.
 * https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
 * https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
 */
export function inferenceProtocol(app: App, deps: InferenceProtocolDeps): void {
  const { models, health, version, config } = deps
  const tags = ['inference protocol']

  app.setErrorHandler((thrown, request, reply) => {
    const problem = toProblem(logFailure(fromAnything(thrown, request), request), idFor(request, reply))
    return sendProblem(reply, { ...problem, error: `${problem.title}: ${problem.detail}` })
  })
  // Its clients send binary data without a content type.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request: FastifyRequest, payload: Readable) => {
    const { imageBytes } = config.limits
    return readBody(request, payload, base64Length(imageBytes) + FIELDS_BYTES, imageBytes)
  })

  app.get(
    '/v2',
    {
      config: { scope: 'any' },
      schema: {
        operationId: 'inferenceServer',
        tags,
        summary: 'What this server is',
        response: {
          200: z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
          ...problemsAs(InferProblem, 401),
        },
      },
    },
    async () => ({ name: 'lupa', version, extensions: ['binary_tensor_data'] }),
  )

  app.get(
    '/v2/health/live',
    {
      config: { scope: 'none' },
      schema: {
        operationId: 'inferenceLive',
        tags,
        summary: 'Whether the process lives',
        response: { 200: z.object({ live: z.boolean() }) },
      },
    },
    async () => ({ live: true }),
  )

  const Ready = z.object({ ready: z.boolean() })
  app.get(
    '/v2/health/ready',
    {
      config: { scope: 'none' },
      schema: {
        operationId: 'inferenceReady',
        tags,
        summary: 'Whether requests should come here',
        response: { 200: Ready, 503: Ready },
      },
    },
    async (_request, reply) => {
      const { status } = await health.report()
      return reply.code(status === 'ready' ? 200 : 503).send({ ready: status === 'ready' })
    },
  )

  const Named = z.object({ name: z.string().describe('Of the model.') })
  const Versioned = Named.extend({ version: z.string().describe('A version, or an alias.') })

  for (const [path, params, suffix] of [
    ['/v2/models/:name', Named, ''],
    ['/v2/models/:name/versions/:version', Versioned, 'Version'],
  ] as const) {
    app.get(
      path,
      {
        config: { scope: 'any' },
        schema: {
          operationId: `inferenceModel${suffix}`,
          tags,
          summary: 'What a model takes and gives',
          params,
          response: { 200: ModelMetadata, ...problemsAs(InferProblem, 401, 404, 503) },
        },
      },
      async (request) => metadataOf(await find(request), await models.list()),
    )

    app.get(
      `${path}/ready`,
      {
        config: { scope: 'any' },
        schema: {
          operationId: `inferenceModelReady${suffix}`,
          tags,
          summary: 'Whether a model can be served',
          params,
          response: { 200: Ready, ...problemsAs(InferProblem, 401, 404), 503: Ready },
        },
      },
      async (request, reply) => {
        const isReady = (await find(request)).failure === null
        return reply.code(isReady ? 200 : 503).send({ ready: isReady })
      },
    )

    app.post(
      `${path}/infer`,
      {
        config: { scope: 'jobs:write', takesImage: true, takesKey: true, takesBody: INFER_BODY },
        schema: {
          operationId: `infer${suffix}`,
          tags,
          summary: 'Run a model on an image',
          description:
            'One input, of BYTES and shape [1]: the encoded image. `parameters` may hold `conf`, `iou`, `max_det` and ' +
            '`classes`. The outputs are what was detected, not what the model itself puts out. Waits as ' +
            '`/predict` does; `parameters.job` of the answer is the job. When the wait ends first: 504.',
          params,
          response: {
            200: InferAnswer,
            ...problemsAs(InferProblem, 400, 401, 404, 413, 415, 422, 429, 503, 504),
          },
        },
      },
      async (request, reply) => infer(request, reply),
    )
  }

  async function infer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { [HEADER_LENGTH]: headerLength, 'content-encoding': encoding } = request.headers
    if (encoding !== undefined && encoding !== 'identity') {
      throw new LupaError(
        'unsupported_media_type',
        `The body is compressed by ${encoding}: send it as it is.`,
      )
    }
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const asked = readInferRequest(body, [headerLength].flat()[0])
    const parameters = { ...asked.parameters, model: wantedOf(request) }
    const read = async () => ({ image: asked.image, imageName: null, fields: {} })
    const job = await waitForPrediction(request, reply, { read, parameters }, deps)
    const answer = toInferAnswer(job, asked)
    if (answer.jsonBytes !== null) reply.header(HEADER_LENGTH, answer.jsonBytes)
    return reply
      .type(answer.jsonBytes === null ? 'application/json' : 'application/octet-stream')
      .serializer((payload: unknown) => payload as string)
      .send(answer.body)
  }

  async function find(request: FastifyRequest): Promise<ServedModel> {
    const wanted = wantedOf(request)
    const found = chooseModel(await models.list(), wanted)
    if (found) return found
    throw new LupaError('model_not_found', `There is no model ${JSON.stringify(wanted.slice(0, 200))}.`)
  }
}

function wantedOf({ params }: FastifyRequest): string {
  const { name, version } = params as { name: string; version?: string }
  return version === undefined ? name : `${name}@${version}`
}

function metadataOf(
  { found, failure }: ServedModel,
  all: readonly ServedModel[],
): z.output<typeof ModelMetadata> {
  if (!found.package) throw new LupaError('model_unavailable', failure ?? 'It cannot be served.')
  return {
    name: found.name,
    versions: all.filter((one) => one.found.name === found.name).map((one) => one.found.version),
    platform: 'onnxruntime_onnx',
    inputs: [{ name: 'image', datatype: 'BYTES', shape: [1] }],
    outputs: OUTPUTS[found.package.task],
  }
}
