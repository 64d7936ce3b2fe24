import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SettingsError } from '@lupa/core/runtime/env'

/** What API keys are hashed with: as given, or from a file that is made once, for this user's eyes alone. */
export async function readApiKeySecret(from: { value: string } | { file: string }): Promise<string> {
  if ('value' in from) return from.value
  const { file } = from
  const secret = (await readIfThere(file)) ?? (await makeFile(file))
  if (secret.length >= 32) return secret
  throw new SettingsError(
    `${file} holds no secret. Restore it from a backup; without it, delete it and make all API keys anew.`,
  )
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Of several that start at once the first makes it, and all read the same, whole. */
async function makeFile(file: string): Promise<string> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  await mkdir(dirname(file), { recursive: true })
  await writeFile(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(draft)
  }
  return (await readFile(file, 'utf8')).trim()
}
