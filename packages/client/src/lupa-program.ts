import { type Command, Option } from 'commander'
import { type AddModelOptions, addModel } from './commands/add-model.ts'
import { type CheckModelOptions, checkModel } from './commands/check-model.ts'
import { type PlanOptions, plan } from './commands/plan.ts'
import { type QuantizeModelOptions, quantizeModel } from './commands/quantize-model.ts'
import { type TuneModelOptions, tuneModel } from './commands/tune-model.ts'
import { createGatewayProgram, type ProgramDeps } from './gateway-program.ts'
import { above, count, positive, seconds, share, url, usable } from './option-values.ts'
import { CALIBRATION_METHODS } from './quantize/run-quantizer.ts'

/** The whole command line: beside what the published one has, what runs models here. */
export function createLupaProgram(deps: ProgramDeps): Command {
  const program = createGatewayProgram(deps)
  const models = program.commands.find((command) => command.name() === 'models') as Command

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

  program
    .command('tune [model]')
    .description('measure which slots, threads and batch this machine is fastest with')
    .option('--image <file>', 'a picture like those that come; default: a sample')
    .option('--seconds <n>', 'of each way, in each round', positive, 3)
    .option('--rounds <n>', 'of all ways, in turns', count, 3)
    .option('--write [file]', 'write the best into a file of settings; default: .env')
    .option('--json', 'what was measured, as JSON')
    .action((model: string | undefined, options: TuneModelOptions) => tuneModel(model, options, deps))

  program
    .command('plan')
    .description(
      'what a load takes: workers, gateways, Redis, Cosmos DB, Blob Storage, from what was measured',
    )
    .requiredOption('--rps <n>', 'images a second', above)
    .option('--model <name>', 'the model; default: DEFAULT_MODEL')
    .option('--image <file>', 'a picture like those that come; default: a sample')
    .option('--image-size, --image-bytes <n>', 'of each picture that comes; default: as the picture’s', above)
    .option('--cores <n>', 'of each worker', count, 2)
    .option('--busy <share>', 'of what there is that may be in use', usable, 0.7)
    .option('--retention-days <n>', 'how long jobs and images are kept', positive, 30)
    .option('--cache-seconds <n>', 'RESULT_CACHE_SECONDS', seconds, 86_400)
    .option('--queue-limit <n>', 'QUEUE_LIMIT', above, 10_000)
    .option('--ru-per-job <n>', 'request units that a job took where it was measured', above)
    .option('--runs <n>', 'of the model, to measure it', count, 10)
    .option('--prices <file>', 'deploy/azure/prices.json, filled in')
    .option('--json', 'the plan as JSON')
    .action((options: PlanOptions) => plan(options, deps))

  return program
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
