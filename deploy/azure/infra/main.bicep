// Lupa on Azure Container Apps: `azd up`, or by hand as docs/deploy.md tells.
targetScope = 'subscription'

@minLength(1)
@maxLength(40)
@description('Names this installation, and is part of what its resources are called.')
param environmentName string

@description('Where everything runs.')
param location string

@description('User name of the administrator (HTTP Basic).')
param apiUsername string = 'lupa'

@secure()
@minLength(15)
@description('Password of the administrator. 15 signs are what azd makes.')
param apiPassword string

@secure()
@minLength(15)
@description('What API keys are hashed with. Keys are of no use any more if it changes. One that is too short for the gateway, as the 15 signs that azd makes are, is lengthened, always in the same way.')
param apiKeySecret string

@description('Image of the gateway in the registry. Empty before the first one is pushed.')
param gatewayImage string = ''

@description('Image of the worker in the registry. Empty before the first one is pushed.')
param workerImage string = ''

@minValue(1)
@description('Gateways that always run. Two outlive the loss of one.')
param gatewayMin int = 2

@minValue(1)
param gatewayMax int = 10

@minValue(0)
@description('Workers that always run. Without `housekeeping` at least one: it also puts back what was lost on its way, sends webhooks, erases what has expired.')
param workerMin int = 1

@description('Whether a small worker that runs no model does all that beside the others, which may then be none (`workerMin` 0) while no job waits.')
param housekeeping bool = false

@minValue(1)
param workerMax int = 20

@description('Processors of a worker; memory in GiB is twice that. Its model processes share them.')
@allowed(['1.0', '2.0', '4.0'])
param workerCpu string = '2.0'

@description('Cosmos DB by use (`serverless`), or with throughput that is kept ready and grows (`autoscale`).')
@allowed(['serverless', 'autoscale'])
param cosmosCapacity string = 'serverless'

@minValue(1000)
@description('With `autoscale`: most request units a second, for all containers together.')
param cosmosMaxThroughput int = 4000

@description('How the apps log in to Redis: with its `key`, from the Key Vault, or by tokens of their identities (`entra-id`).')
@allowed(['key', 'entra-id'])
param redisAuth string = 'key'

@description('Size of Azure Managed Redis. https://learn.microsoft.com/azure/redis/overview')
param redisSku string = 'Balanced_B1'

@minValue(1)
@maxValue(365)
@description('Days after which jobs and images are erased.')
param retentionDays int = 30

@description('Who is told when something is wrong. Empty: nobody, alerts are only shown.')
param alertEmail string = ''

@secure()
@description('Switches the inbox on: the key by which Event Grid comes, of 32 letters and digits at least. Empty: no inbox.')
param inboxKey string = ''

@description('Sites whose pages may put images at the URLs of `POST /v1/uploads`. Empty: no pages, only programs.')
param browserOrigins array = []

@description('Who runs the deployment, for example by `azd`: may push images. Empty: nobody else.')
param principalId string = ''

var redisByEntraId = redisAuth == 'entra-id'
var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName, application: 'lupa' }

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-lupa-${environmentName}'
  location: location
  tags: tags
}

module identities 'modules/identities.bicep' = {
  scope: group
  params: { location: location, tags: tags, token: token }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: { location: location, tags: tags, token: token }
}

module registry 'modules/registry.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    pullers: [identities.outputs.gateway.principalId, identities.outputs.worker.principalId]
    pusher: principalId
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    retentionDays: retentionDays
    users: [identities.outputs.gateway.principalId, identities.outputs.worker.principalId]
    signers: [identities.outputs.gateway.principalId]
    browserOrigins: browserOrigins
  }
}

module cosmos 'modules/cosmos.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    capacity: cosmosCapacity
    maxThroughput: cosmosMaxThroughput
    users: [identities.outputs.gateway.principalId, identities.outputs.worker.principalId]
  }
}

