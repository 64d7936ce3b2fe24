import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const NOT_OURS = ['node_modules', '.lupa', '.git', 'dist']
const PAGES = globSync('**/*.md', {
  cwd: ROOT,
  exclude: (name) => NOT_OURS.includes(name.split('/').at(-1) ?? ''),
})

test.each(PAGES)('every link of %s within the repository leads somewhere', (page) => {
  const dead = linksOf(page).filter((link) => {
    const [path = '', heading] = link.split('#')
    const target = path ? join(ROOT, dirname(page), decodeURI(path)) : join(ROOT, page)
    if (relative(ROOT, target).startsWith('..') || !existsSync(target)) return true
    return heading !== undefined && target.endsWith('.md') && !anchorsOf(target).has(heading)
  })
  expect(dead).toEqual([])
})

function linksOf(page: string): string[] {
  return [...proseOf(join(ROOT, page)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
}

/** As GitHub makes them: https://github.com/gjtorikian/html-pipeline/blob/v2.14.3/lib/html/pipeline/toc_filter.rb */
function anchorsOf(file: string): Set<string> {
  const headings = [...proseOf(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{Letter}\p{Mark}\p{Number}\p{Connector_Punctuation} -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** Without blocks of code, whose lines look like headings and links. */
function proseOf(file: string): string {
  return readFileSync(file, 'utf8').replaceAll(/^```.*?^```/gms, '')
}
