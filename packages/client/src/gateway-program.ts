import { Scope } from '@lupa/core/domain/scope'
import { FORMAT_NAMES } from '@lupa/core/formats/formats'
import { Command, Option } from 'commander'
import { type BenchOptions, bench } from './commands/bench.ts'
import { type ChangeJobsOptions, cancelJobs, deleteJobs, retryJobs } from './commands/change-jobs.ts'
import { type CreateKeyOptions, createKey } from './commands/create-key.ts'
import { type DeadJobsOptions, deadJobs, type ReplayJobsOptions, replayJobs } from './commands/dead-jobs.ts'
import { type DoctorOptions, doctor } from './commands/doctor.ts'
import { type ListJobsOptions, listJobs } from './commands/list-jobs.ts'
import { type ListKeysOptions, listKeys } from './commands/list-keys.ts'
import { type ListModelsOptions, listModels } from './commands/list-models.ts'
import { type ListenOptions, listen } from './commands/listen.ts'
import { type PredictOptions, predict } from './commands/predict.ts'
import { type PromoteModelOptions, promoteModel } from './commands/promote-model.ts'
import { type RevokeKeyOptions, revokeKey } from './commands/revoke-key.ts'
import { type RotateKeyOptions, rotateKey } from './commands/rotate-key.ts'
import { type ShowJobOptions, showJob } from './commands/show-job.ts'
import { type WatchOptions, watch } from './commands/watch.ts'
import {
  listDeliveries,
  redeliver,
  showSecret,
  testReceiver,
  type WebhooksOptions,
} from './commands/webhooks.ts'
import type { ClientConfig } from './config.ts'
import { EXIT } from './exit-codes.ts'
import { count, hours, images, list, port, positive, seconds, share, url } from './option-values.ts'
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
  addJobCommands(program, deps)
  addWebhookCommands(program, deps)
  addTrialCommands(program, deps)
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
    .option('--direct', 'put images where they are kept, past the gateway; default: those above 4 MiB')
    .option('--no-direct', 'send all through the gateway')
    .option('--concurrency <n>', 'images under way at a time', count, 4)
    .option('--timeout <seconds>', 'an image may take', seconds, 300)
    .option('--save <folder>', 'a file there for each image; those that are there already are not done again')
    .addOption(new Option('--format <format>', 'of those files, or of what is printed').choices(FORMAT_NAMES))
    .option('--overwrite', 'do again what is in the folder already')
    .addHelpText('after', PREDICT_EXAMPLES)
    .action(async (wanted: string[], options: PredictOptions) => {
      ended(await predict(wanted, options, deps))
    })
}

const PREDICT_EXAMPLES = `
Examples:
  lupa predict photo.jpg
  lupa predict photos/ --model bottles --conf 0.5 --save out/
  lupa predict https://example.com/photo.jpg --json | jq .prediction
  cat photo.jpg | lupa predict -`

const STATUSES = ['queued', 'running', 'succeeded', 'failed', 'canceled', 'expired']

