import { withoutUnseen } from './without-unseen.ts'

const MAX_LENGTH = 255

/** The client's own name of an image, fit to be shown: the last part of a path, as some clients send whole paths. */
export function toImageName(given: string | undefined): string | null {
  const last = given?.split(/[/\\]/).at(-1) ?? ''
  const name = withoutUnseen(last).trim()
  // Two dots are a folder everywhere.
  if (name === '' || /^\.+$/.test(name)) return null
  return Array.from(name).slice(0, MAX_LENGTH).join('').trim()
}
