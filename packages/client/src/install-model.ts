import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, rmdirSync, rmSync } from 'node:fs'
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Manifest } from '@lupa/core/models/manifest'
import { CommandError } from './command-error.ts'
import { onStop } from './on-stop.ts'

/** A version of a model that is not in its place yet: nobody sees it there. */
export interface StagedModel extends Disposable {
  path: string
  digest: string
  /** Writes or replaces the manifest. */
  describe(manifest: Manifest): Promise<void>
  /** Another file to stand beside the model. */
  write(file: string, content: string): Promise<void>
  /** Puts it in its place at once. Rejects when the version was taken meanwhile. */
  install(): Promise<string>
}

/**
 * Copies a model file beside where it will stand, in a folder that the catalog passes over (a dot begins its
 * name), so that one rename makes it a version. What is not installed goes with the disposal, or when told to stop.
 */
export async function stageModel({
  file,
  modelsDirectory,
  name,
  version,
}: {
  file: string
  modelsDirectory: string
  name: string
  version: string
}): Promise<StagedModel> {
  const parent = join(modelsDirectory, name)
  const place = join(parent, version)
  const assertFree = () => assertVersionFree(modelsDirectory, name, version)
  await assertFree()
  const staging = join(parent, `.${version}-${randomBytes(4).toString('hex')}`)
  const remove = () => {
    rmSync(staging, { recursive: true, force: true })
    removeIfEmpty(parent)
  }
  const stop = onStop(remove)
  const dispose = () => {
    stop[Symbol.dispose]()
    remove()
  }
  try {
    await mkdir(staging, { recursive: true })
    const path = join(staging, 'model.onnx')
    const digest = await copyAndHash(file, path)
    return {
      path,
      digest,
      describe: (manifest) => writeFile(join(staging, 'manifest.json'), toText(manifest)),
      write: (other, content) => writeFile(join(staging, other), content),
      async install() {
        await assertFree()
        await rename(staging, place).catch((thrown: NodeJS.ErrnoException) => {
          throw taken(place, `${name}@${version}`, thrown)
        })
        return place
      },
      [Symbol.dispose]: dispose,
    }
  } catch (thrown) {
    dispose()
    throw thrown
  }
}

/** Rejects when there is such a version, or anything else in its place. */
export async function assertVersionFree(
  modelsDirectory: string,
  name: string,
  version: string,
): Promise<void> {
  const place = join(modelsDirectory, name, version)
  const model = `${name}@${version}`
  if (existsSync(place) && (await readdir(place).catch(() => ['a file'])).length > 0)
    throw taken(place, model)
}

function taken(place: string, model: string, cause?: unknown): CommandError {
  return new CommandError(
    `${model} exists already, in ${place}. A version never changes: choose another --version.`,
    { cause },
  )
}

/** Of a model without any version, nothing is left. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // It holds other versions, or is not there.
  }
}

async function copyAndHash(from: string, to: string): Promise<string> {
  const hash = createHash('sha256')
  const source = createReadStream(from)
  source.on('data', (chunk) => hash.update(chunk))
  await pipeline(source, createWriteStream(to)).catch((thrown: NodeJS.ErrnoException) => {
    throw new CommandError(`${from} cannot be copied to ${to} (${thrown.code ?? thrown.message}).`, {
      cause: thrown,
    })
  })
  return hash.digest('hex')
}

const toText = (manifest: Manifest) => `${JSON.stringify(manifest, null, 2)}\n`
