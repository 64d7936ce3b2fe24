// A worker app: one that computes and grows with the queue, or one that only keeps house, so that the others may be none.
param location string
param tags object
param token string
@description('Empty before the first image is pushed: then a page of Microsoft stands in.')
param image string
param identity object
param environmentId string
param registryServer string
@description('Where in the Key Vault the secrets are.')
param secrets object
@description('For the scale rules.')
param redisAddress string
@description('Whether the app logs in to Redis by Entra ID, instead of with the key in the secret `redis-url`.')
param redisByEntraId bool
@allowed(['worker', 'housekeeping'])
param role string
param settings object
param cpu string
param minReplicas int
param maxReplicas int

var isThere = !empty(image)
var computes = role == 'worker'
// BullMQ's keys of the queue of jobs. Waiting jobs are in `prioritized`; those whose worker died come back to `wait`;
// `active` keeps workers that compute from being taken away; `delayed` wakes one for the next attempt.
var queues = ['prioritized', 'wait', 'active', 'delayed']
var jobsPerWorker = '5'
var slots = { '1.0': '1', '2.0': '2', '4.0': '4' }
var memory = { '1.0': '2Gi', '2.0': '4Gi', '4.0': '8Gi' }

resource worker 'Microsoft.App/containerApps@2025-01-01' = {
  name: 'ca-${role}-${token}'
  location: location
  // azd deploys to the one app that carries its tag.
  tags: computes ? union(tags, { 'azd-service-name': 'worker' }) : union(tags, { 'lupa-app': 'housekeeping' })
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    managedEnvironmentId: environmentId
    configuration: {
      activeRevisionsMode: 'Single'
      registries: [{ server: registryServer, identity: identity.id }]
      secrets: concat(
        redisByEntraId ? [] : [{ name: 'redis-url', keyVaultUrl: secrets.redisUrl, identity: identity.id }],
        computes ? [{ name: 'redis-key', keyVaultUrl: secrets.redisKey, identity: identity.id }] : []
      )
    }
    template: {
      // Longer than DRAIN_SECONDS, so that what is in hand is finished.
      terminationGracePeriodSeconds: 60
      containers: [
        {
          name: role
          image: isThere ? image : 'mcr.microsoft.com/azuredocs/containerapps-helloworld:latest'
          resources: { cpu: json(cpu), memory: memory[cpu] }
          env: concat(
            map(items(settings), setting => { name: setting.key, value: setting.value }),
            [
              // Tells DefaultAzureCredential which identity is meant.
              { name: 'AZURE_CLIENT_ID', value: identity.clientId }
              { name: 'WORKER_PORT', value: '9100' }
              { name: 'WORKER_ROLE', value: role }
            ],
            redisByEntraId
              ? [{ name: 'REDIS_URL', value: 'rediss://${redisAddress}' }, { name: 'REDIS_AUTH', value: 'entra-id' }]
              : [{ name: 'REDIS_URL', secretRef: 'redis-url' }]
          )
          probes: !isThere ? [] : [
            { type: 'Startup', httpGet: { path: '/livez', port: 9100 }, periodSeconds: 2, failureThreshold: 60 }
            { type: 'Liveness', httpGet: { path: '/livez', port: 9100 }, periodSeconds: 10, failureThreshold: 3 }
            { type: 'Readiness', httpGet: { path: '/readyz', port: 9100 }, periodSeconds: 5, failureThreshold: 3 }
          ]
        }
      ]
      scale: {
        minReplicas: minReplicas
        maxReplicas: maxReplicas
        pollingInterval: 10
        cooldownPeriod: 300
        rules: !computes ? [] : map(queues, queue => {
          name: 'jobs-${queue}'
          custom: {
            type: 'redis'
            metadata: {
              address: redisAddress
              enableTLS: 'true'
              databaseIndex: '0'
              listName: '{lupa}:jobs:${queue}'
              // More in hand than a worker has slots would never be reached: it would be taken away while it computes.
              listLength: queue == 'active' ? slots[cpu] : jobsPerWorker
            }
            auth: [{ secretRef: 'redis-key', triggerParameter: 'password' }]
          }
        })
      }
    }
  }
}

output name string = worker.name
