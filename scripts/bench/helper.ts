import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** A process of the benchmark's own, which does one thing when it is asked: see `processes/`. */
export interface Helper extends AsyncDisposable {
  pid: number
  ask: <Answer>(request: unknown) => Promise<Answer>
}

export async function startHelper(name: string, options: unknown = {}): Promise<Helper> {
  const child = fork(new URL(`processes/${name}.ts`, import.meta.url), [JSON.stringify(options)], {
    execPath: process.execPath,
    execArgv: [],
  })
  await next(child)
  return {
    pid: child.pid ?? -1,
    async ask<Answer>(request: unknown) {
      const answer = next(child)
      child.send(request as object)
      return (await answer) as Answer
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function next(child: ChildProcess): Promise<unknown> {
  const over = new AbortController()
  try {
    return await Promise.race([
      once(child, 'message', { signal: over.signal }).then(([message]) => message as unknown),
      once(child, 'exit', { signal: over.signal }).then(([code]) => {
        throw new Error(`A process of the benchmark ended (exit code ${code}); what it wrote is above`)
      }),
    ])
  } finally {
    over.abort()
  }
}
