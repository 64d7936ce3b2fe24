import { LupaError } from '@lupa/core/domain/errors'
import type { WorkerRegistry, WorkerReport } from '@lupa/core/jobs/worker-registry'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import type { FoundModel, ModelPackage } from '@lupa/core/models/model-package'

/** The models that can be asked for, by what the catalog holds and what the workers make of them. */
export interface ServedModels {
  list(): Promise<ServedModel[]>
  /** The package to pin in a job. Rejects with `model_not_found` or `model_unavailable`. */
  resolve(wanted: string | undefined): Promise<ModelPackage>
}

export interface ServedModel {
  found: FoundModel
  isDefault: boolean
  /** Why it cannot be served; null when it can. */
  failure: string | null
  /** How many live workers have it loaded. */
  warmWorkers: number
}

/** Workers beat every few seconds: asking Redis for each submit would tell no more. */
const ASK_EVERY_MS = 1000

export function createServedModels({
  catalog,
  registry,
  defaultModel,
}: {
  catalog: ModelCatalog
  registry: WorkerRegistry
  defaultModel: string
}): ServedModels {
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
      const [models] = await Promise.all([catalog.list(), askForWorkers()])
      const byDefault = await catalog.resolve(defaultModel).catch(() => undefined)
      return models.map((found) => ({
        found,
        isDefault: byDefault?.name === found.name && byDefault.version === found.version,
        failure: found.failure ?? workersFailure(workers, found.package.digest),
        warmWorkers: found.package ? statesOf(workers, found.package.digest).filter(isWarm).length : 0,
      }))
    },

    async resolve(wanted = defaultModel) {
      const model = await catalog.resolve(wanted)
      const failure = workersFailure(knownWorkers(), model.digest)
      if (failure === null) return model
      throw new LupaError(
        'model_unavailable',
        `The model ${model.name}@${model.version} cannot be served: ${failure}`,
      )
    },
  }
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
