import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { JOBS_QUEUE } from '@lupa/core/jobs/bullmq-job-queue'
import { KEY_PREFIX } from '@lupa/core/jobs/redis-connection'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { GatewaySettings, readGatewayConfig } from '../../apps/gateway/src/config.ts'
import { WorkerSettings } from '../../apps/worker/src/config.ts'
import { SharedSettings } from '../../packages/core/src/runtime/settings.ts'
import { type BicepFile, readBicep } from './bicep.ts'

// Bicep cannot be compiled everywhere; a workflow does that. This is what can be known from the text.

const ROOT = resolve(import.meta.dirname, '../..')
const INFRA = join(ROOT, 'deploy/azure/infra')
const modules = Object.fromEntries(
  readdirSync(join(INFRA, 'modules')).map((file) => [
    `modules/${file}`,
    readBicep(join(INFRA, 'modules', file)),
  ]),
)
const main = readBicep(join(INFRA, 'main.bicep'))
const appService = readBicep(join(ROOT, 'deploy/azure/app-service/main.bicep'))
const files: [string, BicepFile][] = [
  ['main.bicep', main],
  ['app-service/main.bicep', appService],
  ...Object.entries(modules),
]

const resourcesOf = (path: string) =>
  modules[`modules/${path}.bicep`]?.resources.map(({ type }) => type.split('@')[0]) ?? []
const textOf = (path: string) => modules[`modules/${path}.bicep`]?.text ?? ''

test.each(files)('%s is Bicep, and holds no secret', (_, { faults, text }) => {
  expect(faults).toEqual([])
  expect(text).not.toMatch(/(?:password|key|secret)(?!Ref)\w*:\s*'[^'@]{8,}'/i)
})

test('every parameter that is a secret says so', () => {
  for (const [file, { params }] of files) {
    for (const { name, isSecure } of params.filter((each) => /password|secret$/i.test(each.name))) {
      expect({ file, name, isSecure }).toEqual({ file, name, isSecure: true })
    }
  }
})

/** `secretOrRandomPassword` in `main.parameters.json`: https://github.com/Azure/azure-dev/tree/main/cli/azd/pkg/cmdsubst */
const AZD_PASSWORD_LENGTH = 15
const GUID_LENGTH = 36

test('the secrets that azd makes are taken, and long enough for the gateway', () => {
  for (const name of ['apiPassword', 'apiKeySecret']) {
    expect(main.params.find((param) => param.name === name)?.minLength).toBe(AZD_PASSWORD_LENGTH)
  }
  const [, limit, lengthened] =
    /length\(apiKeySecret\) < (\d+) \? '([^']*)' : apiKeySecret$/m.exec(main.text) ?? []
  const isTaken = (length: number) =>
    GatewaySettings.shape.API_KEY_SECRET.safeParse('k'.repeat(length)).success
  expect([isTaken(Number(limit)), isTaken(Number(limit) - 1)]).toEqual([true, false])
  expect(lengthened).toMatch(/^\$\{apiKeySecret\}-\$\{guid\(.*\)\}$/)
  expect(isTaken(AZD_PASSWORD_LENGTH + 1 + GUID_LENGTH)).toBe(true)
})

test.each(main.modules)('$symbol is given what $path needs, and nothing else', ({ path, params }) => {
  const module = modules[path]
  const known = module?.params.map(({ name }) => name) ?? []
  expect(params.filter((name) => !known.includes(name))).toEqual([])
  const required = module?.params.filter(({ isRequired }) => isRequired).map(({ name }) => name) ?? []
  expect(required.filter((name) => !params.includes(name))).toEqual([])
})

test('every output that is used is there', () => {
  const used = Array.from(main.text.matchAll(/(\w+)\.outputs\.(\w+)/g), ([, symbol, output]) => ({
    symbol,
    output,
  }))
  expect(used.length).toBeGreaterThan(20)
  for (const { symbol, output } of used) {
    const path = main.modules.find((module) => module.symbol === symbol)?.path ?? ''
    expect(modules[path]?.outputs, `${symbol}.outputs.${output}`).toContain(output)
  }
})

