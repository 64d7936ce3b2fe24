import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Language, type Node, Parser } from 'web-tree-sitter'

export interface BicepFile {
  /** Lines that are not Bicep. */
  faults: string[]
  /** Those that are made here, nested ones too; not those that only have to exist. */
  resources: { type: string; text: string }[]
  params: { name: string; isRequired: boolean; isSecure: boolean; minLength: number }[]
  outputs: string[]
  modules: { symbol: string; path: string; params: string[] }[]
  text: string
}

await Parser.init()
const grammar = createRequire(import.meta.url).resolve('tree-sitter-bicep/tree-sitter-bicep.wasm')
const parser = new Parser()
parser.setLanguage(await Language.load(grammar))

export function readBicep(file: string): BicepFile {
  const text = readFileSync(file, 'utf8')
  const root = parser.parse(text)?.rootNode
  if (!root) throw new Error(`${file} cannot be parsed`)
  const nodes = descendants(root)
  const of = (type: string) => nodes.filter((node) => node.type === type)
  return {
    text,
    faults: nodes
      .filter((node) => node.isError || node.isMissing)
      .map((node) => `${file}:${node.startPosition.row + 1}: ${node.text.slice(0, 80)}`),
    resources: of('resource_declaration')
      .filter((node) => !/^resource \w+ '[^']*' existing\b/.test(node.text))
      .map((node) => ({ type: /'([^']*)'/.exec(node.text)?.[1] ?? '', text: node.text })),
    params: of('parameter_declaration').map((node) => ({
      name: node.namedChild(0)?.text ?? '',
      isRequired: !/^param \w+ \w+ = /.test(node.text.replace(/^(?:@.*\n)+/, '')),
      isSecure: /@secure\(\)/.test(decorated(node)),
      minLength: Number(/@minLength\((\d+)\)/.exec(decorated(node))?.[1] ?? 0),
    })),
    outputs: of('output_declaration').map((node) => node.namedChild(0)?.text ?? ''),
    modules: of('module_declaration').map((node) => ({
      symbol: node.namedChild(0)?.text ?? '',
      path: /'([^']*)'/.exec(node.text)?.[1] ?? '',
      params: keysOf(
        descendants(node).find((each) => each.type === 'object_property' && keyOf(each) === 'params'),
      ),
    })),
  }
}

function descendants(node: Node): Node[] {
  return [node, ...node.children.flatMap((child) => (child ? descendants(child) : []))]
}

function keyOf(property: Node): string {
  return property.namedChild(0)?.text ?? ''
}

function keysOf(property: Node | undefined): string[] {
  const object = property?.namedChildren.find((child) => child?.type === 'object')
  return (object?.namedChildren ?? []).flatMap((child) =>
    child?.type === 'object_property' ? [keyOf(child)] : [],
  )
}

/** `@secure()` and the like stand before what they are about: within it, or as siblings. */
function decorated(node: Node): string {
  let text = node.text
  for (
    let before = node.previousSibling;
    before && /decorator/.test(before.type);
    before = before.previousSibling
  ) {
    text += before.text
  }
  return text
}
