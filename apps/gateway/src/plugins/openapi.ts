import swagger from '@fastify/swagger'
import { jsonSchemaTransform, jsonSchemaTransformObject } from '@fastify/type-provider-zod'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import { BATCH_BODY, EXAMPLE_BATCH, NDJSON_CONTENT } from '../batch-openapi.ts'
import type { GatewayConfig } from '../config.ts'
import { EXAMPLE_JOB } from '../example-job.ts'
import { FORMATS_CONTENT } from '../formats-openapi.ts'
import { CONTENT_TYPE } from '../image-header.ts'
import { API_EXAMPLES } from '../openapi/api-examples.ts'
import { type CodeSample, codeSamplesOf } from '../openapi/code-samples.ts'
import { checkParameters, SubmitParameters } from '../parameters.ts'
import { LINK } from '../signed-links.ts'
import type { RouteScope } from './auth.ts'
import { Problem } from './errors.ts'

type ProblemStatus = 400 | 401 | 403 | 404 | 406 | 409 | 410 | 413 | 415 | 422 | 429 | 503 | 504

/** The problem answers of a route, for its schema. */
export function problems<S extends ProblemStatus>(...statuses: S[]): Record<S, typeof Problem> {
  return problemsAs(Problem, ...statuses)
}

export function problemsAs<S extends ProblemStatus, P extends z.ZodType>(
  schema: P,
  ...statuses: S[]
): Record<S, P> {
  return Object.fromEntries(statuses.map((status) => [status, schema])) as Record<S, P>
}

/** Checks requests against the Zod schemas of their routes, and describes the API from them. */
export async function registerOpenapi(
  app: App,
  { version, config }: { version: string; config: Pick<GatewayConfig, 'isOpen'> },
): Promise<void> {
  app.setValidatorCompiler<z.ZodType>(({ schema }) => (given) => {
    try {
      return { value: checkParameters(schema, given) }
    } catch (error) {
      return { error: error as Error }
    }
  })
  // The handlers' types say what is sent; checking every answer again would only cost time.
  app.setSerializerCompiler(() => JSON.stringify)

  const extras: Extras = {
    takesImage: new Set(),
    takesKey: new Set(),
    takesBatch: new Set(),
    bodies: new Map(),
  }
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Lupa',
        version,
        description:
          'YOLO models behind a queue: an image goes in, a job comes back at once, its result later.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: TAGS,
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    transform: (route) => {
      const { takesImage, takesKey, takesBatch, takesBody, signedLink, scope } = (route.route.config ??
        {}) as {
        takesImage?: boolean
        takesKey?: boolean
        takesBatch?: boolean
        takesBody?: RequestBody
        signedLink?: boolean
        scope: RouteScope
      }
      const path = route.url.replace(/:(\w+)/g, '{$1}')
      if (takesBody) extras.bodies.set(path, takesBody)
      else if (takesImage) extras.takesImage.add(path)
      if (takesKey) extras.takesKey.add(path)
      if (takesBatch) extras.takesBatch.add(path)
      const { schema, url } = jsonSchemaTransform({ ...route, schema: withScope(route.schema, scope) })
      return { schema: { ...schema, security: securityOf(scope, config, signedLink) }, url }
    },
    transformObject: (document) =>
      polish(jsonSchemaTransformObject(document) as unknown as Document, extras, config) as never,
  })

  app.get('/openapi.json', { config: { scope: 'any' }, schema: { hide: true } }, async () => app.swagger())
}

const SECURITY_SCHEMES = {
  bearer: {
    type: 'http' as const,
    scheme: 'bearer',
    description: 'An API key (`lupa_…`), or a token of the OpenID Connect issuer that the service trusts.',
  },
  apiKey: { type: 'apiKey' as const, in: 'header' as const, name: 'X-API-Key', description: 'An API key.' },
  basic: {
    type: 'http' as const,
    scheme: 'basic',
    description:
      'The administrator, who may do everything; or any user name, with an API key as the password.',
  },
  signedLink: {
    type: 'apiKey' as const,
    in: 'query' as const,
    name: LINK,
    description:
      'Part of the links of `GET /v1/jobs/{id}?links=signed`, good for that one address and a while.',
  },
}

/** Beside its own answers, those that every route gives to whom it does not let in. */
function withScope<S extends { description?: string; response?: unknown }>(schema: S, scope: RouteScope): S {
  if (scope === 'none' || !schema) return schema
  const refusals = scope === 'optional' ? problems(403) : problems(401, 403, 429, 503)
  const needed = scope === 'any' || scope === 'optional' ? '' : `Needs the scope \`${scope}\`.`
  return {
    ...schema,
    description: [schema.description, needed].filter(Boolean).join(' '),
    response: { ...refusals, ...(schema.response as object) },
  }
}

