import type { Receiver } from '../jobs/delivery-store.ts'

/** After so long without one success, a receiver is given up. */
const PATIENCE_MS = 5 * 24 * 3_600_000

export const HEALTHY: Receiver = { failingSince: null, disabledAt: null, reason: null }

/** How a receiver stands after a try that failed. The same object when nothing has changed. */
export function afterFailure(
  before: Receiver,
  { status, at }: { status: number | null; at: Date },
): Receiver {
  if (before.disabledAt) return before
  const failingSince = before.failingSince ?? at.toISOString()
  const disabledAt = at.toISOString()
  if (status === 410) return { failingSince, disabledAt, reason: 'The receiver answered 410 (gone).' }
  if (at.getTime() - Date.parse(failingSince) >= PATIENCE_MS) {
    return { failingSince, disabledAt, reason: `Every try since ${failingSince} has failed.` }
  }
  return before.failingSince ? before : { ...before, failingSince }
}

/** As is said in the log of a delivery that is not made. */
export function whyDisabled({ reason }: Receiver): string {
  return (
    `Webhooks to this URL are switched off: ${reason ?? ''} ` +
    'A test (POST /v1/webhooks/test) or a redelivery that succeeds switches them on again.'
  )
}
