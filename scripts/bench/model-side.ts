import { type Helper, startHelper } from './helper.ts'
import type { ModelOptions, ModelRun } from './processes/model.ts'
import type { Side } from './side.ts'
import { median } from './workload.ts'

/** The model without a service, in so many processes of one thread. */
export async function modelSide(
  options: ModelOptions & { processes: number; name: string },
): Promise<Side & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const helpers: Helper[] = []
  for (let nth = 0; nth < options.processes; nth++)
    helpers.push(stack.use(await startHelper('model', options)))
  const owned = stack.move()
  return {
    name: options.name,
    async run(seconds) {
      const runs = await Promise.all(helpers.map((helper) => helper.ask<ModelRun>({ seconds })))
      const ms = runs.flatMap((run) => run.ms)
      return {
        perSecond: runs.reduce((sum, run) => sum + run.ms.length / run.seconds, 0),
        answers: ms.length,
        p50Ms: median(ms),
        p99Ms: null,
        cpuMs: { model: runs.reduce((sum, run) => sum + run.cpuMs, 0) },
        stagesMs: {},
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
