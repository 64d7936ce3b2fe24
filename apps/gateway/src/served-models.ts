import { LupaError } from '@lupa/core/domain/errors'
import type { WorkerRegistry, WorkerReport } from '@lupa/core/jobs/worker-registry'
import type { KnownAliases } from '@lupa/core/models/known-aliases'
import type { ModelAlias } from '@lupa/core/models/model-alias-store'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import type { FoundModel, ModelPackage } from '@lupa/core/models/model-package'
import { createResolveModel, STABLE, splitModelName } from '@lupa/core/models/resolve-model'

/**
 * The models that can be asked for, by what the catalog holds, what aliases mean and what the workers make
 * of them.
 */
export interface ServedModels {
  /** Every version of every model, and what aliases point to that is not there any more. */
  list(): Promise<ServedModel[]>
  /**
   * The package to pin in a job, for `name`, `name@version` or `name@alias`.
   * Rejects with `model_not_found` or `model_unavailable`.
   */
  resolve(wanted: string | undefined): Promise<ModelPackage>
}

export interface ServedModel {
  found: FoundModel
  isDefault: boolean
  /** Those that mean this version. */
  aliases: string[]
  /** Why it cannot be served; null when it can. */
  failure: string | null
  /** How many live workers have it loaded. */
  warmWorkers: number
  liveWorkers: number
  /** Why workers could not load it, as long as none has: a version to be promoted may be new to most of them. */
  loadFailure: string | null
}

/** Workers beat every few seconds: asking Redis for each submit would tell no more. */
const ASK_EVERY_MS = 1000

export function createServedModels({
  catalog,
  aliases,
  registry,
  defaultModel,
}: {
  catalog: ModelCatalog
  aliases: KnownAliases
  registry: WorkerRegistry
  defaultModel: string
}): ServedModels {
  const resolveModel = createResolveModel({ catalog, aliases })
  let workers: WorkerReport[] = []
  let askedAtMs = Number.NEGATIVE_INFINITY

  /** Without news of workers a model is taken to be fine: its jobs wait for one. */
  async function askForWorkers(): Promise<void> {
    askedAtMs = performance.now()
    workers = await registry.list().catch(() => [])
  }

  /** What is known by now: no submit waits for news, which are for the next ones. */
  function knownWorkers(): WorkerReport[] {
    if (performance.now() - askedAtMs >= ASK_EVERY_MS) void askForWorkers()
    return workers
  }

  return {
    async list() {
      const [found, known] = await Promise.all([catalog.list(), aliases.list(), askForWorkers()])
      const models = [...found, ...leadingNowhere(known, found)].map((model) =>
        describe(model, known, workers),
      )
      const byDefault = chooseModel(models, defaultModel)
      return models.map((model) => ({ ...model, isDefault: model === byDefault }))
    },

    async resolve(wanted = defaultModel) {
      const { model, alias } = await resolveModel(wanted)
      const failure = workersFailure(knownWorkers(), model.digest)
      if (failure === null) return model
      const named = `${model.name}@${model.version}${alias === null ? '' : `, which is ${alias},`}`
      throw new LupaError('model_unavailable', `The model ${named} cannot be served: ${failure}`)
    },
  }
}

/** Of all models, the one that `name`, `name@version` or `name@alias` means, whether or not it can be served. */
export function chooseModel<M extends Pick<ServedModel, 'found' | 'aliases'>>(
  models: readonly M[],
  wanted: string,
): M | undefined {
  const { name, selector } = splitModelName(wanted)
  const ofName = models.filter(({ found }) => found.name === name)
  const byAlias = (alias: string) => ofName.find(({ aliases }) => aliases.includes(alias))
  if (selector !== undefined) {
    return ofName.find(({ found }) => found.version === selector) ?? byAlias(selector)
  }
  return byAlias(STABLE) ?? ofName.find(({ found }) => found.package) ?? ofName[0]
}

function describe(
  found: FoundModel,
  known: readonly ModelAlias[],
  workers: WorkerReport[],
): Omit<ServedModel, 'isDefault'> {
  const states = found.package ? statesOf(workers, found.package.digest) : []
  const warmWorkers = states.filter(isWarm).length
  return {
    found,
    aliases: known
      .filter(({ model, version }) => model === found.name && version === found.version)
      .map(({ alias }) => alias),
    failure: found.failure ?? workersFailure(workers, found.package.digest),
    warmWorkers,
    liveWorkers: workers.length,
    loadFailure: warmWorkers > 0 ? null : (states[0]?.failure ?? null),
  }
}

/** Versions that aliases mean and that are not there: shown, or nobody would see why their jobs are refused. */
function leadingNowhere(known: readonly ModelAlias[], found: readonly FoundModel[]): FoundModel[] {
  const gone = new Map<string, FoundModel>()
  for (const { model: name, version, alias } of known) {
    const id = `${name}@${version}`
    if (gone.has(id) || found.some((one) => one.name === name && one.version === version)) continue
    const failure = `There is no version ${version} of ${name} in MODELS_DIR, and its alias ${alias} means it. Put ${name}/${version}/model.onnx back, or point the alias to another version.`
    gone.set(id, { name, version, package: null, card: null, failure })
  }
  return [...gone.values()]
}

/** The first reason, when every live worker has tried the model and failed. */
function workersFailure(workers: WorkerReport[], digest: string): string | null {
  const states = statesOf(workers, digest)
  const hasFailedEverywhere = states.length > 0 && states.length === workers.length && !states.some(isWarm)
  return hasFailedEverywhere ? (states[0]?.failure ?? null) : null
}

function statesOf(workers: WorkerReport[], digest: string) {
  return workers.flatMap(({ models }) => models.filter((model) => model.digest === digest).slice(0, 1))
}

const isWarm = ({ failure }: { failure: string | null }) => failure === null
