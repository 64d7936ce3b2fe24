import { Manifest } from '@lupa/core/models/manifest'
import { UsageError } from './command-error.ts'

/** What a person says of a model on the command line. */
export interface ManifestOptions {
  task?: string
  names?: string
  imgsz?: string
  licence?: string
  description?: string
}

/** The options as a manifest; what is not said is left out. Throws where a value is wrong. */
export function toManifest({ task, names, imgsz, licence, description }: ManifestOptions): Manifest {
  const said = {
    task,
    names: names?.split(',').map((name) => name.trim()),
    imgsz: imgsz === undefined ? undefined : toSides(imgsz),
    licence,
    description,
  }
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  const parsed = Manifest.safeParse(given)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => {
    const option = String(path[0])
    return `--${option} ${JSON.stringify({ task, names, imgsz }[option])}: ${message}`
  })
  throw new UsageError(faults.join('\n'))
}

/** `640`, or height and width as `384x640`. */
function toSides(text: string): number | number[] {
  const sides = text.split(/[x×,]/i).map(Number)
  const [side] = sides
  return sides.length === 1 && side !== undefined ? side : sides
}
