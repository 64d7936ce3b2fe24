import { expect, test } from 'vitest'
import { z } from 'zod'
import { describeSettings, flag, integer, readSettings, SettingsError } from './env.ts'

const Example = z.object({
  PORT: integer(0, 65_535).default(5000).describe('Where to listen.'),
  API_PASSWORD: z.string().min(8).optional().describe('The password.'),
  PRETTY: flag().default(false).describe('For people.'),
})

test('variables are typed, and empty ones count as not set', () => {
  expect(readSettings(Example, { PORT: '8080', API_PASSWORD: ' ', PRETTY: 'yes', OTHER: 'x' })).toEqual({
    PORT: 8080,
    PRETTY: true,
  })
})

test('every wrong variable is named at once, with its value and meaning, but never a secret', () => {
  const read = () => readSettings(Example, { PORT: 'http', API_PASSWORD: 'short', PRETTY: 'maybe' })
  expect(read).toThrow(SettingsError)
  expect(read).toThrow(/PORT="http".*Where to listen/)
  expect(read).toThrow(/PRETTY="maybe"/)
  expect(read).toThrow(/API_PASSWORD=\(hidden\)/)
  expect(read).not.toThrow(/"short"/)
})

test('the schema is the documentation', () => {
  expect(describeSettings(Example)).toEqual([
    { name: 'PORT', default: '5000', about: 'Where to listen.' },
    { name: 'API_PASSWORD', default: null, about: 'The password.' },
    { name: 'PRETTY', default: 'false', about: 'For people.' },
  ])
})
