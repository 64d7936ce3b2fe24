import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openImageStore } from '@lupa/core/images/open-image-store'
import { openRecordStore } from '@lupa/core/jobs/open-record-store'
import { CommandError } from '../command-error.ts'
import type { ClientConfig } from '../config.ts'
import type { JobImage } from '../gateway.ts'

/** The images of the newest jobs that succeeded with a model, of all clients, from the stores themselves. */
export async function readStoredJobs(
  stores: ReturnType<ClientConfig['stores']>,
  model: string,
  limit: number,
): Promise<{ images: JobImage[] } & AsyncDisposable> {
  const imageStore = await openImageStore(stores.imageStore)
  const jobStore = await openRecordStore(stores.jobStore, { imageStore })
  const records = await jobStore.listSucceeded({ model, limit })
  return {
    images: records.map(({ id, image }) => ({ id, sha256: image.sha256, read: () => imageStore.get(id) })),
    [Symbol.asyncDispose]: () => jobStore.close(),
  }
}

/** Writes up to so many different images into a folder, and resolves to their paths, newest first. */
export async function writeJobImages(
  images: readonly JobImage[],
  { wanted, directory, model }: { wanted: number; directory: string; model: string },
): Promise<string[]> {
  const seen = new Set<string>()
  const paths: string[] = []
  for (const image of images) {
    if (paths.length >= wanted) break
    if (seen.has(image.sha256)) continue
    seen.add(image.sha256)
    const bytes = await image.read()
    if (!bytes) continue
    const path = join(directory, image.id)
    await writeFile(path, bytes)
    paths.push(path)
  }
  if (paths.length >= 2) return paths
  throw new CommandError(
    `${paths.length === 0 ? 'No image' : 'Only one image'} of a job that succeeded with ${model} is stored. Send it some pictures first, or name a folder: --calibration DIR.`,
  )
}
