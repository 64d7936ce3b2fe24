import { concernsAll, JobError, LupaError, ProblemError, UnreachableError, WaitEndedError } from './errors.ts'
import { followEvents } from './follow-events.ts'
import { type ImageSource, type OutgoingImage, toOutgoing } from './image-source.ts'
import { pause } from './pause.ts'
import type { RetryPolicy } from './retry-policy.ts'
import { runMany } from './run-many.ts'
import { toSubmitBody } from './submit-body.ts'
import { type Asked, createTransport, type Transport } from './transport.ts'
import type {
  Health,
  Job,
  JobFilters,
  JobParameters,
  Model,
  Queue,
  Upload,
  ViewParameters,
} from './wire-types.ts'

export interface LupaOptions {
  /** Of the gateway, for example `http://localhost:5000`. */
  url: string
  apiKey?: string | undefined
  /** HTTP Basic, where there is no API key. */
  username?: string | undefined
  password?: string | undefined
  retries?: Partial<RetryPolicy> | undefined
  /** Instead of the platform's own. */
  fetch?: typeof fetch | undefined
}

export interface SubmitOptions extends JobParameters {
  /** The image's name, for the record; default: that of the file. */
  name?: string | undefined
  /** Default: one of its own for each call, so that a repeated request makes no second job. */
  idempotencyKey?: string | undefined
  /** False: computed anew, whatever the cache knows. */
  useCache?: boolean | undefined
  /**
   * Whether the image goes straight to where it is kept, past the gateway; default: if it has more than 4 MiB, and
   * that place can be reached. Addresses are fetched by the gateway, whatever this says.
   */
  direct?: boolean | undefined
  signal?: AbortSignal | undefined
}

export interface WaitOptions {
  /** How long the job may take; it goes on when that is over. Default: 5 minutes. */
  timeoutMs?: number | undefined
  signal?: AbortSignal | undefined
}

export type PredictOptions = SubmitOptions & WaitOptions

export interface BatchOptions extends Omit<PredictOptions, 'name' | 'idempotencyKey'> {
  /** How many images are under way at a time; default: 4. */
  concurrency?: number | undefined
}

/** One of many images; as an object it may hold what the caller wants to know it by. */
export type BatchSource = ImageSource | { image: ImageSource }

/** How one of many images fared. */
export type BatchOutcome<S = BatchSource> = { source: S; index: number } & (
  | { job: Job; error: undefined }
  | { job: Job | undefined; error: LupaError }
)

/** Smaller ones are there before an upload would be opened. */
const DIRECT_ABOVE_BYTES = 4 * 1024 * 1024
/** Of putting an image, to the end. */
const LONGEST_PUT_MS = 600_000

/** Long enough to ask seldom, short enough for proxies. */
const WAIT_SECONDS = 20
const DEFAULT_TIMEOUT_MS = 300_000
/** How much later than asked for an answer may come. */
const MARGIN_MS = 15_000
const PAGE = 100
/** Where waiting comes back at once, as from a gateway that is stopping. */
const SHORT_WAIT_MS = 500

/** A running Lupa, over HTTP. */
export class Lupa {
  readonly #transport: Transport
  /** Less where the gateway lets nobody wait so long. */
  #waitSeconds = WAIT_SECONDS

  constructor({ url, apiKey, username, password, retries, fetch }: LupaOptions) {
    const byPassword = username !== undefined && password !== undefined ? { username, password } : undefined
    const credentials = apiKey === undefined ? byPassword : { apiKey }
    this.#transport = createTransport({ url, credentials, retries, fetch })
  }

  /** Of the gateway, without a slash at its end. */
  get url(): string {
    return this.#transport.url
  }

