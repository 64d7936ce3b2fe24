import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Sampled {
  operationId: string
  samples: { label: string; source: string }[]
}

/** What the samples of one language printed, by operation; rejects with what went wrong in the first that failed. */
export type RunSamples = (
  sources: Sample[],
  options: { directory: string; env: NodeJS.ProcessEnv },
) => Promise<void>

export interface Sample {
  operationId: string
  source: string
  variables: Record<string, string>
}

/** One after the other, each in a shell of its own. */
export const runCurl: RunSamples = async (sources, { directory, env }) => {
  for (const { operationId, source, variables } of sources) {
    const command = `${source} -sS --fail-with-body`
    await run('sh', ['-c', command], { cwd: directory, env: { ...env, ...variables } }).catch((error) => {
      throw new Error(`${operationId}: ${command}\n${error.stdout}${error.stderr}`)
    })
  }
}

/** In one process, since starting one takes longer than a sample does. A refused request fails it. */
export const runTypeScript: RunSamples = async (sources, { directory, env }) => {
  for (const [at, { source }] of sources.entries())
    writeFileSync(join(directory, `${at}.ts`), `${source}\nexport {}\n`)
  const program = `
const send = globalThis.fetch
for (const [at, { operationId, variables }] of ${JSON.stringify(sources)}.entries()) {
  Object.assign(process.env, variables)
  globalThis.fetch = async (...request) => {
    const response = await send(...request)
    if (!response.ok) throw new Error(operationId + ': ' + response.status + ' ' + await response.text())
    return response
  }
  await import(\`${directory}/\${at}.ts\`)
}`
  await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: directory, env })
}

/** As above. */
export const runPython: RunSamples = async (sources, { directory, env }) => {
  const program = `
import json, os, requests
send = requests.Session.send
def send_and_look(self, request, **kwargs):
    response = send(self, request, **kwargs)
    if not response.ok:
        raise SystemExit(f"{os.environ['OPERATION']}: {response.status_code} {response.text}")
    return response
requests.Session.send = send_and_look
for sample in json.loads(${JSON.stringify(JSON.stringify(sources))}):
    os.environ.update(sample["variables"], OPERATION=sample["operationId"])
    exec(compile(sample["source"], sample["operationId"], "exec"), {})
`
  await run('python3', ['-c', program], { cwd: directory, env })
}
