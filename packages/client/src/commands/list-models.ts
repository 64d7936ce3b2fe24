import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import type { FoundModel } from '@lupa/core/models/model-package'
import type { ClientConfig } from '../config.ts'
import { formatTable } from '../format-table.ts'
import type { GatewayModel } from '../gateway.ts'
import { openLupa } from '../open-lupa.ts'
import type { Terminal } from '../terminal.ts'
import { formatBytes } from '../units.ts'

export interface ListModelsOptions {
  url?: string
  json?: boolean
}

/** `lupa models list`: what can be run, from the folder or from a running gateway. */
export async function listModels(
  { url, json }: ListModelsOptions,
  { config, terminal }: { config: ClientConfig; terminal: Terminal },
): Promise<void> {
  const gateway = url ?? config.gateway.url
  const models = gateway
    ? await openLupa({ url: gateway }, config).models()
    : (await createFolderModelCatalog({ directory: config.modelsDirectory }).list()).map(toListed)
  if (json) return terminal.printJson(models)

  const where = gateway ?? config.modelsDirectory
  if (models.length === 0) {
    return terminal.print(
      `There is no model at ${where}. Put one there: lupa models add best.onnx --name my-model --version 1`,
    )
  }
  const rows = models.map((model) => [
    model.name,
    model.version,
    (model.aliases ?? []).join(', '),
    model.task ?? '–',
    model.classes ? `${model.classes.length}` : '–',
    model.imgsz ? `${model.imgsz.width}×${model.imgsz.height}` : '–',
    model.bytes === null ? '–' : formatBytes(model.bytes),
    model.digest?.replace('sha256:', '').slice(0, 12) ?? '–',
    model.licence?.replace(/ *\(.*\)/, '') ?? '–',
    model.available ? terminal.good('yes') : terminal.bad('no'),
  ])
  const header = [
    'NAME',
    'VERSION',
    'ALIASES',
    'TASK',
    'CLASSES',
    'IMGSZ',
    'SIZE',
    'SHA-256',
    'LICENCE',
    'RUNS',
  ]
  const hasAliases = models.some(({ aliases }) => aliases?.length)
  const shown = ([name, version, aliases, ...rest]: string[]) =>
    [name, version, ...(hasAliases ? [aliases] : []), ...rest] as string[]
  for (const [index, line] of formatTable(shown(header), rows.map(shown)).entries()) {
    terminal.print(index === 0 ? terminal.dim(line) : line)
  }
  for (const { name, version, failure } of models) {
    if (failure) terminal.print(`\n${terminal.bad(`${name}@${version}`)}: ${failure}`)
  }
}

function toListed({ name, version, package: model, failure }: FoundModel): Omit<GatewayModel, 'default'> {
  return {
    name,
    version,
    available: failure === null,
    failure,
    task: model?.task ?? null,
    classes: model?.names ?? null,
    imgsz: model?.imgsz ?? null,
    digest: model?.digest ?? null,
    bytes: model?.bytes ?? null,
    licence: model?.licence ?? null,
  }
}
