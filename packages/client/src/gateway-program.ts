import { Scope } from '@lupa/core/domain/scope'
import { FORMAT_NAMES } from '@lupa/core/formats/formats'
import { Command, Option } from 'commander'
import { type CreateKeyOptions, createKey } from './commands/create-key.ts'
import { type ListKeysOptions, listKeys } from './commands/list-keys.ts'
import { type ListModelsOptions, listModels } from './commands/list-models.ts'
import { type PredictOptions, predict } from './commands/predict.ts'
import { type PromoteModelOptions, promoteModel } from './commands/promote-model.ts'
import { type RevokeKeyOptions, revokeKey } from './commands/revoke-key.ts'
import { type RotateKeyOptions, rotateKey } from './commands/rotate-key.ts'
import type { ClientConfig } from './config.ts'
import { EXIT } from './exit-codes.ts'
import { count, hours, images, list, seconds, share, url } from './option-values.ts'
import type { Terminal } from './terminal.ts'

export interface ProgramDeps {
  config: ClientConfig
  terminal: Terminal
}

/**
 * The commands that need a gateway and nothing else of Lupa's. Parsing throws a CommanderError where it was not
 * typed as it should be.
 */
export function createGatewayProgram(deps: ProgramDeps): Command {
  const program = new Command('lupa')
    .description('Lupa from the command line.')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(lupa --help says what there is)')
    .addHelpText('after', AFTER_HELP)
  addPredictCommand(program, deps)
  addModelCommands(program, deps)
  addKeyCommands(program, deps)
  return program
}

const AFTER_HELP = `
Settings:
  LUPA_URL      the gateway; default: http://localhost:5000
  LUPA_API_KEY  an API key; or API_USERNAME and API_PASSWORD

Ends with 0 when all went well, 1 when something failed, 2 when it was not typed as it should be,
3 when no gateway answers, 4 when the gateway refuses.`

function addPredictCommand(program: Command, deps: ProgramDeps): void {
  atGateway(program.command('predict <image...>'))
    .description('run a model on images: files, folders, patterns, addresses, or - for standard input')
    .option('--model <model>', 'name, name@version or name@alias; default: that of the gateway')
    .option('--conf <confidence>', 'leave out detections below', share)
    .option('--iou <overlap>', 'of two boxes that overlap more, only the surer one', share)
    .option('--max-det <n>', 'at most so many detections', count)
    .option('--classes <names>', 'only these, by comma', list)
    .option('--tags <words>', 'to find the jobs by, by comma', list)
    .addOption(new Option('--priority <priority>', 'who waits').choices(['interactive', 'bulk']))
    .option('--no-cache', 'compute anew what was seen before')
    .option('--concurrency <n>', 'images under way at a time', count, 4)
    .option('--timeout <seconds>', 'an image may take', seconds, 300)
    .option('--save <folder>', 'a file there for each image; those that are there already are not done again')
    .addOption(new Option('--format <format>', 'of those files, or of what is printed').choices(FORMAT_NAMES))
    .option('--overwrite', 'do again what is in the folder already')
    .addHelpText('after', PREDICT_EXAMPLES)
    .action(async (wanted: string[], options: PredictOptions) => {
      if (!(await predict(wanted, options, deps))) process.exitCode = EXIT.failed
    })
}

const PREDICT_EXAMPLES = `
Examples:
  lupa predict photo.jpg
  lupa predict photos/ --model bottles --conf 0.5 --save out/
  lupa predict https://example.com/photo.jpg --json | jq .prediction
  cat photo.jpg | lupa predict -`

function addModelCommands(program: Command, deps: ProgramDeps): void {
  const models = program.command('models').description('the models that can be run')
  models
    .command('list')
    .description('what there is: in MODELS_DIR, or at a running gateway')
    .option('--url <url>', 'the gateway to ask; default: LUPA_URL, else the folder', url)
    .option('--json', 'the list as JSON')
    .action((options: ListModelsOptions) => listModels(options, deps))

  atGateway(models.command('promote <model>'))
    .description('let a version (name@version) answer for its model, at a running gateway')
    .option('--alias <alias>', 'that is to mean this version', 'stable')
    .option('--wait <seconds>', 'how long workers may take to load it first; 0 is not at all', seconds, 30)
    .action((model: string, options: PromoteModelOptions) => promoteModel(model, options, deps))
}

function addKeyCommands(program: Command, deps: ProgramDeps): void {
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
    .option('--url <url>', 'the gateway; default: LUPA_URL, else http://localhost:5000', url)
    .option('--json', 'for programs: JSON')
}