test('all that Lupa runs on is made', () => {
  const made = Object.keys(modules).flatMap((path) =>
    resourcesOf(path.slice('modules/'.length, -'.bicep'.length)),
  )
  expect(made).toEqual(
    expect.arrayContaining([
      'Microsoft.App/managedEnvironments',
      'Microsoft.App/containerApps',
      'Microsoft.ContainerRegistry/registries',
      'Microsoft.Storage/storageAccounts',
      'Microsoft.DocumentDB/databaseAccounts',
      'Microsoft.Cache/redisEnterprise',
      'Microsoft.EventGrid/systemTopics',
      'Microsoft.EventGrid/systemTopics/eventSubscriptions',
      'Microsoft.KeyVault/vaults',
      'Microsoft.OperationalInsights/workspaces',
      'Microsoft.Insights/components',
      'Microsoft.Insights/scheduledQueryRules',
      'Microsoft.Insights/webtests',
      'Microsoft.Insights/workbooks',
      'Microsoft.ManagedIdentity/userAssignedIdentities',
    ]),
  )
})

describe('who may do what', () => {
  // Ids of roles are the same everywhere: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
  test.each([
    ['registry', '7f951dda-4ed3-4680-a7ca-43fe172d538d', 'AcrPull'],
    ['storage', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe', 'Storage Blob Data Contributor'],
    ['inbox-events', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe', 'Storage Blob Data Contributor'],
    ['storage', 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a', 'Storage Blob Delegator'],
    ['vault', '4633458b-17de-408a-b874-0445c86b69e6', 'Key Vault Secrets User'],
    ['cosmos', '00000000-0000-0000-0000-000000000002', 'Cosmos DB Built-in Data Contributor'],
  ])('in %s the apps have one role, %s (%s)', (path, role) => {
    expect(textOf(path)).toContain(role)
  })

  test('the gateway alone signs URLs, and the topic writes into the container of its dead letters alone', () => {
    expect(main.text).toMatch(/signers: \[identities\.outputs\.gateway\.principalId\]\n/)
    expect(textOf('storage')).toMatch(
      /for signer in signers: \{[^}]*scope: account[\s\S]*?roleDefinitionId: blobDelegator/,
    )
    expect(textOf('inbox-events')).toContain('scope: account::blobs::deadLetters')
  })

  test('nobody is an owner, and nobody comes with a shared key where an identity will do', () => {
    const everything = files.map(([, { text }]) => text).join('\n')
    expect(everything).not.toMatch(
      /8e3af657-a8ff-443c-a75c-2fe8c4bcb635|b24988ac-6180-42a0-ab88-20f7382dd24c/,
    )
    expect(textOf('storage')).toContain('allowSharedKeyAccess: false')
    expect(textOf('storage')).toContain('allowBlobPublicAccess: false')
    expect(textOf('cosmos')).toContain('disableLocalAuth: true')
    expect(textOf('registry')).toContain('adminUserEnabled: false')
  })
})

describe('the inbox', () => {
  const events = textOf('inbox-events')

  test('has a container of its own, and one for what could not be delivered', () => {
    const { resources = [] } = modules['modules/storage.bicep'] ?? {}
    const containers = resources.filter(({ type }) => type === 'containers')
    const names = containers.map(({ text }) => /name: '([^']+)'/.exec(text)?.[1])
    expect(names).toEqual(['images', 'inbox', 'inbox-dead-letters'])
    for (const { text } of containers) expect(text).toContain("publicAccess: 'None'")
    expect(events).toContain("deadLetterDestination: {\n        endpointType: 'StorageBlob'")
    expect(events).toContain("deadLetterWithResourceIdentity: {\n      identity: { type: 'SystemAssigned' }")
  })

  test('tells the gateway of new blobs there and of nothing else, with a key that nobody can read again', () => {
    expect(events).toContain("includedEventTypes: ['Microsoft.Storage.BlobCreated']")
    expect(events).toContain("subjectBeginsWith: '/blobServices/default/containers/${inboxName}/blobs/'")
    expect(events).toContain("endpointUrl: '${url}/v1/events/blob-created'")
    expect(events).toContain("eventDeliverySchema: 'CloudEventSchemaV1_0'")
    expect(events).toContain(
      "name: 'X-API-Key', type: 'Static', properties: { value: inboxKey, isSecret: true }",
    )
    const batch = Number(/maxEventsPerBatch: (\d+)/.exec(events)?.[1])
    expect(batch).toBeLessThanOrEqual(100)
  })

  test('is known to gateways and workers when its key is given, and only then', () => {
    expect(main.text).toContain('empty(inboxKey) ? {} : { INBOX_CONTAINER: storage.outputs.inboxName }')
    expect(main.text).toContain(
      "module inboxEvents 'modules/inbox-events.bicep' = if (!empty(inboxKey) && !empty(gatewayImage))",
    )
    for (const [file, { params }] of files) {
      for (const { name, isSecure } of params.filter((each) => each.name === 'inboxKey'))
        expect({ file, name, isSecure }).toEqual({ file, name, isSecure: true })
    }
    const value = /value: '(inbox:)\$\{inboxKey\}(:jobs:write)'/.exec(textOf('vault'))
    const API_KEYS = `${value?.[1]}${'a'.repeat(32)}${value?.[2]}`
    expect(readGatewayConfig({ REDIS_URL: 'redis://127.0.0.1', API_KEYS }).apiKeys).toEqual([
      { client: 'inbox', key: 'a'.repeat(32), scopes: ['jobs:write'] },
    ])
  })
})

test('pages of other sites may put images only where they were named', () => {
  expect(textOf('storage')).toContain('corsRules: empty(browserOrigins) ? []')
  expect(textOf('storage')).toContain("allowedHeaders: ['content-type', 'x-ms-blob-type']")
  expect(main.text).toContain('param browserOrigins array = []')
})

test('Redis keeps what BullMQ needs, at one address', () => {
  expect(textOf('redis')).toContain("evictionPolicy: 'NoEviction'")
  expect(textOf('redis')).toContain("clusteringPolicy: 'EnterpriseCluster'")
  expect(textOf('redis')).toContain("clientProtocol: 'Encrypted'")
})

test('with redisAuth=entra-id the apps have no key of Redis, and their identities an access policy in it', () => {
  expect(main.text).toMatch(/@allowed\(\['key', 'entra-id'\]\)\nparam redisAuth string = 'key'/)
  expect(main.text).toMatch(
    /users: redisByEntraId \? \[identities\.outputs\.gateway[^\]]*identities\.outputs\.worker/,
  )
  expect(resourcesOf('redis')).toContain('Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments')
  expect(textOf('redis')).toContain("accessKeysAuthentication: 'Enabled'")
  for (const app of ['gateway', 'worker']) {
    expect(textOf(app)).toMatch(/\? \[\] : \[\{ name: 'redis-url'|comesWithKey \? \[\{ name: 'redis-url'/)
    expect(textOf(app)).toContain("{ name: 'REDIS_AUTH', value: 'entra-id' }")
    expect(textOf(app)).toContain("value: 'rediss://${redisAddress}'")
  }
  expect(SharedSettings.parse({ REDIS_AUTH: 'entra-id' }).REDIS_AUTH).toBe('entra-id')
})

test('workers may be none only where another one keeps house', () => {
  expect(main.text).toContain('minReplicas: housekeeping ? workerMin : max(workerMin, 1)')
  const [, housekeeper = ''] =
    /module housekeeper 'modules\/worker\.bicep' = if \(housekeeping\) \{([\s\S]*?)\n\}/.exec(main.text) ?? []
  expect(housekeeper).toContain("role: 'housekeeping'")
  expect(housekeeper).toMatch(/minReplicas: 1\n\s*maxReplicas: 1/)
  expect(textOf('worker')).toContain("{ name: 'WORKER_ROLE', value: role }")
  expect(textOf('worker')).toMatch(/@allowed\(\['worker', 'housekeeping'\]\)\nparam role string/)
  expect(WorkerSettings.shape.WORKER_ROLE.unwrap().options).toEqual(['worker', 'housekeeping'])
  expect(textOf('worker')).toContain('rules: !computes ? [] : map(queues, queue => {')
})

test('Cosmos DB is made as the code asks for it', () => {
  // scripts/docs.ts writes the file from the code, and its check fails when they differ.
  expect(textOf('cosmos')).toContain("loadJsonContent('../cosmos-containers.json')")
  const containers = JSON.parse(readFileSync(join(INFRA, 'cosmos-containers.json'), 'utf8')) as {
    id: string
  }[]
  expect(containers.map(({ id }) => id)).toContain('jobs')
})

test('workers scale by the lists of the queue, gateways by requests and processor', () => {
  const worker = textOf('worker')
  expect(worker).toContain(`listName: '${KEY_PREFIX}:${JOBS_QUEUE}:\${queue}'`)
  expect(worker).toContain("var queues = ['prioritized', 'wait', 'active', 'delayed']")
  expect(worker).toContain("listLength: queue == 'active' ? slots[cpu] : jobsPerWorker")
  const gateway = textOf('gateway')
  expect(gateway).toMatch(/http: \{ metadata: \{ concurrentRequests: '\d+' \} \}/)
  expect(gateway).toContain("type: 'cpu', metadata: { type: 'Utilization', value: '70' }")
  expect(main.text).toContain('param gatewayMin int = 2')
  expect(main.text).toMatch(
    /@minValue\(0\)\n@description\('Workers that always run[^\n]*\nparam workerMin int = 1/,
  )
  expect(appService.text).toMatch(/metricName: 'CpuPercentage'[^}]*operator: 'GreaterThan'\s*threshold: 70/)
  expect(appService.text).toMatch(/metricName: 'Requests'[^}]*operator: 'GreaterThan'/)
})

test('every setting that is given is one that the apps know', () => {
  const known = new Set(
    [SharedSettings, GatewaySettings, WorkerSettings].flatMap((schema) => Object.keys(schema.shape)),
  )
  const others = new Set(['AZURE_CLIENT_ID', 'WEBSITES_PORT', 'WEBSITES_ENABLE_APP_SERVICE_STORAGE'])
  const given = [main.text, appService.text, textOf('gateway'), textOf('worker')].flatMap((text) => [
    ...Array.from(text.matchAll(/^\s+([A-Z][A-Z0-9_]+): /gm), ([, name]) => name ?? ''),
    ...Array.from(text.matchAll(/name: '([A-Z][A-Z0-9_]+)'/g), ([, name]) => name ?? ''),
  ])
  expect(given).toContain('COSMOS_ENDPOINT')
  expect(given.filter((name) => !known.has(name) && !others.has(name))).toEqual([])
})

test('azd builds both targets of the Dockerfile, for the apps that carry its tags', () => {
  const azd = parse(readFileSync(join(ROOT, 'azure.yaml'), 'utf8')) as {
    infra: { path: string }
    services: Record<string, { docker: { target: string } }>
  }
  expect(azd.infra.path).toBe('deploy/azure/infra')
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  for (const [name, { docker }] of Object.entries(azd.services)) {
    expect(dockerfile).toContain(` AS ${docker.target}\n`)
    expect(textOf(name)).toContain(`'azd-service-name': '${name}'`)
  }
  const given = JSON.parse(readFileSync(join(INFRA, 'main.parameters.json'), 'utf8')) as {
    parameters: object
  }
  const known = main.params.map(({ name }) => name)
  expect(Object.keys(given.parameters).filter((name) => !known.includes(name))).toEqual([])
  const required = main.params.filter(({ isRequired }) => isRequired).map(({ name }) => name)
  expect(required.filter((name) => !(name in given.parameters))).toEqual([])
})

test('alerts ask for lines that the apps really log', () => {
  const sources = [
    'apps/gateway/src/app.ts',
    'apps/worker/src/log-outcome.ts',
    'apps/worker/src/inference.ts',
  ]
  const code = sources.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n')
  for (const [, message = ''] of textOf('alerts').matchAll(/line\.msg (?:==|startswith) "([^"]+)"/g)) {
    expect(code).toContain(message)
  }
})
