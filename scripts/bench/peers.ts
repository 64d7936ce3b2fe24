import type { LoadRequest } from './processes/load.ts'
import type { Side } from './side.ts'
import type { Rig } from './workload.ts'

/** The other services that were asked for, on the same model, each started and left running till the end. */
export async function peerSides(
  _rig: Rig,
  _on: { model: string; load: Omit<LoadRequest, 'seconds'> },
  _stack: AsyncDisposableStack,
): Promise<Side[]> {
  return []
}