/** The scopes as roles, which OpenAPI 3.1 lets these schemes name. Empty: none is needed. */
function securityOf(scope: RouteScope, { isOpen }: Pick<GatewayConfig, 'isOpen'>, takesLink = false) {
  if (scope === 'none') return []
  const roles = scope === 'any' || scope === 'optional' ? [] : [scope]
  return [
    { bearer: roles },
    { apiKey: roles },
    { basic: roles },
    ...(takesLink ? [{ signedLink: [] }] : []),
    ...(isOpen || scope === 'optional' ? [{}] : []),
  ]
}

const TAGS = [
  { name: 'jobs', description: 'One request to run one model on one image.' },
  { name: 'batches', description: 'Many images under one id.' },
  { name: 'dead', description: 'Jobs that failed for good, of all clients.' },
  { name: 'predict', description: "The original service's way." },
  {
    name: 'inference protocol',
    description: 'For clients of the Open Inference Protocol, such as tritonclient.',
  },
  { name: 'roboflow', description: 'For clients of Roboflow, such as inference-sdk.' },
  { name: 'models', description: 'What can be run.' },
  { name: 'queue', description: 'How busy the service is.' },
  { name: 'webhooks', description: 'Being told when a job is done.' },
  { name: 'keys', description: 'Who may call, and what administrators did.' },
  { name: 'privacy', description: 'Having data erased.' },
  { name: 'health', description: 'For probes and people on call.' },
]

/** Addresses whose POST takes what their schemas do not say. */
interface Extras {
  takesImage: Set<string>
  takesKey: Set<string>
  takesBatch: Set<string>
  /** Of routes that take an image in a way of their own: `config: { takesBody: … }`. */
  bodies: Map<string, RequestBody>
}

interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Record<string, unknown>> }
}

interface RequestBody {
  required?: boolean
  content: Record<string, { schema?: unknown }>
}

interface Operation {
  operationId: string
  security: unknown[]
  'x-codeSamples'?: CodeSample[]
  requestBody?: RequestBody
  parameters?: unknown[]
  responses: Record<
    string,
    {
      description: string
      headers?: unknown
      content?: Record<string, { schema?: unknown; example?: unknown }>
    }
  >
}

/** What the schemas cannot say: bodies with an image, media types, examples. */
function polish(
  document: Document,
  { takesImage, takesKey, takesBatch, bodies }: Extras,
  { isOpen }: Pick<GatewayConfig, 'isOpen'>,
): Document {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      if (method === 'post' && takesImage.has(path)) {
        operation.requestBody = IMAGE_BODY
        operation.parameters = [...(operation.parameters ?? []), ...SUBMIT_HEADERS]
      }
      if (method === 'post' && takesKey.has(path)) {
        operation.parameters = [...(operation.parameters ?? []), IDEMPOTENCY_HEADER]
      }
      if (method === 'post' && takesBatch.has(path)) operation.requestBody = BATCH_BODY
      const body = method === 'post' ? bodies.get(path) : undefined
      if (body) operation.requestBody = body
      if (mayBeLeftOut(operation.requestBody)) operation.requestBody.required = false
      const written = operation.operationId === 'getJob' ? operation.responses['200'] : undefined
      if (written) written.content = FORMATS_CONTENT
      for (const [status, response] of Object.entries(operation.responses)) polishResponse(status, response)
      const example = API_EXAMPLES[operation.operationId]
      const needsKey = !isOpen && operation.security.length > 0
      if (example) operation['x-codeSamples'] = codeSamplesOf({ method, path, example, needsKey })
    }
  }
  const { schemas } = document.components
  if (schemas.Job) schemas.Job.examples = [EXAMPLE_JOB]
  if (schemas.Batch) schemas.Batch.examples = [EXAMPLE_BATCH]
  document.components.schemas = onlyUsed(document)
  return document
}

/** A body that may be null may be none at all; the description of the route cannot say so. */
function mayBeLeftOut(body: RequestBody | undefined): body is RequestBody {
  const schema = body?.content['application/json']?.schema as { anyOf?: { type?: string }[] } | undefined
  return schema?.anyOf?.some(({ type }) => type === 'null') ?? false
}

function polishResponse(status: string, response: Operation['responses'][string]): void {
  if (response.description === 'Default Response')
    response.description = DESCRIPTIONS[status] ?? `Status ${status}.`
  if (HEADERS[status]) response.headers = HEADERS[status]
  const schema = response.content?.['application/json']?.schema as
    | { $ref?: string; format?: string }
    | undefined
  if (schema?.$ref?.endsWith('Problem')) response.content = { 'application/problem+json': { schema } }
  if (schema?.format === 'ndjson') response.content = NDJSON_CONTENT
  if (schema?.format === 'binary') {
    response.content = Object.fromEntries(Object.values(CONTENT_TYPE).map((type) => [type, {}]))
  }
  if (schema?.format === 'picture') {
    response.content = Object.fromEntries(PICTURE_TYPES.map((type) => [type, { schema: BINARY }]))
  }
  if (schema?.format === 'zip') response.content = { 'application/zip': { schema: BINARY } }
  if (schema?.format === 'event-stream') {
    // A schema would be of one event or of them all, depending on who reads it.
    response.content = { 'text/event-stream': { example: EXAMPLE_EVENT } }
  }
}

