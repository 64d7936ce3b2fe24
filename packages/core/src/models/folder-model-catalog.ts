import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { LupaError } from '../domain/errors.ts'
import { compareVersions } from './compare-versions.ts'
import type { ModelCatalog } from './model-catalog.ts'
import type { FoundModel, ModelPackage } from './model-package.ts'
import { MANIFEST_FILE, readModelPackage } from './read-model-package.ts'

export interface FolderModelCatalogOptions {
  /** Holds `<name>/<version>/model.onnx`. */
  directory: string
  /** What was found is answered from memory for so long; after it, the folder is looked at besides. */
  freshMs?: number
}

const MODEL_FILE = 'model.onnx'

/**
 * The models in a folder. What changes there is noticed without a restart: a model that is not known is
 * looked for at once, a list is always read anew, and what is known is looked at again now and then.
 */
export function createFolderModelCatalog({
  directory,
  freshMs = 2000,
}: FolderModelCatalogOptions): ModelCatalog {
  const root = resolve(directory)
  const readBefore = new Map<string, { stamp: string; found: Promise<FoundModel> }>()
  let known: FoundModel[] = []
  let scannedAtMs = Number.NEGATIVE_INFINITY
  let scan: Promise<FoundModel[]> | undefined

  /** Calls at the same time share one scan. */
  function rescan(): Promise<FoundModel[]> {
    scan ??= scanFolder(root, readBefore)
      .then((found) => {
        known = found
        scannedAtMs = performance.now()
        return found
      })
      .finally(() => {
        scan = undefined
      })
    return scan
  }

  return {
    list: rescan,
    async has(name, version) {
      const models = scannedAtMs === Number.NEGATIVE_INFINITY ? await rescan() : known
      return models.some((model) => model.name === name && model.version === version)
    },
    async resolve(wanted) {
      const found = pick(known, wanted)
      if (!found?.package) return available(pick(await rescan(), wanted), wanted, known)
      // The next call sees what has changed; this one need not wait, nor fail if the folder cannot be read.
      if (performance.now() - scannedAtMs > freshMs) rescan().catch(() => {})
      return found.package
    },
  }
}

/** `name@version`, or of `name` the highest version that can be served, else the highest. */
function pick(models: readonly FoundModel[], wanted: string): FoundModel | undefined {
  const at = wanted.indexOf('@')
  const name = at < 0 ? wanted : wanted.slice(0, at)
  const ofName = models.filter((model) => model.name === name)
  if (at >= 0) return ofName.find((model) => model.version === wanted.slice(at + 1))
  return ofName.find((model) => model.package) ?? ofName[0]
}

function available(
  found: FoundModel | undefined,
  wanted: string,
  known: readonly FoundModel[],
): ModelPackage {
  if (found?.package) return found.package
  if (found) throw new LupaError('model_unavailable', found.failure)
  throw new LupaError('model_not_found', `There is no model ${JSON.stringify(wanted)}. ${listNames(known)}`)
}

function listNames(known: readonly FoundModel[]): string {
  const names = known.filter((model) => model.package).map(({ name, version }) => `${name}@${version}`)
  return names.length > 0
    ? `Available: ${names.join(', ')}.`
    : `None is available: put one at <name>/<version>/${MODEL_FILE} in MODELS_DIR.`
}

type ReadBefore = Map<string, { stamp: string; found: Promise<FoundModel> }>

async function scanFolder(root: string, readBefore: ReadBefore): Promise<FoundModel[]> {
  const models: Promise<FoundModel | undefined>[] = []
  for (const name of await foldersIn(root)) {
    for (const version of await foldersIn(join(root, name))) {
      models.push(findModel(name, version, join(root, name, version, MODEL_FILE), readBefore))
    }
  }
  const found = (await Promise.all(models)).filter((model) => model !== undefined)
  forgetGone(readBefore, found, root)
  return found.toSorted((a, b) => compareNames(a.name, b.name) || compareVersions(b.version, a.version))
}

/** Undefined where there is no model file: such a folder is no version. */
async function findModel(
  name: string,
  version: string,
  path: string,
  readBefore: ReadBefore,
): Promise<FoundModel | undefined> {
  const modelStamp = await stampOf(path)
  if (!modelStamp) return undefined
  const stamp = `${modelStamp} ${await stampOf(join(dirname(path), MANIFEST_FILE))}`
  const before = readBefore.get(path)
  if (before?.stamp === stamp) return before.found
  const found = readModelPackage(name, version, path)
  readBefore.set(path, { stamp, found })
  return found
}

/** Changes when the file does; undefined when there is none. */
async function stampOf(path: string): Promise<string | undefined> {
  const file = await stat(path, { bigint: true }).catch(() => undefined)
  return file?.isFile() ? `${file.ino}:${file.size}:${file.mtimeNs}` : undefined
}

function forgetGone(readBefore: ReadBefore, found: readonly FoundModel[], root: string): void {
  const paths = new Set(found.map(({ name, version }) => join(root, name, version, MODEL_FILE)))
  for (const path of readBefore.keys()) if (!paths.has(path)) readBefore.delete(path)
}

/** Names that can stand in `name@version` and in an address. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

async function foldersIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(noneIfAbsent)
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && NAME.test(entry.name))
    .map(({ name }) => name)
}

function noneIfAbsent(thrown: NodeJS.ErrnoException): Dirent[] {
  if (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR') return []
  throw new LupaError('model_unavailable', `The models folder cannot be read: ${thrown.message}`, {
    cause: thrown,
  })
}

const compareNames = (a: string, b: string) => Number(a > b) - Number(a < b)
