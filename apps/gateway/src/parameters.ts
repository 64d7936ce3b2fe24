import { LupaError } from '@lupa/core/domain/errors'
import { Priority, WebhookEvent } from '@lupa/core/domain/job'
import { Params } from '@lupa/core/domain/params'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { z } from 'zod'

const CLASSES_ABOUT = 'Only detections of these classes, by name or number. Not given: all.'

/** A number that may come as text, from a query or a form. Empty text counts as not given. */
export function numeric<N extends z.ZodType>(schema: N) {
  return givenOrNot(schema, (given) => {
    if (typeof given !== 'string') return given
    const text = given.trim()
    if (text === '') return undefined
    return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : given
  })
}

/** A list that may come as one text with commas, as a JSON array in a text, or as repeated values. */
function list<L extends z.ZodType>(schema: L) {
  return givenOrNot(schema, (given) => {
    if (typeof given === 'number') return [given]
    if (typeof given !== 'string') return given
    const text = given.trim()
    if (text === '') return undefined
    return parseArray(text) ?? text.split(',').map((entry) => entry.trim())
  })
}

function parseArray(text: string): unknown[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function textual(schema: z.ZodString) {
  return givenOrNot(schema, (given) => (given === '' ? undefined : given))
}

export function chosen<C extends z.ZodEnum>(schema: C) {
  return givenOrNot(schema, (given) => (given === '' ? undefined : given))
}

/** Optional inside, for what is given but empty, and outside, so that the API's description says so. */
function givenOrNot<S extends z.ZodType>(schema: S, prepare: (given: unknown) => unknown) {
  return z.preprocess(prepare, schema.optional()).optional()
}

/** How a prediction is looked at: given with a job, or when reading one. */
export const ViewParameters = z.strictObject({
  conf: numeric(Params.shape.conf.unwrap()).describe(Params.shape.conf.description ?? ''),
  iou: numeric(Params.shape.iou.unwrap()).describe(Params.shape.iou.description ?? ''),
  max_det: numeric(Params.shape.max_det.unwrap()).describe(Params.shape.max_det.description ?? ''),
  classes: list(
    z
      .array(z.union([z.int(), z.string().min(1)]))
      .min(1)
      .max(1000),
  ).describe(CLASSES_ABOUT),
  masks: chosen(Params.shape.masks.unwrap()).describe(Params.shape.masks.description ?? ''),
})
export type ViewParameters = z.output<typeof ViewParameters>

/** What may be asked of a job, by query, form field or JSON key. */
export const SubmitParameters = ViewParameters.extend({
  model: textual(z.string().max(200)).describe(
    '`name`, `name@version` or `name@alias`; a name alone means its alias `stable`, or where there is none its highest version.',
  ),
  webhook_url: textual(z.string().max(2048)).describe('Where to POST the job once it is done.'),
  webhook_events: list(z.array(WebhookEvent).min(1).max(4)).describe(
    'Which events to send to `webhook_url`. Not given: all.',
  ),
  tags: list(z.array(z.string().min(1).max(64)).max(10)).describe(
    'Words of your own, to find jobs by: at most 10, of at most 64 characters.',
  ),
  priority: chosen(Priority).describe(
    'Who waits: `interactive` jobs (the default) go before `bulk` ones, which are not starved.',
  ),
  cancel_after_seconds: numeric(z.int().min(1).max(86_400)).describe(
    'A job that has not ended as many seconds after it was accepted ends as `expired`, with `deadline_exceeded`.',
  ),
  retention_seconds: numeric(z.int().min(0)).describe(
    'How long to keep the job and its image after it was accepted. Not given: as long as the service keeps jobs, which is also the most; a minute is the least, or `0`: until its result was handed over.',
  ),
})
export type SubmitParameters = z.output<typeof SubmitParameters>

/** Checks parameters, and names every one that is wrong: what was given, and what is allowed. */
export function checkParameters<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const checked = schema.safeParse(given)
  if (checked.success) return checked.data
  throw toInvalidParameters(checked.error, given, schema)
}

export function toInvalidParameters(error: z.ZodError, given: unknown, schema: z.ZodType): LupaError {
  return new LupaError(
    'invalid_parameter',
    error.issues.map((issue) => toSentence(issue, given, schema)).join(' '),
  )
}

