import { describe, expect, test } from 'vitest'
import { chooseLanguage, DICTIONARIES } from './use-words.ts'

type Entry = [path: string, value: unknown]

function entriesOf(value: unknown, path = ''): Entry[] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([name, one]) => entriesOf(one, `${path}.${name}`))
}

/** As a reader sees it: functions are given a number, or what stands for one. */
function textOf(value: unknown): string {
  return typeof value === 'function' ? String(value(3, 2)) : String(value)
}

describe.each(Object.entries(DICTIONARIES))('the words in %s', (_language, words) => {
  test('are those of every other language', () => {
    expect(entriesOf(words).map(([path]) => path)).toEqual(entriesOf(DICTIONARIES.en).map(([path]) => path))
  })

  test('say something, each', () => {
    for (const [path, value] of entriesOf(words)) expect([path, textOf(value).trim()]).not.toEqual([path, ''])
  })

  test('tell one from many', () => {
    for (const [path, value] of entriesOf(words)) {
      if (typeof value === 'function' && value.length === 1)
        expect([path, value(1)]).not.toEqual([path, value(2)])
    }
  })
})

test('Portuguese is not English left standing', () => {
  const same = entriesOf(DICTIONARIES.en).filter(([path, value], index) => {
    const [, other] = entriesOf(DICTIONARIES['pt-BR'])[index] ?? []
    return typeof value === 'string' && value === other && !SAME_IN_BOTH.has(path)
  })
  expect(same.map(([path]) => path)).toEqual([])
})

/** Names, and words that both languages have. */
const SAME_IN_BOTH = new Set([
  '.shell.title',
  '.shell.jobs',
  '.shell.webhooks',
  '.task.pose',
  '.job.title',
  '.job.classes',
  '.job.worker',
  '.job.cache',
  '.job.webhook',
  '.job.id',
  '.formats.coco',
  '.formats.yolo',
  '.formats.labelme',
  '.formats.csv',
  '.formats.geojson',
  '.jobs.title',
  '.queue.workers',
  '.models.classes',
  '.models.digest',
  '.webhooks.title',
])

test.each([
  [['pt-BR', 'en'], 'pt-BR'],
  [['pt'], 'pt-BR'],
  [['de', 'pt-PT', 'en'], 'pt-BR'],
  [['en-GB', 'pt'], 'en'],
  [['de', 'fr'], 'en'],
  [[], 'en'],
])('who reads %j reads the console in %s', (read, language) => {
  expect(chooseLanguage(read)).toBe(language)
})