  /**
   * Runs a model on an image, and waits for the job. Rejects with a JobError when the job ends in another way
   * than well, with a WaitEndedError when it takes too long.
   */
  async predict(image: ImageSource, options: PredictOptions = {}): Promise<Job> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, ...submission } = options
    const beganMs = performance.now()
    const waitSeconds = Math.min(WAIT_SECONDS, Math.max(0, Math.floor(timeoutMs / 1000)))
    const submitted = await this.#submit(image, submission, waitSeconds)
    const leftMs = timeoutMs - (performance.now() - beganMs)
    return succeeded(await this.wait(submitted, { timeoutMs: leftMs, signal: options.signal }))
  }

  /** Takes an image in, and resolves to its job, which is done already when the cache knows the answer. */
  async submit(image: ImageSource, options: SubmitOptions = {}): Promise<Job> {
    return this.#submit(image, options, 0)
  }

  /**
   * Puts an image straight to where it is kept, past the gateway. Resolves to what a job can be made of, once:
   * `submitUpload`.
   */
  async upload(
    image: Exclude<ImageSource, URL>,
    { name, signal }: { name?: string | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<Upload> {
    const outgoing = await toOutgoing(image, async (path) => this.readPath(path))
    if ('url' in outgoing) throw new TypeError('An address is fetched by the gateway: submit it instead.')
    return this.#upload({ ...outgoing, name: name ?? outgoing.name }, signal)
  }

  /** Makes a job of an image that was put there by `upload`. The same upload again resolves to the same job. */
  submitUpload(
    upload: Upload | string,
    { signal, ...parameters }: JobParameters & { signal?: AbortSignal | undefined } = {},
  ): Promise<Job> {
    const uploadId = typeof upload === 'string' ? upload : upload.upload_id
    const body = toSubmitBody({ uploadId }, parameters)
    return this.#json<Job>('POST', '/v1/jobs', { ...body, isRepeatable: true, signal })
  }

  /** The image itself, or where it was put. One that need not go past the gateway goes through it where it must. */
  async #carried(image: OutgoingImage, direct: boolean | undefined, signal: AbortSignal | undefined) {
    if ('url' in image || !(direct ?? image.blob.size > DIRECT_ABOVE_BYTES)) return image
    try {
      return { uploadId: (await this.#upload(image, signal)).upload_id }
    } catch (error) {
      if (direct || !isWayClosed(error)) throw error
      return image
    }
  }

  async #upload(
    { blob, name }: { blob: Blob; name: string | undefined },
    signal: AbortSignal | undefined,
  ): Promise<Upload> {
    const upload = await this.#json<Upload>('POST', '/v1/uploads', {
      json: { bytes: blob.size, ...(name === undefined ? {} : { name }) },
      isRepeatable: true,
      signal,
    })
    await this.#transport.put(upload.url, {
      headers: upload.headers,
      body: () => blob,
      timeoutMs: LONGEST_PUT_MS,
      signal,
    })
    return upload
  }

  /** The job once it has ended, however that was. Rejects with a WaitEndedError when that takes too long. */
  async wait(job: Job | string, { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: WaitOptions = {}): Promise<Job> {
    const beganMs = performance.now()
    let known = typeof job === 'string' ? await this.get(job, { signal }) : job
    while (!known.done) {
      const waitedMs = performance.now() - beganMs
      const leftMs = timeoutMs - waitedMs
      if (leftMs <= 0) throw new WaitEndedError(known, waitedMs)
      const askedMs = performance.now()
      known = await this.#longPoll(known, leftMs, signal)
      const tookMs = performance.now() - askedMs
      if (!known.done && tookMs < Math.min(SHORT_WAIT_MS, leftMs)) await pause(SHORT_WAIT_MS - tookMs, signal)
    }
    return known
  }

  async #longPoll(job: Job, leftMs: number, signal: AbortSignal | undefined): Promise<Job> {
    const seconds = Math.min(this.#waitSeconds, Math.ceil(leftMs) / 1000)
    try {
      return await this.#json<Job>('GET', pathOf(job.id), {
        query: { wait: seconds },
        timeoutMs: seconds * 1000 + MARGIN_MS,
        signal,
      })
    } catch (thrown) {
      if (!(thrown instanceof ProblemError) || thrown.code !== 'invalid_parameter' || seconds <= 1)
        throw thrown
      this.#waitSeconds = Math.max(1, Math.floor(seconds / 2))
      return job
    }
  }

  /** The job as it is now and after each change, until it has ended. */
  stream(job: Job | string, { signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Job, void, undefined> {
    const id = typeof job === 'string' ? job : job.id
    return followEvents(id, { transport: this.#transport, signal, poll: () => this.#poll(id, signal) })
  }

  /**
   * Runs a model on many images, some at a time, and yields how each fared, as they end. An image that cannot be
   * predicted is an outcome with an `error`; what would befall all of them (no gateway, wrong credentials, an
   * abort) rejects.
   */
  batch<S extends BatchSource>(
    images: Iterable<S> | AsyncIterable<S>,
    { concurrency = 4, ...options }: BatchOptions = {},
  ): AsyncGenerator<BatchOutcome<S>, void, undefined> {
    return runMany(images, concurrency, async (source, index) => {
      try {
        return { source, index, job: await this.predict(imageOf(source), options), error: undefined }
      } catch (error) {
        if (!(error instanceof LupaError) || concernsAll(error)) throw error
        const job = error instanceof JobError || error instanceof WaitEndedError ? error.job : undefined
        return { source, index, job, error }
      }
    })
  }

  /** The job, its prediction looked at under other parameters if some are given. */
  get(
    id: string,
    { signal, ...view }: ViewParameters & { signal?: AbortSignal | undefined } = {},
  ): Promise<Job> {
    return this.#json('GET', pathOf(id), { query: view, signal })
  }

  /** Your jobs, newest first; pages are fetched as they are read. */
  list(
    filters: JobFilters = {},
    options: { signal?: AbortSignal } = {},
  ): AsyncGenerator<Job, void, undefined> {
    return this.pages<Job>('/v1/jobs', filters, options)
  }

  /** Stops a job that waits or runs. Resolves to the job, also when it had ended already. */
  cancel(id: string): Promise<Job> {
    return this.#json('POST', `${pathOf(id)}/cancel`, { isRepeatable: true })
  }

  /** Runs a job that has ended again, under a new id; what is not given is as it was. */
  retry(
    id: string,
    { idempotencyKey = newKey(), ...parameters }: JobParameters & { idempotencyKey?: string } = {},
  ) {
    return this.#json<Job>('POST', `${pathOf(id)}/retry`, {
      query: parameters,
      headers: { 'idempotency-key': idempotencyKey },
      isRepeatable: true,
    })
  }

  /** Erases the job, its image and its prediction. */
  async erase(id: string): Promise<void> {
    await this.request('DELETE', pathOf(id), { read: () => undefined })
  }

  /** The image of a job, as it was sent. */
  image(id: string): Promise<Blob> {
    return this.request('GET', `${pathOf(id)}/image`, {
      headers: { accept: 'image/*' },
      read: (response) => response.blob(),
    })
  }

  async models(): Promise<Model[]> {
    return (await this.#json<{ data: Model[] }>('GET', '/v1/models')).data
  }

  queue({ signal }: { signal?: AbortSignal } = {}): Promise<Queue> {
    return this.#json('GET', '/v1/queue', { signal })
  }

  /** How the service fares; in full for those who may use it. */
  health(): Promise<Health> {
    return this.#json('GET', '/health')
  }

  /** Any list of the API that comes in pages. */
  async *pages<T>(
    path: string,
    query: Record<string, unknown> = {},
    { signal }: { signal?: AbortSignal } = {},
  ): AsyncGenerator<T, void, undefined> {
    let cursor: string | null | undefined
    do {
      const page = await this.#json<{ data: T[]; next_cursor?: string | null }>('GET', path, {
        query: { limit: PAGE, ...query, cursor: cursor ?? undefined },
        signal,
      })
      yield* page.data
      cursor = page.next_cursor
    } while (cursor)
  }

  /** Anything else of the API, with the same credentials, retries and errors. `path` begins with a slash. */
  request<T>(method: string, path: string, asked: Asked<T>): Promise<T> {
    return this.#transport.ask(method, path, asked)
  }

  /** What text means that is no address: in a browser nothing. */
  protected readPath(path: string): Promise<OutgoingImage> {
    throw new TypeError(
      `${JSON.stringify(path)} is no http:// or https:// address, and there are no files here: give a File or its bytes.`,
    )
  }

  async #submit(image: ImageSource, options: SubmitOptions, waitSeconds: number): Promise<Job> {
    const { name, idempotencyKey = newKey(), useCache = true, direct, signal, ...parameters } = options
    const outgoing = await toOutgoing(image, async (path) => this.readPath(path))
    const named = 'url' in outgoing || name === undefined ? outgoing : { ...outgoing, name }
    const body = toSubmitBody(await this.#carried(named, direct, signal), parameters)
    return this.#json<Job>('POST', '/v1/jobs', {
      ...body,
      headers: {
        ...body.headers,
        'idempotency-key': idempotencyKey,
        ...(waitSeconds > 0 ? { prefer: `wait=${waitSeconds}` } : {}),
        ...(useCache ? {} : { 'cache-control': 'no-cache' }),
      },
      isRepeatable: true,
      timeoutMs: 2 * MARGIN_MS + waitSeconds * 1000,
      signal,
    })
  }

  async *#poll(id: string, signal: AbortSignal | undefined): AsyncGenerator<Job, void, undefined> {
    let known = await this.get(id, { signal })
    yield known
    while (!known.done) {
      const before = known.status
      known = await this.wait(known, { timeoutMs: WAIT_SECONDS * 1000, signal }).catch((error) => {
        if (error instanceof WaitEndedError) return error.job
        throw error
      })
      if (known.status !== before) yield known
    }
  }

  #json<T>(method: string, path: string, asked: Omit<Asked<T>, 'read'> = {}): Promise<T> {
    return this.request<T>(method, path, { ...asked, read: (response) => response.json() as Promise<T> })
  }
}

/** Where images are kept cannot be reached from here, or this gateway has no such thing. */
function isWayClosed(error: unknown): boolean {
  if (error instanceof UnreachableError) return true
  return error instanceof ProblemError && (error.code === undefined || error.code === 'route_not_found')
}

const pathOf = (id: string) => `/v1/jobs/${encodeURIComponent(id)}`

function imageOf(source: BatchSource): ImageSource {
  const isNamed = typeof source === 'object' && !(source instanceof Blob) && 'image' in source
  return isNamed ? source.image : source
}

function succeeded(job: Job): Job {
  if (job.status === 'succeeded') return job
  throw new JobError(job)
}

/** Not `randomUUID`, which browsers have on secure origins only. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return `lupa-js-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
