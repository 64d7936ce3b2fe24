import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openImageStore } from '@lupa/core/images/open-image-store'
import { openRecordStore } from '@lupa/core/jobs/open-record-store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aJobRecord, aSuccess } from '../../core/test/job-records.ts'
import { readClientConfig } from '../src/config.ts'
import { readStoredJobs, writeJobImages } from '../src/quantize/job-pictures.ts'

let directory: string
let pictures: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lupa-test-jobs-'))
  pictures = join(directory, 'pictures')
  mkdirSync(pictures)
})
afterEach(() => rmSync(directory, { recursive: true }))

const model = { name: 'jar', version: '1', task: 'detect', digest: 'sha256:1' } as const
const stores = () => readClientConfig({ DATA_DIR: directory }).stores()

/** Succeeded jobs whose images are these, the first the oldest; null: the image is gone. */
async function storeJobs(images: (string | null)[]): Promise<void> {
  const imageStore = await openImageStore(stores().imageStore)
  const jobStore = await openRecordStore(stores().jobStore, { imageStore })
  for (const [minute, image] of images.entries()) {
    const record = aJobRecord({
      model,
      client: `client ${minute}`,
      acceptedAt: new Date(2026, 0, 1, 0, minute),
    })
    const sha256 = image ?? 'gone'
    await jobStore.create({ ...record, image: { ...record.image, sha256 } })
    await jobStore.finish(record.id, aSuccess(record))
    if (image) await imageStore.put(record.id, Buffer.from(image), { contentType: 'image/jpeg' })
  }
  await jobStore.close()
}

test('the newest different images of all clients are taken, without those that are gone', async () => {
  await storeJobs(['oldest', 'a', 'b', 'a', null, 'c'])
  await using jobs = await readStoredJobs(stores(), 'jar', 100)
  const paths = await writeJobImages(jobs.images, { wanted: 3, directory: pictures, model: 'jar' })
  expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['c', 'a', 'b'])
  expect(readdirSync(pictures)).toHaveLength(3)
})

test('a model without jobs is told to be sent pictures', async () => {
  await storeJobs(['a', 'b'])
  await using jobs = await readStoredJobs(stores(), 'other', 100)
  await expect(
    writeJobImages(jobs.images, { wanted: 3, directory: pictures, model: 'other' }),
  ).rejects.toThrow(/No image of a job that succeeded with other is stored\. Send it some pictures first/)
})
