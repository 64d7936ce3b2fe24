import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const SCRIPT = resolve(import.meta.dirname, '../../deploy/azure/push-image')

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lupa-push-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Programs of the same name that note what they are asked, and answer as Azure would. */
function standIn(name: string, answers: string): void {
  const file = join(directory, name)
  writeFileSync(file, `#!/bin/bash\necho "${name} $*" >>"${join(directory, 'calls')}"\n${answers}\n`)
  chmodSync(file, 0o755)
}

function pushImage(...args: string[]) {
  const env = {
    PATH: `${directory}${delimiter}${process.env.PATH}`,
    LUPA_DEPLOY_POLL_SECONDS: '0.05',
    LUPA_DEPLOY_SECONDS: '2',
  }
  const { status, stdout, stderr } = spawnSync(SCRIPT, args, { env, encoding: 'utf8' })
  return { status, stdout, stderr }
}

const calls = () => readFileSync(join(directory, 'calls'), 'utf8').trim().split('\n')

const HEALTHY = `case "$*" in
  *"containerapp list"*gateway*) echo ca-gateway-x ;;
  *"containerapp list"*worker*) echo ca-worker-x ;;
  *latestRevisionName*|*latestReadyRevisionName*) echo rev-2 ;;
  *healthState*) echo Healthy ;;
esac`

test('builds and pushes both images under the moment as their tag', () => {
  standIn('az', '')
  standIn('docker', '')
  const { status, stdout } = pushImage('--registry', 'crlupa')
  expect(status).toBe(0)
  const tag = /lupa-gateway:(\d{14})\b/.exec(stdout)?.[1] ?? ''
  const told = tag.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6Z')
  expect(Math.abs(Date.parse(told) - Date.now())).toBeLessThan(120_000)
  expect(calls()).toEqual([
    'az acr login --name crlupa',
    ...['gateway', 'worker'].flatMap((app) => [
      `docker build --platform linux/amd64 --target ${app} --tag crlupa.azurecr.io/lupa-${app}:${tag} .`,
      `docker push crlupa.azurecr.io/lupa-${app}:${tag}`,
    ]),
  ])
})

test('--deploy points the running apps at the images and waits until they are healthy', () => {
  standIn('az', HEALTHY)
  standIn('docker', '')
  const { status, stdout } = pushImage('--registry', 'crlupa', '--deploy', '--group', 'rg-lupa')
  expect(stdout).toMatch(/Deployed \d{14}\.\n$/)
  expect(status).toBe(0)
  const updates = calls().filter((call) => call.includes('containerapp update'))
  expect(updates).toEqual([
    expect.stringMatching(/--name ca-worker-x --image crlupa\.azurecr\.io\/lupa-worker:\d{14}/),
    expect.stringMatching(/--name ca-gateway-x --image crlupa\.azurecr\.io\/lupa-gateway:\d{14}/),
  ])
})

test('--deploy gives a worker that keeps house the image of the others', () => {
  standIn(
    'az',
    HEALTHY.replace(
      'case "$*" in',
      'case "$*" in\n  *"containerapp list"*housekeeping*) echo ca-housekeeping-x ;;',
    ),
  )
  standIn('docker', '')
  expect(pushImage('--registry', 'crlupa', '--deploy', '--group', 'rg-lupa').status).toBe(0)
  expect(calls().filter((call) => call.includes('containerapp update'))).toEqual([
    expect.stringContaining('--name ca-worker-x --image'),
    expect.stringContaining('--name ca-gateway-x --image'),
    expect.stringMatching(/--name ca-housekeeping-x --image crlupa\.azurecr\.io\/lupa-worker:\d{14}/),
  ])
})

test('an older tag is deployed as it is: that is how one rolls back', () => {
  standIn('az', HEALTHY)
  standIn('docker', '')
  const { status } = pushImage('--registry', 'crlupa', '--deploy', '--group', 'g', '--tag', '20261120080000')
  expect(status).toBe(0)
  expect(calls().filter((call) => call.startsWith('docker') || call.includes('acr login'))).toEqual([])
  expect(calls().filter((call) => call.includes('lupa-gateway:20261120080000'))).toHaveLength(1)
})

test('apps that do not get healthy fail the deployment, with the way back', () => {
  standIn('az', HEALTHY.replace('echo Healthy', 'echo Unhealthy'))
  standIn('docker', '')
  const { status, stderr } = pushImage('--registry', 'crlupa', '--deploy', '--group', 'g')
  expect(status).toBe(1)
  expect(stderr).toContain('--deploy --group g --tag OLDER')
})

test('an image that cannot be built is not pushed', () => {
  standIn('az', '')
  standIn('docker', '[ "$1" != build ]')
  expect(pushImage('--registry', 'crlupa').status).not.toBe(0)
  expect(calls().filter((call) => call.startsWith('docker push'))).toEqual([])
})

test('what is missing or wrong is said before anything is done', () => {
  expect(pushImage()).toMatchObject({ status: 2, stderr: expect.stringContaining('--registry') })
  expect(pushImage('--registry', 'x.azurecr.io')).toMatchObject({ status: 2 })
  expect(pushImage('--registry', 'crlupa', '--deploy').stderr).toContain('--group')
  expect(pushImage('--registry', 'crlupa', '--speed').stderr).toContain('--speed')
})

test('--dry-run prints the commands and runs none', () => {
  standIn('az', '')
  standIn('docker', '')
  const { status, stdout } = pushImage('--registry', 'crlupa', '--deploy', '--group', 'g', '--dry-run')
  expect(status).toBe(0)
  expect(stdout).toContain('docker push crlupa.azurecr.io/lupa-worker:')
  expect(stdout).toContain('az containerapp update')
  expect(() => calls()).toThrow()
})
