import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Job } from '@lupa/core/domain/job'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { distinct, getJson, type Lupa, post, startLupa } from '../../../test/end-to-end/lupa.ts'
import { until } from '../../../test/launcher/launcher-run.ts'
import { hasSharedAssets, modelPath, readPicture } from '../../worker/test/shared-assets.ts'
import { axeViolations, CHROMIUM, DESKTOP, launchBrowser, openPage, type Visit } from './browser.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const MODELS = join(ROOT, 'models')
const KITCHEN = join(MODELS, 'bottles/samples/kitchen.jpg')
const BOTTLE = join(MODELS, 'bottle-status/samples/aberta-1.jpg')
/** Where screenshots are kept for whoever wants to look at them. */
const SHOTS = join(ROOT, '.lupa/screenshots')
const SHARED_MODELS = ['coco-detect', 'shapes-segment', 'shapes-pose', 'shapes-obb', 'leaves-classify']

const VIEWS = ['', 'jobs', 'failed', 'queue', 'models', 'models/bottles@1', 'webhooks', 'keys', 'nowhere']
const PHONE = { width: 360, height: 740 }

/** Everything here waits for a browser, a gateway and a model, on a machine that may do other things. */
const PATIENCE_MS = 300_000

describe.skipIf(!CHROMIUM)('the console, in a real browser on a real Lupa', { timeout: PATIENCE_MS }, () => {
  let lupa: Lupa
  let browser: Browser
  let models: string

  beforeAll(async () => {
    models = makeModels()
    lupa = await startLupa({ MODELS_DIR: models })
    browser = await launchBrowser()
    await until('the console is built', 60_000, async () => (await fetch(lupa.url)).ok)
  }, PATIENCE_MS)
  afterAll(async () => {
    await browser?.close()
    await lupa?.[Symbol.asyncDispose]()
    rmSync(models, { recursive: true, force: true })
  })

  const open = (hash = '', options: BrowserContextOptions = {}): Promise<Visit> =>
    openPage(browser, `${lupa.url}/${hash}`, options)
  const jobsNow = async () => (await getJson<{ data: Job[] }>(`${lupa.url}/v1/jobs?limit=100`)).data.length
  const predict = async (model: string, picture: Uint8Array, name = 'picture.jpg') =>
    (await post(`${lupa.url}/v1/jobs`, picture, { name, headers: { prefer: 'wait=60' }, fields: { model } }))
      .body

  test('a picture chosen from the disk leads to its job, with its shapes drawn and its time shown', async () => {
    await using visit = await open()
    const { page } = visit
    await page.getByLabel('Model', { exact: true }).nth(1).selectOption('bottles')
    await page.getByLabel('Choose pictures').setInputFiles(KITCHEN)
    await page.waitForURL(/#\/jobs\/[\da-f-]{36}$/)
    await page.getByRole('heading', { name: 'Where the time went' }).waitFor()
    const job = await jobOf(page, lupa)
    expect(job).toMatchObject({ status: 'succeeded', image_name: 'kitchen.jpg', model: { name: 'bottles' } })
    expect(await page.locator('.shape').count()).toBe(job.predictions?.length)
    expect(await page.locator('.timeline-list').textContent()).toContain('The model')
    await page.getByText('Download', { exact: true }).click()
    const links = await page.locator('.menu a').all()
    const formats = await Promise.all(
      links.map(async (link) => {
        const answer = await fetch(`${lupa.url}${await link.getAttribute('href')}`)
        return [answer.status, answer.headers.get('content-type')?.split(';')[0]]
      }),
    )
    expect(formats).toEqual([
      [200, 'application/json'],
      [200, 'application/vnd.lupa.coco+json'],
      [200, 'text/plain'],
      [200, 'application/vnd.lupa.labelme+json'],
      [200, 'text/csv'],
      [200, 'application/geo+json'],
      [200, 'image/svg+xml'],
      [200, 'image/jpeg'],
    ])
    expect(visit.complaints).toEqual([])
  })

  test('the slider, the classes and the overlap look at the stored prediction again, without another job', async () => {
    const job = await predict('bottles', readFileSync(KITCHEN), 'kitchen.jpg')
    const before = await jobsNow()
    await using visit = await open(`#/jobs/${job.id}`)
    const { page } = visit
    const slider = page.getByLabel('Confidence from')
    await slider.waitFor()
    for (const conf of [0.05, 0.6, 0.01]) {
      await slider.fill(String(conf))
      const { predictions } = await getJson<Job>(`${lupa.url}${job.links.self}?conf=${conf}`)
      await expect.poll(() => page.locator('.shape').count(), { timeout: 20_000 }).toBe(predictions?.length)
      expect(await page.locator('.detections li').count()).toBe(predictions?.length)
    }

    const aberta = page.getByRole('group', { name: 'Classes' }).getByRole('button', { name: /^aberta/ })
    await aberta.click()
    expect(await aberta.getAttribute('aria-pressed')).toBe('false')
    expect(await page.locator('.shape[data-class=aberta]').count()).toBe(0)
    expect(await page.locator('.shape[data-class=fechada]').count()).toBeGreaterThan(0)

    await page.getByRole('button', { name: 'As submitted' }).click()
    await expect.poll(() => page.locator('.shape').count()).toBe(job.predictions?.length)
    await page.getByText('More settings').click()
    await slider.fill('0.02')
    await page.getByLabel('Overlap (IoU) up to').fill('0.1')
    const { predictions } = await getJson<Job>(`${lupa.url}${job.links.self}?conf=0.02&iou=0.1`)
    await expect.poll(() => page.locator('.shape').count(), { timeout: 20_000 }).toBe(predictions?.length)
    expect(await jobsNow()).toBe(before)
    expect(visit.complaints).toEqual([])
  })

  test('a row lights its shape up, and a shape its row', async () => {
    const job = await predict('bottles', readFileSync(KITCHEN), 'kitchen.jpg')
    await using visit = await open(`#/jobs/${job.id}`)
    const { page } = visit
    await page.locator('.detections button').first().focus()
    await page.locator('.shape.lit').waitFor()
    // The surest is the first of the rows, and drawn last.
    expect(await page.locator('.shape').last().getAttribute('class')).toContain('lit')
    await page.locator('.shape .box').first().hover({ force: true })
    await expect.poll(() => page.locator('.detections button.lit').count()).toBe(1)
  })

  test('many pictures dropped at once are each followed to their end, and what is no picture is left out', async () => {
    await using visit = await open()
    const { page } = visit
    await page.getByText('Drop pictures here').waitFor()
    const picture = readFileSync(BOTTLE)
    await drop(page, [
      ...[1, 2, 3, 4, 5].map((number) => ({
        name: `bottle-${number}.jpg`,
        type: 'image/jpeg',
        bytes: distinct(picture, `drop ${number}`),
      })),
      { name: 'notes.txt', type: 'text/plain', bytes: Buffer.from('no picture') },
    ])
    await page.getByText('One file is no picture and was left out.').waitFor()
    await page.getByText('5 of 5 done').waitFor({ timeout: PATIENCE_MS })
    expect(await page.locator('.upload-result strong').allTextContents()).toEqual(Array(5).fill('aberta'))
    await page.getByRole('link', { name: 'Open the job of bottle-3.jpg' }).click()
    await page.getByRole('heading', { level: 1, name: 'bottle-3.jpg' }).waitFor()
    expect(visit.complaints).toEqual([])
  })

  test('a picture can be pasted, or be a sample, or be taken by camera', async () => {
    await using visit = await open('', { permissions: ['camera'] })
    const { page } = visit
    await page.getByRole('button', { name: 'Predict the sample fechada-1.jpg' }).click()
    await page.getByRole('heading', { level: 1, name: 'fechada-1.jpg' }).waitFor()
    await page.getByText('Surest classes').waitFor()
    expect(await page.locator('.verdict').textContent()).toContain('fechada')

    await page.getByRole('link', { name: 'Predict' }).click()
    await page.getByText('Drop pictures here').waitFor()
    await paste(page, { name: 'image.png', type: 'image/jpeg', bytes: readFileSync(BOTTLE) })
    await page.getByRole('heading', { level: 1, name: 'image.png' }).waitFor()

    await page.getByRole('link', { name: 'Predict' }).click()
    await page.getByRole('button', { name: 'Take a picture' }).click()
    await page.getByRole('button', { name: 'Take it' }).click()
    await page.getByRole('heading', { level: 1, name: 'photo.jpg' }).waitFor()
    await page.getByText('Surest classes').waitFor({ timeout: PATIENCE_MS })
    expect(visit.complaints).toEqual([])
  })

  test('a failed job is found, says why, and is replayed', async () => {
    const torn = readFileSync(BOTTLE).subarray(0, 4000)
    const job = await predict('bottle-status', distinct(torn, 'failed'), 'torn.jpg')
    expect(job.status).toBe('failed')
    await using visit = await open()
    const { page } = visit
    await page.getByRole('link', { name: /^Failed/ }).click()
    const row = page.locator('.failed-row', { hasText: 'torn.jpg' }).first()
    await row.waitFor()
    expect(await row.textContent()).toContain(job.error?.detail)
    await row.getByRole('button', { name: 'Replay' }).click()
    await page.getByRole('link', { name: 'torn.jpg: see the new job' }).click()
    await page.getByRole('heading', { level: 1, name: 'torn.jpg' }).waitFor()
    const again = await jobOf(page, lupa)
    expect(again.retry_of).toBe(job.id)
    expect(visit.complaints).toEqual([])
  })

  test('a key is made, shown once, and revoked', async () => {
    await using visit = await open('#/keys')
    const { page } = visit
    await page.getByRole('button', { name: 'Make a key' }).click()
    await page.getByLabel('Client').fill('line-3')
    await page.getByLabel('Name').fill('camera at the gate')
    await page.getByRole('dialog').getByRole('button', { name: 'Make a key' }).click()
    const key = (await page.locator('.secret').textContent()) ?? ''
    expect(key).toMatch(/^lupa_/)
    const queue = () => fetch(`${lupa.url}/v1/queue`, { headers: { authorization: `Bearer ${key}` } })
    expect((await queue()).status).toBe(200)
    await page.getByRole('button', { name: 'I have copied it' }).click()
    expect(await page.content()).not.toContain(key)
    await page.getByRole('button', { name: 'Revoke' }).first().click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('Revoked').waitFor()
    expect((await queue()).status).toBe(401)
    // The browser names the requests it was refused; there was none.
    expect(visit.complaints).toEqual([])
  })

  test('jobs are filtered by the address, and each opens at its own', async () => {
    const { body: job } = await post(`${lupa.url}/v1/jobs`, readFileSync(BOTTLE), {
      name: 'tagged.jpg',
      headers: { prefer: 'wait=60' },
      fields: { tags: 'filter-me' },
    })
    await using visit = await open('#/jobs')
    const { page } = visit
    await page.getByLabel('Tag').fill('filter-me')
    await page.getByLabel('Tag').press('Enter')
    await page.waitForURL(/tag=filter-me/)
    await expect.poll(() => page.locator('.row-card').count()).toBe(1)
    await page.getByRole('link', { name: 'tagged.jpg' }).click()
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'tagged.jpg' }).waitFor()
    expect(page.url()).toBe(`${lupa.url}/#/jobs/${job.id}`)
    await page.goBack()
    await page.waitForURL(/tag=filter-me/)
    await page.goto(`${lupa.url}/#/jobs/01a208e1-14b0-7fea-8a27-da75b6663fd8`)
    await page.getByText('This job is not there, or it is not yours').waitFor()
  })

  test('it speaks Portuguese to who reads Portuguese, and remembers another choice', async () => {
    await using visit = await open('', { locale: 'pt-BR' })
    const { page } = visit
    await page.getByRole('heading', { level: 1, name: 'Prever' }).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR')
    await page.getByLabel('Idioma').selectOption('English')
    await page.getByRole('heading', { level: 1, name: 'Predict' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Predict' }).waitFor()
  })

  test('it is dark where the system is, and where it is wished', async () => {
    const ground = (page: Page) => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    await using dark = await open('', { colorScheme: 'dark' })
    expect(await ground(dark.page)).toBe('rgb(18, 21, 26)')
    await dark.page.getByRole('button', { name: 'Light' }).click()
    await expect.poll(() => ground(dark.page)).toBe('rgb(245, 246, 248)')
    await dark.page.reload()
    await expect.poll(() => ground(dark.page)).toBe('rgb(245, 246, 248)')
  })

  test('all of it can be done by keyboard', async () => {
    await using visit = await open()
    const { page } = visit
    await page.getByRole('button', { name: 'Predict the sample aberta-1.jpg' }).waitFor()
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Predict the sample aberta-1.jpg')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'aberta-1.jpg' }).waitFor()
    // The heading of the new view has the focus: what follows it is next.
    await tabTo(page, 'Run again')

    const job = await predict('bottles', readFileSync(KITCHEN), 'kitchen.jpg')
    await page.goto(`${lupa.url}/#/jobs/${job.id}`)
    await page.getByLabel('Confidence from').waitFor()
    await tabTo(page, 'Confidence from')
    const shapes = await page.locator('.shape').count()
    for (let steps = 0; steps < 24; steps++) await page.keyboard.press('ArrowLeft')
    await expect.poll(() => page.locator('.shape').count()).toBeGreaterThan(shapes)
    await tabTo(page, 'Download')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'JSON, as the API gives it' }).waitFor()
    await page.keyboard.press('Escape')
    expect(await focused(page)).toBe('Download')
  })

  test('every view is accessible in light and dark, and as wide as the window, be it a phone', async () => {
    const picture = readFileSync(KITCHEN)
    const detected = await predict('bottles', picture)
    const classified = await predict('bottle-status', readFileSync(BOTTLE))
    const failed = await predict('bottle-status', distinct(picture.subarray(0, 4000), 'views'))
    const jobs = [detected, classified, failed].map(({ id }) => `jobs/${id}`)
    await using visit = await open()
    const { page } = visit
    mkdirSync(SHOTS, { recursive: true })
    for (const [number, view] of [...VIEWS, ...jobs].entries()) {
      const shoot = (kind: string) => page.screenshot({ path: join(SHOTS, `${number}-${kind}.png`) })
      await page.goto(`${lupa.url}/#/${view}`)
      await page.locator('h1').waitFor()
      await page.locator('.loading').waitFor({ state: 'detached' })
      await shoot('light')
      expect([view, await axeViolations(page)]).toEqual([view, []])
      await page.emulateMedia({ colorScheme: 'dark' })
      await shoot('dark')
      expect([view, await axeViolations(page, ['color-contrast'])]).toEqual([view, []])
      await page.emulateMedia({ colorScheme: 'light' })
      await page.setViewportSize(PHONE)
      await shoot('phone')
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      expect([view, overflow]).toEqual([view, 0])
      await page.setViewportSize(DESKTOP)
    }
    expect(visit.complaints).toEqual([])
  })

  describe.skipIf(!hasSharedAssets)('models of all five tasks', () => {
    test.each([
      ['coco-detect', 'bus.jpg', '.shape .box'],
      ['shapes-segment', 'shapes-wide.jpg', '.shape .mask'],
      ['shapes-pose', 'shapes-wide.jpg', '.shape .keypoint'],
      ['shapes-obb', 'shapes-wide.jpg', '.shape .box'],
    ])('what %s sees is drawn', async (model, picture, drawn) => {
      const job = await predict(model, readPicture(picture), picture)
      await using visit = await open(`#/jobs/${job.id}`)
      await visit.page.locator(drawn).first().waitFor({ state: 'attached' })
      expect(await visit.page.locator('.shape').count()).toBe(job.predictions?.length)
      expect(visit.complaints).toEqual([])
    })

    test('a picture that must be turned is turned, and its boxes lie where its people are', async () => {
      const job = await predict('coco-detect', readPicture('bus-exif6.jpg'), 'bus-exif6.jpg')
      await using visit = await open(`#/jobs/${job.id}`)
      const { page } = visit
      await page.locator('.shape').first().waitFor({ state: 'attached' })
      const shown = await page.evaluate<number[]>(
        `(async () => { const img = document.querySelector('.picture img'); await img.decode(); return [img.naturalWidth, img.naturalHeight] })()`,
      )
      expect(shown).toEqual([job.image.width, job.image.height])
    })

    test('the surest classes of a picture are shown as bars', async () => {
      const job = await predict('leaves-classify', readPicture('bus.jpg'), 'bus.jpg')
      await using visit = await open(`#/jobs/${job.id}`)
      await visit.page.locator('.bars li').first().waitFor()
      expect(await visit.page.locator('.bars .bar-name').allTextContents()).toEqual(
        job.predictions?.map(({ name }) => name),
      )
    })
  })
})

