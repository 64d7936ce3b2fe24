import { z } from 'zod'

/** The parameter in the address of every route of one batch. */
export const BatchId = z.object({ id: z.string().describe("The batch's id.") })
