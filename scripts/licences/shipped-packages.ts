import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

interface Lockfile {
  importers: Record<string, Importer>
  snapshots: Record<string, Snapshot>
}

interface Importer {
  dependencies?: Record<string, { version: string }>
  optionalDependencies?: Record<string, { version: string }>
}

interface Snapshot {
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/**
 * Every package that runs with us, on any platform, as `name@version`: what the lockfile has under `dependencies`
 * and what those need. Tools for building and testing are not among them.
 */
export function readShippedPackages(root: string): Set<string> {
  const { importers, snapshots } = parse(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')) as Lockfile
  const keys = new Set<string>()
  for (const importer of Object.values(importers)) {
    const wanted = { ...importer.dependencies, ...importer.optionalDependencies }
    for (const [name, { version }] of Object.entries(wanted)) visit(keyOf(name, version))
  }
  return new Set([...keys].map((key) => key.split('(', 1)[0] ?? key))

  function visit(key: string): void {
    // Packages of this workspace have importers of their own; types do not run.
    if (key.includes('@link:') || key.startsWith('@types/') || keys.has(key)) return
    keys.add(key)
    const { dependencies, optionalDependencies } = snapshots[key] ?? {}
    for (const [name, version] of Object.entries({ ...dependencies, ...optionalDependencies })) {
      visit(keyOf(name, version))
    }
  }

  /** A package under another name has its own in the version. */
  function keyOf(name: string, version: string): string {
    return version in snapshots ? version : `${name}@${version}`
  }
}
