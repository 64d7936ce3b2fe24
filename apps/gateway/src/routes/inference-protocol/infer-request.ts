import { LupaError } from '@lupa/core/domain/errors'
import { z } from 'zod'
import { ViewParameters } from '../../parameters.ts'
import { decodeBase64 } from '../../plugins/uploads.ts'

/** https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md */
const Request = z.object({
  id: z.string().max(256).optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  inputs: z
    .array(
      z.object({
        name: z.string(),
        shape: z.array(z.int()),
        datatype: z.string(),
        parameters: z.object({ binary_data_size: z.int().min(0).optional() }).optional(),
        data: z.array(z.unknown()).optional(),
      }),
    )
    .min(1),
  outputs: z
    .array(
      z.object({
        name: z.string(),
        parameters: z.object({ binary_data: z.boolean().optional() }).optional(),
      }),
    )
    .optional(),
})
type Request = z.output<typeof Request>
type Input = Request['inputs'][number]

export interface InferRequest {
  id: string | undefined
  image: Buffer
  /** How the prediction is to be looked at. */
  parameters: Record<string, unknown>
  wishes: OutputWishes
}

export interface OutputWishes {
  /** Null: all there are. */
  names: string[] | null
  isBinary: (name: string) => boolean
}

const ABOUT =
  'Send one input, of datatype BYTES and shape [1]: the encoded image (JPEG, PNG, …), as binary data or as base64.'

/** @param headerLength `Inference-Header-Content-Length`: how much of the body is JSON; the rest is binary data */
export function readInferRequest(body: Buffer, headerLength: string | undefined): InferRequest {
  const jsonBytes = headerLength === undefined ? body.length : Number(headerLength)
  if (!Number.isInteger(jsonBytes) || jsonBytes < 0 || jsonBytes > body.length) {
    throw malformed(`Inference-Header-Content-Length is ${headerLength}, of a body of ${body.length} bytes.`)
  }
  const request = parse(body.subarray(0, jsonBytes))
  const { id, inputs, outputs, parameters = {} } = request
  const [input] = inputs
  if (inputs.length !== 1 || !input) throw malformed(`There are ${inputs.length} inputs. ${ABOUT}`)
  const { binary_data_output: allBinary, ...rest } = parameters
  const binary = new Map(outputs?.map(({ name, parameters: wish }) => [name, wish?.binary_data]))
  return {
    id,
    image: imageOf(input, body.subarray(jsonBytes)),
    parameters: Object.fromEntries(Object.entries(rest).filter(([name]) => name in ViewParameters.shape)),
    wishes: {
      names: outputs?.map(({ name }) => name) ?? null,
      isBinary: (name) => binary.get(name) ?? allBinary === true,
    },
  }
}

function parse(json: Buffer): Request {
  let given: unknown
  try {
    given = JSON.parse(json.toString('utf8'))
  } catch (cause) {
    throw new LupaError('body_malformed', 'The body does not begin with JSON.', { cause })
  }
  const checked = Request.safeParse(given)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  throw malformed(`${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'not as it should be'}. ${ABOUT}`)
}

function imageOf({ datatype, shape, parameters, data }: Input, binary: Buffer): Buffer {
  const size = parameters?.binary_data_size
  const elements = shape.reduce((product, length) => product * length, 1)
  if (datatype === 'BYTES' && elements !== 1) throw malformed(`The input has ${elements} elements. ${ABOUT}`)
  if (size !== undefined) {
    if (size !== binary.length) {
      throw malformed(`binary_data_size is ${size}, and ${binary.length} bytes follow the JSON.`)
    }
    if (datatype === 'BYTES') return elementOf(binary)
    if (datatype === 'UINT8') return binary
  }
  if (datatype === 'BYTES' && data) return decodeBase64(data.flat(Number.POSITIVE_INFINITY)[0], 'data')
  throw malformed(`The input is ${datatype}, ${data ? 'in JSON' : 'without data'}. ${ABOUT}`)
}

/** An element of BYTES begins with its length, of four bytes, the lowest first. */
function elementOf(binary: Buffer): Buffer {
  const length = binary.length >= 4 ? binary.readUInt32LE(0) : -1
  if (length === binary.length - 4) return binary.subarray(4)
  throw malformed('The binary data is no element of BYTES: its length in four bytes, then the image.')
}

const malformed = (detail: string) => new LupaError('body_malformed', detail)