/** The models of this repository, and those of all tasks where they are at hand. */
function makeModels(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lupa-console-models-'))
  for (const name of ['bottle-status', 'bottles']) symlinkSync(join(MODELS, name), join(folder, name))
  if (!hasSharedAssets) return folder
  for (const name of SHARED_MODELS.filter((one) => existsSync(modelPath(one)))) {
    mkdirSync(join(folder, name, '1'), { recursive: true })
    copyFileSync(modelPath(name), join(folder, name, '1', 'model.onnx'))
  }
  return folder
}

async function jobOf(page: Page, lupa: Lupa): Promise<Job> {
  const id = /#\/jobs\/([\da-f-]{36})/.exec(page.url())?.[1]
  return getJson<Job>(`${lupa.url}/v1/jobs/${id}?wait=30`)
}

interface FileToGive {
  name: string
  type: string
  bytes: Uint8Array
}

const inPage = ({ name, type, bytes }: FileToGive) => ({
  name,
  type,
  base64: Buffer.from(bytes).toString('base64'),
})

/** Makes a DataTransfer of files in the page. */
const TRANSFER = `const transfer = new DataTransfer()
for (const { name, type, base64 } of files) {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  transfer.items.add(new File([bytes], name, { type }))
}`

async function drop(page: Page, files: FileToGive[]): Promise<void> {
  await page.evaluate(`(() => { const files = ${JSON.stringify(files.map(inPage))}; ${TRANSFER}
    const zone = document.querySelector('.drop')
    for (const type of ['dragenter', 'dragover', 'drop'])
      zone.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }))
  })()`)
}

async function paste(page: Page, file: FileToGive): Promise<void> {
  await page.evaluate(`(() => { const files = ${JSON.stringify([inPage(file)])}; ${TRANSFER}
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }))
  })()`)
}

/** The name of what has the focus, as it is read out. */
async function focused(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const element = document.activeElement
    return (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent).trim()
  })()`)
}

async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = []
  for (let tabs = 0; tabs < 60; tabs++) {
    const at = await focused(page)
    if (at === name) return
    passed.push(at)
    await page.keyboard.press('Tab')
  }
  throw new Error(`Not reached by Tab: ${name}. Passed: ${passed.join(' | ')}`)
}