function toSentence(issue: z.core.$ZodIssue, given: unknown, schema: z.ZodType): string {
  const shape = shapeOf(schema)
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((key) => show(key)).join(', ')
    return `There is no parameter ${names}; the known ones are ${Object.keys(shape).join(', ')}.`
  }
  const name = String(issue.path[0] ?? 'body')
  const value = valueAt(given, issue.path[0])
  const about = shape[name]?.description ?? ''
  return `${name}=${show(value)} is not valid: it must be ${allowed(issue)}. ${about}`.trimEnd()
}

/** Of a body that may be left out, too. */
function shapeOf(schema: z.ZodType): Record<string, z.ZodType> {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return shapeOf(schema.unwrap() as z.ZodType)
  return schema instanceof z.ZodObject ? schema.shape : {}
}

function allowed(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_big':
      return `at most ${String(issue.maximum)}${UNIT[issue.origin] ?? ''}`
    case 'too_small':
      return `at least ${String(issue.minimum)}${UNIT[issue.origin] ?? ''}`
    case 'invalid_type':
      return EXPECTED[issue.expected] ?? issue.expected
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`
    case 'invalid_union':
      return 'made of names or whole numbers'
    default:
      return issue.message
  }
}

const UNIT: Record<string, string> = { string: ' characters', array: ' entries' }

const EXPECTED: Record<string, string> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text, given once',
  array: 'a list',
  object: 'an object',
}

function valueAt(given: unknown, key: PropertyKey | undefined): unknown {
  return typeof given === 'object' && given !== null && key !== undefined ? Reflect.get(given, key) : given
}

/** A value as the client gave it, short enough for a message. */
export function show(value: unknown): string {
  const shown = JSON.stringify(value) ?? 'nothing'
  return shown.length > 100 ? `${shown.slice(0, 100)}…` : shown
}

/** The parameters a prediction is looked at with: those given, over `base`; class names become numbers. */
export function resolveParams(given: ViewParameters, base: Params, classNames: ClassNames): Params {
  return {
    conf: given.conf ?? base.conf,
    iou: given.iou ?? base.iou,
    max_det: given.max_det ?? base.max_det,
    classes: given.classes ? resolveClasses(given.classes, classNames) : base.classes,
    ...toMasks(given.masks ?? base.masks),
  }
}

/** Only a segment model has masks: nothing is said of them where nothing was asked. */
const toMasks = (masks: Params['masks']) => (masks === undefined ? {} : { masks })

/** Class names by class number. `isComplete`: there are no classes beside these. */
export interface ClassNames {
  names: ReadonlyMap<number, string>
  isComplete: boolean
}

export function classNamesOf(model: ModelPackage): ClassNames {
  return { names: new Map(model.names.entries()), isComplete: true }
}

const MAX_LISTED = 20

function resolveClasses(wanted: (string | number)[], { names, isComplete }: ClassNames): number[] {
  const numbers = wanted.map((one) => {
    const number = toClassNumber(one, names)
    if (number === undefined || number < 0 || (isComplete && !names.has(number)))
      throw unknownClass(one, names)
    return number
  })
  return [...new Set(numbers)].toSorted((a, b) => a - b)
}

function toClassNumber(one: string | number, names: ReadonlyMap<number, string>): number | undefined {
  if (typeof one === 'number') return one
  if (/^\d{1,9}$/.test(one)) return Number(one)
  const matches = (name: string) => name.toLowerCase() === one.toLowerCase()
  return [...names].find(([, name]) => name === one)?.[0] ?? [...names].find(([, name]) => matches(name))?.[0]
}

function unknownClass(one: string | number, names: ReadonlyMap<number, string>): LupaError {
  const listed = [...names].slice(0, MAX_LISTED).map(([number, name]) => `${number} ${name}`)
  const more = names.size > MAX_LISTED ? ` and ${names.size - MAX_LISTED} more: GET /v1/models lists all` : ''
  return new LupaError(
    'invalid_parameter',
    `classes: the model has no class ${show(one)}. It has ${listed.join(', ')}${more}.`,
  )
}
