import type { ClientConfig } from '../config.ts'
import { LupaError, UnreachableError } from '../library/errors.ts'
import type { Lupa } from '../library/lupa.ts'
import { openLupa } from '../open-lupa.ts'
import type { Terminal } from '../terminal.ts'

export interface ChangeJobsOptions {
  url?: string
  json?: boolean
}

type Deps = { config: ClientConfig; terminal: Terminal }

/** `lupa jobs cancel`. Resolves to whether it went well with all of them. */
export function cancelJobs(ids: string[], options: ChangeJobsOptions, deps: Deps): Promise<boolean> {
  return forEach(ids, options, deps, async (lupa, id) => {
    const job = await lupa.cancel(id)
    return { value: job, text: `${id} is ${job.status}.` }
  })
}

/** `lupa jobs retry`: under new ids, which go to standard output. */
export function retryJobs(ids: string[], options: ChangeJobsOptions, deps: Deps): Promise<boolean> {
  return forEach(ids, options, deps, async (lupa, id) => {
    const job = await lupa.retry(id)
    return { value: job, text: job.id }
  })
}

/** `lupa jobs delete`: with image and prediction. */
export function deleteJobs(ids: string[], options: ChangeJobsOptions, deps: Deps): Promise<boolean> {
  return forEach(ids, options, deps, async (lupa, id) => {
    await lupa.erase(id)
    return { value: { id, erased: true }, text: `${id} is erased.` }
  })
}

/** One that is refused does not keep the others from their turn. */
async function forEach(
  ids: string[],
  { url, json }: ChangeJobsOptions,
  { config, terminal }: Deps,
  change: (lupa: Lupa, id: string) => Promise<{ value: unknown; text: string }>,
): Promise<boolean> {
  const lupa = openLupa({ url }, config)
  let refused: LupaError | undefined
  for (const id of ids) {
    try {
      const { value, text } = await change(lupa, id)
      if (json) terminal.printLine(value)
      else terminal.print(text)
    } catch (error) {
      if (!(error instanceof LupaError) || error instanceof UnreachableError || ids.length === 1) throw error
      refused = error
      terminal.note(`${terminal.bad('✗')} ${id}: ${error.message}`)
    }
  }
  return refused === undefined
}
