import { spawnSync } from 'node:child_process'
import satisfies from 'spdx-satisfies'
import { licenceOf, readInstalledLicences } from './installed-licences.ts'
import { readShippedPackages } from './shipped-packages.ts'

/** Licences that ask for nothing but their own text and a name, or not even that. */
const ALLOWED = [
  'MIT',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
]

/** Others, each with why it may be here. */
const ALLOWED_BESIDES: { name: RegExp; licence: string; because: string }[] = [
  {
    name: /^@img\/sharp-(libvips-|win32-|wasm32|webcontainers)/,
    licence: 'LGPL-3.0-or-later',
    because: 'libvips, as a library of its own that anyone may put another in the place of',
  },
  {
    name: /^@resvg\/resvg-js/,
    licence: 'MPL-2.0',
    because: 'asks for its own files to stay open when they are changed, and they are used as they are',
  },
  {
    name: /^lightningcss/,
    licence: 'MPL-2.0',
    because: 'Vite builds the console with it, as it is, and nothing of it is in what is built',
  },
  {
    name: /^@expo-google-fonts\//,
    licence: 'OFL-1.1',
    because: 'lets a font be shipped with software, and asks only that it is not sold by itself',
  },
]

/** Packages that do not say it in their manifest, as their text does. */
const SAID_ELSEWHERE: Record<string, string> = {
  // https://github.com/abrkn/semaphore.js/blob/master/LICENSE
  semaphore: 'MIT',
}

interface Shipped {
  name: string
  licence: string
}

/**
 * The table of licences of all that runs with us, in Markdown. Throws when one may not be there.
 * @param current the table as it stands: what is for other platforms is not installed here
 */
export function licencesTable(root: string, current: string): string {
  const installed = readInstalledLicences(root)
  const known = new Map(
    [...current.matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)].map(([, name = '', licence = '']) => [
      name,
      licence,
    ]),
  )
  const rows = new Map<string, string>()
  for (const key of readShippedPackages(root)) {
    const name = key.slice(0, key.lastIndexOf('@'))
    const licence = SAID_ELSEWHERE[name] || installed.get(key) || known.get(name) || askRegistry(key)
    const before = rows.get(name)
    rows.set(name, before === undefined || before === licence ? licence : `${before} AND ${licence}`)
  }
  const shipped = [...rows].map(([name, licence]) => ({ name, licence }))
  refuseOthers(shipped)
  const lines = shipped
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, licence }) => `| \`${name}\` | ${licence} |`)
  return ['| Package | Licence |', '|---|---|', ...lines].join('\n')
}

function refuseOthers(shipped: Shipped[]): void {
  const refused = shipped.filter((one) => !isAllowed(one))
  if (refused.length === 0) return
  throw new Error(
    'What runs with Lupa may be used under permissive licences only. Take something else, or say in ' +
      `scripts/licences/licences-table.ts why it may be here:\n${refused
        .map(({ name, licence }) => `  ${name}: ${licence || 'says nothing of its licence'}`)
        .join('\n')}`,
  )
}

export function isAllowed({ name, licence }: Shipped): boolean {
  const besides = ALLOWED_BESIDES.filter((one) => one.name.test(name)).map((one) => one.licence)
  try {
    return satisfies(licence, [...ALLOWED, ...besides])
  } catch {
    return false
  }
}

/** What is for another platform, and new: once, when the table is written. */
function askRegistry(key: string): string {
  const { status, stdout } = spawnSync('npm', ['view', key, 'license', 'licenses', '--json'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`The registry does not say what licence ${key} has: try again.`)
  const answer: unknown = stdout === '' ? '' : JSON.parse(stdout)
  return typeof answer === 'string' ? answer : licenceOf(answer as never)
}
