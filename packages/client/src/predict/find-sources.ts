import fs from 'node:fs'
import { basename, extname, join, relative } from 'node:path'
import { UsageError } from '../command-error.ts'
import { findImages } from '../library/find-images.ts'
import type { ImageSource } from '../library/image-source.ts'

/** An image that a command was asked for. */
export interface Source {
  /** As it was named. */
  label: string
  image: ImageSource
  /** Where what is saved of it goes, without its ending: unique among those of one command. */
  place: string
}

/** What the arguments of a command mean: files, folders and all below them, patterns, addresses, `-`. */
export async function findSources(wanted: readonly string[]): Promise<Source[]> {
  const found: (Omit<Source, 'place'> & { path: string })[] = []
  for (const one of wanted) for await (const source of expand(one)) found.push(source)
  const [nothing] = found.length === 0 ? wanted : []
  if (nothing !== undefined) {
    throw new UsageError(`There is no image at ${wanted.join(', ')}: JPEG, PNG, WebP, AVIF, TIFF or GIF.`)
  }
  return withPlaces(found)
}

async function* expand(wanted: string): AsyncGenerator<Omit<Source, 'place'> & { path: string }> {
  if (wanted === '-') {
    yield { label: '-', image: process.stdin, path: 'stdin' }
    return
  }
  if (/^https?:\/\//i.test(wanted)) {
    yield { label: wanted, image: wanted, path: placeOfUrl(wanted) }
    return
  }
  const stats = fs.statSync(wanted, { throwIfNoEntry: false })
  if (stats?.isDirectory()) {
    for await (const path of findImages(wanted))
      yield { label: path, image: path, path: relative(wanted, path) }
  } else if (stats) yield { label: wanted, image: wanted, path: basename(wanted) }
  else if (/[*?[\]{}]/.test(wanted)) yield* matching(wanted)
  else throw new UsageError(`There is no file or folder ${wanted}.`)
}

async function* matching(pattern: string) {
  // Node 22 and later.
  if (!('globSync' in fs)) {
    throw new UsageError(
      `There is no file ${pattern}. For patterns let the shell find the files (without quotes), or use Node 22.`,
    )
  }
  for (const path of fs.globSync(pattern).toSorted()) {
    if (fs.statSync(path).isFile()) yield { label: path, image: path, path: basename(path) }
  }
}

function placeOfUrl(url: string): string {
  const { hostname, pathname } = new URL(url)
  return basename(pathname) || hostname
}

/** The name without its ending, if no other is so called; else the whole name, else with a number. */
function withPlaces(found: (Omit<Source, 'place'> & { path: string })[]): Source[] {
  const stems = countOf(found.map(({ path }) => stemOf(path)))
  const paths = countOf(found.map(({ path }) => path))
  const numbers = new Map<string, number>()
  return found.map(({ path, ...source }) => {
    if (stems.get(stemOf(path)) === 1) return { ...source, place: stemOf(path) }
    if (paths.get(path) === 1) return { ...source, place: path }
    const number = (numbers.get(path) ?? 0) + 1
    numbers.set(path, number)
    return { ...source, place: `${path}-${number}` }
  })
}

function stemOf(path: string): string {
  const ending = extname(path)
  return join(path.slice(0, path.length - ending.length))
}

function countOf(names: string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
