import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What every package under `node_modules` says of its licence, as an SPDX expression, by `name@version`. */
export function readInstalledLicences(root: string): Map<string, string> {
  const store = join(root, 'node_modules', '.pnpm')
  const licences = new Map<string, string>()
  for (const entry of readdirSync(store)) {
    for (const directory of packagesIn(join(store, entry, 'node_modules'))) {
      const { name, version, license, licenses } = JSON.parse(
        readFileSync(join(directory, 'package.json'), 'utf8'),
      ) as Manifest
      licences.set(`${name}@${version}`, licenceOf({ license, licenses }))
    }
  }
  return licences
}

interface Manifest {
  name: string
  version: string
  license?: string | { type: string } | undefined
  /** As packages of old wrote it. */
  licenses?: { type: string }[] | undefined
}

/** Empty: it says nothing. */
export function licenceOf({ license, licenses }: Pick<Manifest, 'license' | 'licenses'>): string {
  if (typeof license === 'string') return license
  return license?.type ?? licenses?.map(({ type }) => type).join(' OR ') ?? ''
}

/** Links lead to packages that have an entry of their own. */
function packagesIn(modules: string): string[] {
  if (!existsSync(modules)) return []
  return readdirSync(modules, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return []
    const directory = join(modules, entry.name)
    if (entry.name.startsWith('@')) return packagesIn(directory)
    return existsSync(join(directory, 'package.json')) ? [directory] : []
  })
}