module redis 'modules/redis.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    sku: redisSku
    users: redisByEntraId ? [identities.outputs.gateway.principalId, identities.outputs.worker.principalId] : []
  }
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    apiPassword: apiPassword
    // azd comes back with what the vault holds: that is long enough, and stays as it is.
    apiKeySecret: length(apiKeySecret) < 32 ? '${apiKeySecret}-${guid(apiKeySecret, environmentName)}' : apiKeySecret
    inboxKey: inboxKey
    redisName: redis.outputs.name
    readers: [identities.outputs.gateway.principalId, identities.outputs.worker.principalId]
  }
}

module appEnvironment 'modules/environment.bicep' = {
  scope: group
  params: { location: location, tags: tags, token: token, workspaceName: monitoring.outputs.workspaceName }
}

var inbox = empty(inboxKey) ? {} : { INBOX_CONTAINER: storage.outputs.inboxName }
var shared = union(inbox, {
  IMAGE_STORE: 'azure-blob'
  JOB_STORE: 'cosmos'
  AZURE_STORAGE_ACCOUNT_URL: storage.outputs.blobEndpoint
  BLOB_CONTAINER: storage.outputs.containerName
  COSMOS_ENDPOINT: cosmos.outputs.endpoint
  COSMOS_DATABASE: cosmos.outputs.databaseName
  HOST: '0.0.0.0'
  APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.insightsConnectionString
})

module gateway 'modules/gateway.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    image: gatewayImage
    identity: identities.outputs.gateway
    environmentId: appEnvironment.outputs.id
    registryServer: registry.outputs.loginServer
    secrets: vault.outputs.secrets
    redisAddress: redisByEntraId ? redis.outputs.address : ''
    settings: union(shared, {
      API_USERNAME: apiUsername
      RETENTION_SECONDS: string(retentionDays * 86400)
      // The ingress of Container Apps stands in front, in the environment's own network.
      TRUST_PROXY: '100.64.0.0/10'
      SHUTDOWN_DELAY_SECONDS: '5'
    })
    minReplicas: gatewayMin
    maxReplicas: gatewayMax
  }
  dependsOn: [registry]
}

module worker 'modules/worker.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    image: workerImage
    identity: identities.outputs.worker
    environmentId: appEnvironment.outputs.id
    registryServer: registry.outputs.loginServer
    secrets: vault.outputs.secrets
    redisAddress: redis.outputs.address
    redisByEntraId: redisByEntraId
    role: 'worker'
    settings: shared
    cpu: workerCpu
    minReplicas: housekeeping ? workerMin : max(workerMin, 1)
    maxReplicas: workerMax
  }
  dependsOn: [registry]
}

module housekeeper 'modules/worker.bicep' = if (housekeeping) {
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    image: workerImage
    identity: identities.outputs.worker
    environmentId: appEnvironment.outputs.id
    registryServer: registry.outputs.loginServer
    secrets: vault.outputs.secrets
    redisAddress: redis.outputs.address
    redisByEntraId: redisByEntraId
    role: 'housekeeping'
    settings: shared
    // Makes pictures of large images (`/annotated`) too.
    cpu: '1.0'
    minReplicas: 1
    maxReplicas: 1
  }
  dependsOn: [registry]
}

// Azure asks the gateway whether it wants the events, so it must be there: the second deployment makes this.
module inboxEvents 'modules/inbox-events.bicep' = if (!empty(inboxKey) && !empty(gatewayImage)) {
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    storageName: storage.outputs.name
    inboxName: storage.outputs.inboxName
    deadLettersName: storage.outputs.deadLettersName
    url: gateway.outputs.url
    inboxKey: inboxKey
  }
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    email: alertEmail
    workspaceName: monitoring.outputs.workspaceName
    insightsName: monitoring.outputs.insightsName
    gatewayName: gateway.outputs.name
    workerName: worker.outputs.name
    url: gateway.outputs.url
  }
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    workspaceName: monitoring.outputs.workspaceName
    insightsName: monitoring.outputs.insightsName
    gatewayName: gateway.outputs.name
    workerName: worker.outputs.name
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.outputs.loginServer
output AZURE_KEY_VAULT_NAME string = vault.outputs.name
output LUPA_URL string = gateway.outputs.url
