import { z } from 'zod'
import { Task } from '../domain/prediction.ts'

const Names = z
  .union([z.array(z.string()), z.record(z.string(), z.string())])
  .describe('Class names: a list, or by class number.')

const Pixels = z.int().positive()
const ImageSize = z
  .union([Pixels, z.tuple([Pixels]), z.tuple([Pixels, Pixels])])
  .describe('What the model takes, in pixels: one number, or [height, width].')

/** How an image is brought to a classifier's size: cut to its middle, or the whole of it on grey. */
export const Fit = z.enum(['crop', 'pad'])
export type Fit = z.output<typeof Fit>

const Corner = z.number()

/** A picture that the model must know, and what it must say of it. */
const SelfTestSample = z.strictObject({
  image: z.string().min(1).describe("Relative to the version's folder, within the model's."),
  prediction: z.string().nullable().describe('The surest class; null when nothing is to be found.'),
  confidence: z.number().min(0).max(1).nullable(),
  box: z
    .strictObject({ x1: Corner, y1: Corner, x2: Corner, y2: Corner })
    .optional()
    .describe('Of the surest item, in pixels.'),
})

/**
 * `manifest.json` beside a `model.onnx`: what a person says of the model. All of it is optional where
 * the ONNX metadata says it already, and wins over that.
 */
export const Manifest = z.looseObject({
  name: z.string().optional(),
  version: z.string().optional(),
  task: Task.optional(),
  names: Names.optional(),
  imgsz: ImageSize.optional(),
  stride: z.int().positive().optional(),
  fit: Fit.optional(),
  kpt_shape: z
    .tuple([z.int().positive(), z.union([z.literal(2), z.literal(3)])])
    .optional()
    .describe('How many keypoints a pose has, and of how many numbers: x, y, and how surely it is seen.'),
  end2end: z.boolean().optional().describe('The model suppresses by itself.'),
  licence: z.string().optional(),
  description: z.string().optional(),
  sha256: z
    .string()
    .regex(/^(sha256:)?[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits')
    .optional()
    .describe('SHA-256 of model.onnx; a file that has another is not served.'),
  metrics: z.record(z.string(), z.unknown()).optional().describe('What was measured, and on what.'),
  trained_on: z.unknown().optional().describe('What it has learnt from.'),
  limits: z.unknown().optional().describe('What it cannot do.'),
  self_test: z.array(SelfTestSample).optional(),
})
export type Manifest = z.output<typeof Manifest>

/** The manifest is wrong; the message says where. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
}

export function parseManifest(text: string): Manifest {
  const parsed = Manifest.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`,
  )
  throw new ManifestError(faults.join('; '))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw new ManifestError(`it is no JSON (${(thrown as Error).message})`)
  }
}