const PICTURE_TYPES = ['image/jpeg', 'image/webp', 'image/png', 'image/svg+xml']

const DESCRIPTIONS: Record<string, string> = {
  200: 'Here it is.',
  201: 'It is made.',
  202: 'The job is accepted and not done yet; its address is in `Location`.',
  204: 'Nothing more to say.',
  304: 'The job is as `If-None-Match` knows it.',
  400: 'Something in the request is wrong: `detail` says what, and what is allowed.',
  401: 'The credentials are missing or wrong.',
  403: 'This client may not do that, or a browser sent it for a page of another site.',
  404: 'There is no such thing, or it is not yours.',
  406: 'There is no such form of this: `detail` lists those there are.',
  409: 'Not as things stand: `detail` says why.',
  410: 'What the first request with this `Idempotency-Key` made was erased.',
  413: 'The image has too many bytes or pixels.',
  415: 'This is none of the image types that are taken.',
  422: 'It was understood and cannot be done: `detail` says why.',
  429: 'Your share, or what you may send for now, is used up: try again after `Retry-After` seconds.',
  503: 'Not now: try again after `Retry-After` seconds.',
  504: 'The job did not end in time.',
}

const header = (description: string) => ({ description, schema: { type: 'string' } })

const HEADERS: Record<string, unknown> = {
  202: {
    Location: header('Where the job is.'),
    'Retry-After': header('Seconds after which to ask for the job.'),
    'Preference-Applied': header('The wait that was done, when one was wished.'),
  },
  401: {
    'WWW-Authenticate': header('How to say who you are: `Bearer`, and `Basic` where there is a password.'),
  },
  403: { 'WWW-Authenticate': header('The scope that is needed (RFC 6750).') },
  409: { 'Retry-After': header('Seconds after which to try again, where that may help.') },
  429: {
    'Retry-After': header('Seconds after which to try again.'),
    'RateLimit-Policy': header('What you may send, on requests that bring images.'),
    RateLimit: header('What is left of it.'),
  },
  503: { 'Retry-After': header('Seconds after which to try again.') },
}

const SUBMIT_HEADERS = [
  {
    in: 'header',
    name: 'Prefer',
    required: false,
    description: 'How long to wait for the result before answering with the unfinished job (RFC 7240).',
    schema: { type: 'string' },
    example: 'wait=20',
  },
  {
    in: 'header',
    name: 'Cache-Control',
    required: false,
    description: '`no-cache`: compute the prediction anew.',
    schema: { type: 'string' },
    example: 'no-cache',
  },
]

const IDEMPOTENCY_HEADER = {
  in: 'header',
  name: 'Idempotency-Key',
  required: false,
  description:
    'For sending the same request again without making a second job or batch: 1 to 255 printable ASCII characters, new ' +
    'for each request, kept for 24 hours. A repeated request is answered with `Idempotency-Replayed: true`, or with 410 if what it made ' +
    'was erased since.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  example: '8e03978e-40d5-43e8-bc93-6894a57f9324',
}

/** What a stream of a job's events looks like. */
const EXAMPLE_EVENT = `event: job\nid: succeeded\ndata: ${JSON.stringify(EXAMPLE_JOB)}\n\n`

const FIELDS = (z.toJSONSchema(SubmitParameters, { io: 'input', unrepresentable: 'any' }).properties ??
  {}) as object

const BINARY = { type: 'string', format: 'binary' }

const IMAGE_BODY = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        description:
          'One image, in the field `image` or `file`; parameters as further fields, before or after it.',
        properties: { image: BINARY, file: BINARY, ...FIELDS },
        oneOf: [{ required: ['image'] }, { required: ['file'] }],
      },
    },
    'application/json': {
      schema: {
        type: 'object',
        properties: {
          image_base64: {
            type: 'string',
            description: 'The image, base64-encoded; a `data:` URL is taken too.',
          },
          image_url: {
            type: 'string',
            format: 'uri',
            description: 'Where the image is. It must arrive within 10 seconds.',
          },
          upload_id: {
            type: 'string',
            description: 'Of an image that was put where `POST /v1/uploads` said.',
          },
          ...FIELDS,
        },
        oneOf: [{ required: ['image_base64'] }, { required: ['image_url'] }, { required: ['upload_id'] }],
      },
      example: { image_base64: '/9j/4AAQSkZJRgABAQ…', model: 'bottle-status' },
    },
    ...Object.fromEntries(
      [...Object.values(CONTENT_TYPE), 'application/octet-stream'].map((type) => [type, { schema: BINARY }]),
    ),
  },
}

/** Zod's registry knows schemas that no route uses, and each both as input and as output. */
function onlyUsed(document: Document): Document['components']['schemas'] {
  const { schemas } = document.components
  const used = new Set<string>()
  const visit = (node: unknown): void => {
    for (const [, name = ''] of JSON.stringify(node).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue
      used.add(name)
      visit(schemas[name] ?? {})
    }
  }
  visit(document.paths)
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)))
}
