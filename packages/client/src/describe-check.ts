import type { ModelCheck, TensorSignature } from '@lupa/core/models/model-reports'
import type { Terminal } from './terminal.ts'
import { formatBytes, formatShare } from './units.ts'

/** A check for people: one fact a line. */
export function describeCheck(check: ModelCheck, terminal: Terminal): string[] {
  const { model, plan, trial, failure } = check
  const facts: [string, string][] = [
    ['file', `${check.path}, ${formatBytes(check.bytes)}`],
    ['made by', `${check.producer || 'not said'}, opset ${check.opset ?? 'not said'}`],
    ...check.inputs.map((tensor): [string, string] => ['takes', describeTensor(tensor)]),
    ...check.outputs.map((tensor): [string, string] => ['gives', describeTensor(tensor)]),
  ]
  if (model) {
    facts.push(
      ['task', model.task],
      ['classes', describeNames(model.names)],
      ['licence', model.licence ?? 'not said'],
    )
  }
  if (plan) {
    const size = plan.size === 'any' ? 'any size' : 'one size'
    const batch = `${plan.batch === 'any' ? 'any number of pictures' : plan.batch === 1 ? 'one picture' : `${plan.batch} pictures`} at once`
    facts.push(
      ['input', `${size}, ${batch}`],
      ['fit', plan.fit],
      ['decode', plan.decode],
      ['suppression', plan.suppression],
    )
  }
  if (trial) {
    facts.push(
      ['tried on', `${trial.image}, ${trial.width} × ${trial.height}: ${describeItems(trial)}`],
      [
        'time',
        `${trial.model_ms} ms the model, ${trial.whole_ms} ms the whole (median of ${trial.runs}, ${trial.threads} ${trial.threads === 1 ? 'thread' : 'threads'})`,
      ],
    )
  }
  const width = Math.max(...facts.map(([label]) => label.length))
  const lines = facts.map(([label, value]) => `${terminal.dim(label.padEnd(width))}  ${value}`)
  const verdict =
    failure === null
      ? terminal.good('It can be served.')
      : `${terminal.bad('It cannot be served.')} ${failure}`
  return [...lines, '', verdict]
}

function describeTensor({ name, type, shape }: TensorSignature): string {
  return `${name}: ${type} [${shape.map((length) => (length === '' ? '?' : length)).join(', ')}]`
}

const SHOWN_NAMES = 8

function describeNames(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_NAMES).join(', ')
  return names.length > SHOWN_NAMES
    ? `${names.length}: ${shown} and ${names.length - SHOWN_NAMES} more`
    : `${names.length}: ${shown}`
}

function describeItems({ items, itemCount }: NonNullable<ModelCheck['trial']>): string {
  if (itemCount === 0) return 'nothing found'
  const shown = items.map(({ name, confidence }) => `${name} ${formatShare(confidence)}`).join(', ')
  return itemCount > items.length ? `${shown} and ${itemCount - items.length} more` : shown
}
