import { Scope } from '@lupa/core/domain/scope'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type AddModelOptions, addModel } from './commands/add-model.ts'
import { type CheckModelOptions, checkModel } from './commands/check-model.ts'
import { type CreateKeyOptions, createKey } from './commands/create-key.ts'
import { type ListKeysOptions, listKeys } from './commands/list-keys.ts'
import { type ListModelsOptions, listModels } from './commands/list-models.ts'
import { type PromoteModelOptions, promoteModel } from './commands/promote-model.ts'
import { type QuantizeModelOptions, quantizeModel } from './commands/quantize-model.ts'
import { type RevokeKeyOptions, revokeKey } from './commands/revoke-key.ts'
import { type RotateKeyOptions, rotateKey } from './commands/rotate-key.ts'
import type { ClientConfig } from './config.ts'
import { CALIBRATION_METHODS } from './quantize/run-quantizer.ts'
import type { Terminal } from './terminal.ts'

interface Deps {
  config: ClientConfig
  terminal: Terminal
}

/** The whole command line. Parsing it throws a CommanderError where it was not typed as it should be. */
export function createLupaProgram(deps: Deps): Command {
  const program = new Command('lupa')
    .description('Lupa from the command line.')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(lupa --help says what there is)')
  const models = program.command('models').description('the models that can be run')

  models
    .command('list')
    .description('what there is: in MODELS_DIR, or at a running gateway')
    .option('--url <url>', 'the gateway to ask; default: LUPA_URL, else the folder', url)
    .option('--json', 'the list as JSON')
    .action((options: ListModelsOptions) => listModels(options, deps))

  withCheckOptions(models.command('check <model>'))
    .description('what a model is, and what Lupa makes of it: an .onnx file, or a name (with @version)')
    .action(async (model: string, options: CheckModelOptions) => {
      if (!(await checkModel(model, options, deps))) process.exitCode = 1
    })

  withCheckOptions(models.command('add <file>'))
    .description('make an .onnx file a version of a model, if it can be served')
    .requiredOption('--name <name>', 'of the model')
    .requiredOption('--version <version>', 'of the model: a new one for every change')
    .option('--licence <licence>', 'under which it may be used, for example AGPL-3.0')
    .option('--description <text>', 'what it is')
    .action((file: string, options: AddModelOptions) => addModel(file, options, deps))

  models
    .command('quantize <model>')
    .description('an int8 version beside the float one: about twice as fast, if it still says the same')
    .option('--calibration <dir>', 'pictures as the model will see them; a third is kept to judge by')
    .option('--calibration-jobs <n>', 'the images of the newest n jobs of the model instead', count)
    .option('--evaluate <dir>', 'pictures to judge by, instead of that third')
    .addOption(
      new Option('--method <method>', 'how the range of the numbers is found')
        .choices(CALIBRATION_METHODS)
        .default('percentile'),
    )
    .option('--min-agreement <share>', 'refuse to install it below', share, 0.9)
    .option('--min-speedup <ratio>', 'refuse to install it below', positive, 1.1)
    .option('--version <version>', 'of the new one; default: the float one’s and -int8')
    .option('--rounds <n>', 'runs of each model to compare their speed', count, 30)
    .option('--threads <n>', 'of each model', count, 1)
    .option('--url <url>', 'the gateway whose jobs to take; default: the stores themselves', url)
    .option('--json', 'the report as JSON')
    .action((model: string, options: QuantizeModelOptions) => quantizeModel(model, options, deps))

  models
    .command('promote <model>')
    .description('let a version (name@version) answer for its model, at a running gateway')
    .option('--alias <alias>', 'that is to mean this version', 'stable')
    .option('--wait <seconds>', 'how long workers may take to load it first; 0 is not at all', seconds, 30)
    .option('--url <url>', 'the gateway; default: LUPA_URL', url)
    .option('--json', 'the model as JSON')
    .action((model: string, options: PromoteModelOptions) => promoteModel(model, options, deps))

  addKeyCommands(program, deps)
  return program
}

function addKeyCommands(program: Command, deps: Deps): void {
  const keys = program.command('keys').description('API keys at a running gateway, for its administrators')
  atGateway(keys.command('create <client>'))
    .description('a new key; the key itself goes to standard output, once')
    .option('--name <name>', 'what it is for; default: the client')
    .option('--scopes <scopes>', `by comma: ${Scope.options.join(', ')}`, list)
    .option('--expires <days>', 'after which it is not good any more', count)
    .option('--rate-limit <images>', 'a minute, of this key alone; 0 is no limit', images)
    .action((client: string, options: CreateKeyOptions) => createKey(client, options, deps))

  atGateway(keys.command('list'))
    .description('what keys there are, whose, and when they were used last')
    .action((options: ListKeysOptions) => listKeys(options, deps))

  atGateway(keys.command('rotate <key>'))
    .description('the same key with a new secret: its id, or the key as it is')
    .option('--overlap <hours>', 'how long it stays good as it was', hours, 24)
    .action((key: string, options: RotateKeyOptions) => rotateKey(key, options, deps))

  atGateway(keys.command('revoke <key>'))
    .description('a key that is to be refused: its id, or the key as it is')
    .action((key: string, options: RevokeKeyOptions) => revokeKey(key, options, deps))
}

function atGateway(command: Command): Command {
  return command
    .option('--url <url>', 'the gateway; default: LUPA_URL')
    .option('--json', 'the answer of the gateway as JSON')
}

function withCheckOptions(command: Command): Command {
  return command
    .option('--image <file>', 'a picture to try it on; default: a sample')
    .option('--runs <n>', 'how often to run it for its time', count, 10)
    .option('--threads <n>', 'of the model', count, 1)
    .option('--task <task>', 'where the file does not say: classify, detect, segment, pose or obb')
    .option('--names <names>', 'class names by comma, where the file does not say')
    .option('--imgsz <pixels>', 'what it takes, 640 or HEIGHTxWIDTH, where the file does not say')
    .option('--json', 'the check as JSON')
}

function url(text: string): string {
  const parsed = URL.parse(text)
  if (parsed && /^https?:$/.test(parsed.protocol)) return text
  throw new InvalidArgumentError(`--url ${JSON.stringify(text)} is no http:// or https:// address.`)
}

function count(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= 10_000) return value
  throw new InvalidArgumentError('A whole number from 1 to 10000 is needed.')
}

function seconds(text: string): number {
  return wholeNumber(text, 'A whole number of seconds is needed.')
}

function images(text: string): number {
  return wholeNumber(text, 'A whole number of images is needed.')
}

function wholeNumber(text: string, complaint: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= 0) return value
  throw new InvalidArgumentError(complaint)
}

function hours(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 720) return value
  throw new InvalidArgumentError('A number of hours from 0 to 720 is needed.')
}

const list = (text: string) => text.split(',').map((word) => word.trim())

function share(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('A number from 0 to 1 is needed, for example 0.9.')
}

function positive(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('A number is needed, for example 1.5.')
}
