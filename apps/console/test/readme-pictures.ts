import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import sharp from 'sharp'
import { post, startLupa } from '../../../test/end-to-end/lupa.ts'
import { launchBrowser, openPage } from './browser.ts'

// node apps/console/test/readme-pictures.ts: takes the pictures of the console that the README shows, of a real
// Lupa in a real browser.

const ROOT = resolve(import.meta.dirname, '../../..')
const IMAGES = join(ROOT, 'docs/images')
const PICTURE = join(ROOT, 'models/bottles/samples/table.jpg')

await using lupa = await startLupa()
const browser = await launchBrowser()
try {
  const submit = () =>
    post(`${lupa.url}/v1/jobs`, readFileSync(PICTURE), {
      name: 'table.jpg',
      headers: { prefer: 'wait=60', 'cache-control': 'no-cache' },
      fields: { model: 'bottles' },
    })
  // The first has the model loaded: its timeline would show little else.
  await submit()
  const { body: job } = await submit()
  mkdirSync(IMAGES, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    const viewport = { width: 1280, height: 960 }
    await using visit = await openPage(browser, `${lupa.url}/#/jobs/${job.id}`, {
      colorScheme,
      viewport,
      deviceScaleFactor: 1.5,
    })
    const { page } = visit
    await page.locator('.histogram').waitFor()
    await page.locator('.shape').first().waitFor({ state: 'attached' })
    await page.evaluate('Promise.all([...document.images].map((img) => img.decode()))')
    await sharp(await page.screenshot())
      .webp({ quality: 82 })
      .toFile(join(IMAGES, `console-${colorScheme}.webp`))
  }
} finally {
  await browser.close()
}
