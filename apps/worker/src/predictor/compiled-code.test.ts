import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { compiledCodeFolder } from './compiled-code.ts'

describe.skipIf(process.getuid === undefined)('the folder for compiled code', () => {
  let temporary: string
  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), 'lupa-test-compiled-'))
    vi.stubEnv('TMPDIR', temporary)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(temporary, { recursive: true })
  })

  test('is closed to others, and the same for all children', () => {
    const folder = compiledCodeFolder() ?? ''
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(compiledCodeFolder()).toBe(folder)
  })

  test('is none that others may write to', () => {
    chmodSync(compiledCodeFolder() ?? '', 0o777)
    expect(compiledCodeFolder()).toBeUndefined()
  })

  test('is none that somebody has pointed elsewhere', () => {
    const folder = compiledCodeFolder() ?? ''
    rmSync(folder, { recursive: true })
    symlinkSync(temporary, folder)
    expect(compiledCodeFolder()).toBeUndefined()
  })
})
