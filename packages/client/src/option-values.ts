import { InvalidArgumentError } from 'commander'

// What options are made of, as commander takes it: each throws when the text is something else.

export function url(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new InvalidArgumentError(`--url ${JSON.stringify(text)} is no http:// or https:// address.`)
}

export function count(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= 10_000) return value
  throw new InvalidArgumentError('A whole number from 1 to 10000 is needed.')
}

export function seconds(text: string): number {
  return wholeNumber(text, 'A whole number of seconds is needed.')
}

export function images(text: string): number {
  return wholeNumber(text, 'A whole number of images is needed.')
}

export function port(text: string): number {
  const value = wholeNumber(text, 'A port from 0 to 65535 is needed; 0 is any free one.')
  if (value <= 65_535) return value
  throw new InvalidArgumentError('A port from 0 to 65535 is needed; 0 is any free one.')
}

function wholeNumber(text: string, complaint: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= 0) return value
  throw new InvalidArgumentError(complaint)
}

export function hours(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 720) return value
  throw new InvalidArgumentError('A number of hours from 0 to 720 is needed.')
}

export const list = (text: string) => text.split(',').map((word) => word.trim())

export function share(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('A number from 0 to 1 is needed, for example 0.9.')
}

export function positive(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('A number is needed, for example 1.5.')
}

export function above(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('A number above 0 is needed, for example 1000.')
}

/** A share that something can be divided by. */
export const usable = (text: string) => above(`${share(text)}`)