function addJobCommands(program: Command, deps: ProgramDeps): void {
  const jobs = program.command('jobs').description('jobs: list, show, cancel, retry, delete, dead letters')
  atGateway(jobs.command('list', { isDefault: true }))
    .description('yours, the newest first')
    .addOption(new Option('--status <status>', 'only those').choices(STATUSES))
    .option('--model <name>', 'only those of a model')
    .option('--tag <word>', 'only those with a tag')
    .option('--batch <id>', 'only those of a batch')
    .option('--since <time>', 'only those accepted after, for example 2026-11-23T12:00:00Z')
    .option('--limit <n>', 'at most so many', count, 20)
    .action((options: ListJobsOptions) => listJobs(options, deps))

  atGateway(jobs.command('show <id>'))
    .description('one, with what was predicted and where its time went')
    .action((id: string, options: ShowJobOptions) => showJob(id, options, deps))

  const CHANGES = [
    ['cancel', 'stop them, whether they wait or run', cancelJobs],
    ['retry', 'run them again, under new ids', retryJobs],
    ['delete', 'erase them, their images and predictions', deleteJobs],
  ] as const
  for (const [name, about, change] of CHANGES) {
    atGateway(jobs.command(`${name} <id...>`))
      .description(about)
      .action(async (ids: string[], options: ChangeJobsOptions) => ended(await change(ids, options, deps)))
  }

  atGateway(jobs.command('dead'))
    .description('what failed for good, of all clients; for administrators')
    .option('--limit <n>', 'at most so many', count, 20)
    .action((options: DeadJobsOptions) => deadJobs(options, deps))

  atGateway(jobs.command('replay [id...]'))
    .description('run dead letters again; for administrators')
    .option('--code <error>', 'those that failed so, instead of ids')
    .option('--limit <n>', 'with --code: at most so many', count)
    .action(async (ids: string[], options: ReplayJobsOptions) => ended(await replayJobs(ids, options, deps)))

  atGateway(program.command('watch [job]'))
    .description('the queue and the newest jobs, over and over; or one job until it has ended')
    .option('--interval <seconds>', 'between two looks', positive, 1)
    .option('--count <n>', 'look only so often', count)
    .action(async (id: string | undefined, options: WatchOptions) => ended(await watch(id, options, deps)))
}

function addWebhookCommands(program: Command, deps: ProgramDeps): void {
  const webhooks = program.command('webhooks').description('receive, test and send again what tells of jobs')
  atGateway(webhooks.command('listen'))
    .description('a receiver on this machine, that verifies what comes and prints it')
    .option('--port <port>', 'to listen at; 0 is any free one', port, 3000)
    .option('--host <host>', 'to listen at', '127.0.0.1')
    .option('--forward <url>', 'pass on what is verified, and answer as that answers', url)
    .option('--count <n>', 'end after so many', count)
    .option('--test', 'have the gateway send a test')
    .action((options: ListenOptions) => listen(options, deps))

  atGateway(webhooks.command('secret'))
    .description('what your webhooks are signed with')
    .option('--rotate', 'replace it; the one before signs too for 24 hours')
    .action((options: WebhooksOptions & { rotate?: boolean }) => showSecret(options, deps))

  atGateway(webhooks.command('test <receiver>'))
    .description('send a test there now, and see what it answers')
    .action(async (receiver: string, options: WebhooksOptions) =>
      ended(await testReceiver(receiver, options, deps)),
    )

  atGateway(webhooks.command('deliveries'))
    .description('what was sent, and how that went')
    .option('--job <id>', 'only of a job')
    .option('--limit <n>', 'at most so many', count, 20)
    .action((options: WebhooksOptions & { job?: string; limit: number }) => listDeliveries(options, deps))

  atGateway(webhooks.command('redeliver <id>'))
    .description('send a delivery again, or the newest of a job')
    .action((id: string, options: WebhooksOptions) => redeliver(id, options, deps))
}

function addTrialCommands(program: Command, deps: ProgramDeps): void {
  atGateway(program.command('doctor'))
    .description('look whether an installation works, and say what to do where it does not')
    .action(async (options: DoctorOptions) => ended(await doctor(options, deps)))

  atGateway(program.command('bench [image...]'))
    .description('a bounded load: rate, percentiles, and where the time goes')
    .option('--rate <images>', 'a second, steadily; default: as fast as they are answered', positive)
    .option('--concurrency <n>', 'images under way at a time', count, 8)
    .option('--duration <seconds>', 'at most', seconds, 10)
    .option('--count <n>', 'images at most', count, 10_000)
    .option('--model <model>', 'name, name@version or name@alias')
    .addHelpText('after', BENCH_EXAMPLES)
    .action(async (wanted: string[], options: BenchOptions) => ended(await bench(wanted, options, deps)))
}

const BENCH_EXAMPLES = `
Each image is sent in bytes of its own, so that none is answered from the cache. The jobs have the tag
lupa-bench and are erased after a minute. A limit of images per minute (429) counts as failures.

Examples:
  lupa bench photos/ --duration 30
  lupa bench photos/ --rate 20 --model bottles --json`

function ended(isWell: boolean): void {
  if (!isWell) process.exitCode = EXIT.failed
}

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
