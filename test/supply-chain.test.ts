import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { afterAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readInstalledLicences } from '../scripts/licences/installed-licences.ts'
import { isAllowed } from '../scripts/licences/licences-table.ts'
import { readShippedPackages } from '../scripts/licences/shipped-packages.ts'

const ROOT = resolve(import.meta.dirname, '..')
const directory = mkdtempSync(join(tmpdir(), 'lupa-test-sbom-'))
afterAll(() => rmSync(directory, { recursive: true }))

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

test('`npm run sbom` writes CycloneDX that its own schema takes, with all that runs with Lupa here', async () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: { sbom: string } }
  const file = join(directory, 'lupa.cdx.json')
  const command = scripts.sbom.replace(/--out \S+/, `--out ${file}`)
  const child = spawn(command, { cwd: ROOT, shell: true, stdio: 'pipe' })
  const output = Promise.all([child.stdout.toArray(), child.stderr.toArray()])
  const [code] = await once(child, 'close')
  expect([code, (await output).flat().join('')]).toEqual([0, expect.anything()])

  const text = readFileSync(file, 'utf8')
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6)
  expect(await validator.validate(text)).toBeNull()
  expect(await validator.validate(text.replace('"bomFormat"', '"bomFormatt"'))).not.toBeNull()

  const { components } = JSON.parse(text) as { components: { purl: string }[] }
  const installed = readInstalledLicences(ROOT)
  const shipped = [...readShippedPackages(ROOT)].filter((key) => installed.has(key))
  const listed = components.map(({ purl }) => decodeURIComponent(purl).replace('pkg:npm/', ''))
  expect(shipped.filter((key) => !listed.includes(key))).toEqual([])
  const ours = (purl: string) => decodeURIComponent(purl).startsWith('pkg:npm/@lupa/')
  for (const component of components.filter(({ purl }) => !ours(purl))) {
    expect(JSON.stringify(component)).toContain('"alg":"SHA-512"')
  }
}, 120_000)

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['Apache-2.0 AND BSD-3-Clause', true],
  ['MIT AND GPL-3.0-only', false],
  ['AGPL-3.0', false],
  ['LGPL-3.0-or-later', false],
  ['UNLICENSED', false],
  ['SEE LICENSE IN LICENSE', false],
  ['', false],
])('a package under %j may run with Lupa: %j', (licence, isSo) => {
  expect(isAllowed({ name: 'some-package', licence })).toBe(isSo)
})

test('whatever installs does so from the lockfile as it is, with the same pnpm', () => {
  const places = ['scripts/bootstrap.mjs', 'Dockerfile', '.github/workflows/ci.yml', 'package.json']
  const versions = places.flatMap((path) =>
    [...read(path).matchAll(/pnpm@([\d.]+)/g)].map(([, version]) => version),
  )
  expect(versions.length).toBeGreaterThanOrEqual(places.length)
  expect(new Set(versions).size).toBe(1)
  const installs = places.flatMap((path) => read(path).match(/pnpm@[\d.]+ install .*/g) ?? [])
  expect(installs.length).toBeGreaterThan(0)
  for (const install of installs) expect(install).toContain('--frozen-lockfile')
  expect(read('scripts/bootstrap.mjs')).toContain("PNPM, 'install', '--frozen-lockfile'")
})

test('the only package that may run a script when it is installed is the one that brings Node', () => {
  const policy = parse(read('pnpm-workspace.yaml')) as Record<string, unknown>
  const builds = Object.entries(policy.allowBuilds as Record<string, boolean>)
  expect(builds.filter(([, may]) => may).map(([name]) => name)).toEqual(['node'])
  expect(policy).toMatchObject({
    minimumReleaseAge: 4320,
    blockExoticSubdeps: true,
    trustPolicy: 'no-downgrade',
  })
  expect(policy).not.toHaveProperty('dangerouslyAllowAllBuilds')
})

test('workflows may write nothing, and name what they use by its hash', () => {
  const text = read('.github/workflows/ci.yml')
  expect(parse(text)).toMatchObject({ permissions: { contents: 'read' } })
  const used = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action)
  expect(used.length).toBeGreaterThan(0)
  for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/)
})

test('Dependabot looks after every place that names packages', () => {
  const { updates } = parse(read('.github/dependabot.yml')) as {
    updates: { 'package-ecosystem': string; directory?: string; directories?: string[] }[]
  }
  const watched = updates.flatMap(({ directory: one, directories = [] }) => [one, ...directories])
  for (const path of [
    'packages/client/python',
    'models/training/bottles',
    'models/training/bottles/renderer',
  ]) {
    expect(read(`${path}/requirements.txt`)).not.toBe('')
    expect(watched).toContain(`/${path}`)
  }
  expect(updates.map((one) => one['package-ecosystem'])).toEqual([
    'npm',
    'docker',
    'github-actions',
    'pip',
    'gomod',
  ])
})
