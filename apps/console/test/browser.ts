import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const PLACES = [
  process.env.LUPA_TEST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Debian's `chromium`, or what stands in for it; undefined where there is none. */
export const CHROMIUM = PLACES.find((place) => place && existsSync(place))

export function launchBrowser(): Promise<Browser> {
  if (!CHROMIUM) throw new Error('There is no Chromium here: apt-get install chromium')
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      // Containers run tests as root, and root has no sandbox.
      '--no-sandbox',
      '--disable-dev-shm-usage',
      // There is none: it would be computed.
      '--disable-gpu',
      // A camera that films a test card.
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
    ],
  })
}

export interface Visit extends AsyncDisposable {
  page: Page
  /** What the browser complained of: errors, refusals by the content security policy. */
  complaints: string[]
}

export const DESKTOP = { width: 1280, height: 860 }

/** A window of its own, with nothing remembered. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: DESKTOP,
    locale: 'en-US',
    colorScheme: 'light',
    ...options,
  })
  // The machine may have other things to do.
  context.setDefaultTimeout(30_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(url)
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeResults {
  violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[]
}

/** By their tags. */
const AXE_RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe-core finds wrong with the page as it is, one line each. */
export async function axeViolations(page: Page, rules: readonly string[] = AXE_RULES): Promise<string[]> {
  // Evaluated, not loaded: the page's policy lets no other script in.
  await page.evaluate(`if (!window.axe) { ${AXE} }`)
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, { runOnly: ${JSON.stringify(rules)}, resultTypes: ['violations'] })`,
  )
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html}\n  ${failureSummary}`),
  )
}
