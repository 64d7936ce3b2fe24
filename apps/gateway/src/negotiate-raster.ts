import { LupaError } from '@lupa/core/domain/errors'
import { mediaTypesOf } from './negotiate-format.ts'

/** Which of these a client wants: the one it names, else what its `Accept` header prefers, the first before others. */
export function negotiateRaster<F extends string>(
  named: F | undefined,
  accept: string | undefined,
  types: Record<F, string>,
): F {
  if (named !== undefined) return named
  const [best] = mediaTypesOf(accept, Object.values(types))
  const format = (Object.keys(types) as F[]).find((one) => types[one] === best)
  if (format !== undefined) return format
  const listed = Object.values(types).join(', ')
  throw new LupaError(
    'not_acceptable',
    `This picture comes as ${listed}, and not as ${JSON.stringify(accept?.slice(0, 200))}.`,
  )
}
